//! A request that says something twice, or in a way that two readers understand differently, is rejected (SECURITY.md,
//! requirements 5, 11, 14, 44, 60, 68, 70 and 73).

use keyback::model::{KeyKind, WebOrigin};
use reqwest::Method;

use crate::support::{Database, PUBLIC_URL, TestApp, on_both_databases};

const FORM: &str = "application/x-www-form-urlencoded";

async fn ask(app: &TestApp, headers: &[(&str, &str)]) -> u16 {
    let body = b"identifier=known%40example.org".to_vec();
    app.browser().send(Method::POST, "/actions/ask", headers, Some(body)).await.status.as_u16()
}

// SECURITY.md, requirement 60
#[on_both_databases]
async fn a_form_that_names_two_origins_is_refused(database: Database) {
    let app = TestApp::start_with(database, &[("RESET__RESEND_COOLDOWN", "1s")]).await;
    let form = ("content-type", FORM);
    let (ours, evil, list) = (PUBLIC_URL, "https://evil.example", format!("{PUBLIC_URL}, https://evil.example"));
    for headers in [
        vec![("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-origin")],
        vec![("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
        vec![("sec-fetch-site", "same-origin, cross-site")],
        vec![("sec-fetch-site", "same-origin"), ("origin", ours), ("origin", evil)],
        vec![("origin", ours), ("origin", evil)],
        vec![("origin", evil), ("origin", ours)],
        vec![("origin", ours), ("origin", ours)],
        vec![("origin", list.as_str())],
        vec![("origin", "null")],
        vec![],
    ] {
        let headers: Vec<_> = headers.into_iter().chain([form]).collect();
        assert_eq!(ask(&app, &headers).await, 403, "{headers:?}");
    }
    assert_eq!(ask(&app, &[form, ("origin", ours)]).await, 303, "without Fetch Metadata Origin decides");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 70 and 73
#[on_both_databases]
async fn a_call_that_names_two_origins_is_refused_by_every_protocol(database: Database) {
    let on = [("API__AGNOST", "true"), ("API__PRODUCTFLAME", "true"), ("API__COGNITO", "true"), ("API__MCP", "true")];
    let app = TestApp::start_with(database, &on).await;
    let origins = ["https://app.example.org", "https://shop.example.org"];
    let key = app
        .key_with(KeyKind::Secret, |new| new.origins = origins.map(|origin| WebOrigin::parse(origin).unwrap()).into())
        .await;
    let bearer = format!("Bearer {}", key.key.expose());
    for (path, body) in [
        ("/api/v1/resets", "{\"email\":\"known@example.org\"}"),
        ("/mcp", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"),
        ("/agnost/auth/send-reset?email=known@example.org", ""),
        ("/v1/auth/reset-password", "{\"email\":\"known@example.org\"}"),
    ] {
        let named = origins.map(|origin| ("origin", origin));
        for two in [vec![named[0], named[1]], vec![named[0], named[0]]] {
            let mut headers = vec![
                ("authorization", bearer.as_str()),
                ("content-type", "application/json"),
                ("accept", "application/json, text/event-stream"),
            ];
            headers.extend(&two);
            let answer = app.browser().send(Method::POST, path, &headers, Some(body.into())).await;
            // Productflame has one status for whatever is wrong with a key.
            let refused = if path.starts_with("/v1/") { 401 } else { 403 };
            assert_eq!(answer.status, refused, "{path} {two:?}: {}", answer.body);
            assert_eq!(answer.header("access-control-allow-origin"), None, "{path} {two:?}");
        }
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 5 and 27
#[on_both_databases]
async fn a_body_in_another_charset_or_of_two_types_is_refused_by_every_door(database: Database) {
    let on = [("API__AGNOST", "true"), ("API__PRODUCTFLAME", "true"), ("API__COGNITO", "true"), ("API__MCP", "true")];
    let app = TestApp::start_with(database, &on).await;
    let key = app.key(KeyKind::Secret).await;
    let bearer = format!("Bearer {}", key.key.expose());
    let doors = [
        ("/api/v1/resets", "application/json"),
        ("/api/v1/accounts/authenticate", "application/json"),
        ("/mcp", "application/json"),
        ("/agnost/auth/reset-pwd?accessToken=at-x", "application/json"),
        ("/v1/auth/reset-password", "application/json"),
        ("/cognito", "application/x-amz-json-1.1"),
        ("/actions/ask", FORM),
    ];
    for (path, media_type) in doors {
        let status = async |types: &[String]| {
            let mut headers = vec![
                ("authorization", bearer.as_str()),
                ("accept", "application/json, text/event-stream"),
                ("x-amz-target", "AWSCognitoIdentityProviderService.ForgotPassword"),
            ];
            headers.extend(types.iter().map(|value| ("content-type", value.as_str())));
            let from = ("sec-fetch-site", "same-origin");
            headers.extend(path.starts_with("/actions").then_some(from));
            app.browser().send(Method::POST, path, &headers, Some("{}".into())).await.status.as_u16()
        };
        let plain = status(&[media_type.to_owned()]).await;
        assert_ne!(plain, 415, "{path}");
        for charset in ["utf-8", "UTF-8", "\"utf-8\""] {
            assert_eq!(status(&[format!("{media_type}; charset={charset}")]).await, plain, "{path} {charset}");
        }
        // These protocols say 400 to whatever they cannot read.
        let refused = if path == "/cognito" || path.starts_with("/v1/") { 400 } else { 415 };
        for charset in ["utf-16", "\"utf-16\"", "UTF-16LE", "utf-7", "iso-8859-1", "utf-8; charset=utf-16"] {
            assert_eq!(status(&[format!("{media_type};charset={charset}")]).await, refused, "{path} {charset}");
        }
        let twice = [media_type.to_owned(), media_type.to_owned()];
        assert_eq!(status(&twice).await, refused, "{path} twice");
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 44
#[on_both_databases]
async fn a_way_that_was_partly_without_tls_counts_as_without(database: Database) {
    let app = TestApp::start_with(database, &[("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    for words in [
        vec!["http"],
        vec!["http, https"],
        vec!["https, http"],
        vec!["https,http"],
        vec!["HTTP"],
        vec!["http", "https"],
        vec!["https", "http"],
        vec!["https, ws"],
        vec!["https,"],
        vec!["on"],
    ] {
        let mut browser = app.browser();
        for word in &words {
            browser = browser.with_header("x-forwarded-proto", word);
        }
        let page = browser.get("/forgot-password").await;
        assert_eq!(
            (page.status.as_u16(), page.header("location")),
            (308, Some("https://reset.example.org/forgot-password")),
            "{words:?}"
        );
        assert_eq!(app.ask(&mut browser, "known@example.org").await.status, 403, "{words:?}");
    }
    for words in ["https", "HTTPS", "https, https", " https ,https"] {
        let page = app.browser().with_header("x-forwarded-proto", words).get("/forgot-password").await;
        assert_eq!(page.status, 200, "{words}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 61
#[on_both_databases]
async fn of_two_session_cookies_neither_is_believed(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let (mut person, mut thief) = (app.browser(), app.browser());
    app.ask(&mut person, "known@example.org").await;
    app.ask(&mut thief, "thief@example.org").await;
    assert!(person.get("/check-inbox").await.body.contains("known@example.org"));
    let (own, planted) = (person.cookie.clone().unwrap(), thief.cookie.clone().unwrap());
    for both in [format!("{own}; {planted}"), format!("{planted}; {own}"), format!("{planted};{own}; other=1")] {
        let answer = app.browser().with_header("cookie", &both).get("/check-inbox").await;
        assert_eq!(answer.location(), "/forgot-password", "{both}");
    }
    let beside_another = format!("other=1; {own}");
    assert_eq!(app.browser().with_header("cookie", &beside_another).get("/check-inbox").await.status, 200);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 55
#[on_both_databases]
async fn a_page_with_a_form_lets_browsers_say_where_the_form_comes_from(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let policy = async |browser: &mut crate::support::Browser, path: &str| {
        let answer = browser.get(path).await;
        let has_form = answer.body.contains("<form");
        (has_form, answer.header("referrer-policy").unwrap().to_owned())
    };
    for path in ["/", "/forgot-password", "/forgot-password?utm_source=app"] {
        assert_eq!(policy(&mut browser, path).await, (true, "same-origin".into()), "{path}");
    }
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    assert_eq!(policy(&mut browser, "/code").await, (true, "same-origin".into()));
    // Wherever an address holds a secret, no browser hands it on.
    let link = format!("/verify?key={}&action=reset-pwd", mail.link_key());
    let opened = browser.get(&link).await;
    assert_eq!(opened.header("referrer-policy"), Some("no-referrer"));
    let arrived = browser.get(&app.path_of(opened.location())).await;
    assert_eq!((arrived.location(), arrived.header("referrer-policy")), ("/reset-password", Some("no-referrer")));
    assert_eq!(policy(&mut browser, "/reset-password").await, (true, "same-origin".into()));
    let mut other = app.browser();
    app.ask(&mut other, "other@example.org").await;
    let planted = app.path_of(other.get(&link).await.location());
    assert_eq!(other.get(&planted).await.location(), "/another-link");
    assert_eq!(policy(&mut other, "/another-link").await, (true, "same-origin".into()));
    let cancel = format!("/not-me?key={}", mail.cancel_key());
    let opened = browser.get(&cancel).await;
    assert_eq!((opened.location(), opened.header("referrer-policy")), ("/not-me", Some("no-referrer")));
    assert_eq!(policy(&mut browser, "/not-me").await, (true, "same-origin".into()));
    for path in [
        "/not-me?key=ck-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/not-me?key=x",
        "/auth-redirect?access_token=at-x",
        "/auth-redirect?error=x",
        "/forgot-password?access_token=at-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/?x=tk-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/code?x=%74k-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/link-expired",
        "/tk-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/api/v1/openapi.json",
    ] {
        assert_eq!(policy(&mut browser, path).await.1, "no-referrer", "{path}");
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 75
#[on_both_databases]
async fn the_log_repeats_nothing_that_a_caller_makes_up(database: Database) {
    let app = TestApp::start(database).await;
    let made_up = [
        "/jane-doe-4711@example.org",
        "/api/v1/resets/my-secret-4711",
        "/api/v1/4711-nothing",
        "/pkg/4711.css",
        "/.well-known/4711-x",
        "/verify/4711",
    ];
    for path in made_up {
        app.browser().get(path).await;
        app.browser().send(Method::from_bytes(b"X4711").unwrap(), path, &[], None).await;
    }
    let answered = crate::support::logs::lines_with(&["4711".to_owned()]);
    let ours: Vec<_> = answered.iter().filter(|line| line.contains("keyback::") && !line.contains("hyper")).collect();
    assert!(ours.is_empty(), "{ours:#?}");
    let known =
        crate::support::logs::lines_with(&["route=\"/api/v1/resets/{id}\"".to_owned(), "route=\"other\"".to_owned()]);
    assert!(known.iter().any(|line| line.contains("answered")), "{known:#?}");
    app.finish().await;
}
