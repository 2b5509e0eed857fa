//! The pages as browsers and attackers see them: redirects, headers, cookies, origins, errors.

use reqwest::{Method, StatusCode};

use crate::support::{Answer, Browser, Database, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// Every kind of answer that a person can get, with a name.
async fn every_kind_of_answer(app: &TestApp) -> Vec<(&'static str, Answer)> {
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mut answers = vec![
        ("ask", browser.get("/").await),
        ("ask", browser.get("/forgot-password").await),
        ("asked", app.ask(&mut browser, "known@example.org").await),
        ("check inbox", browser.get("/check-inbox").await),
    ];
    let mail = app.deliver().await.remove(0);
    let opened = browser.get(&format!("/verify?key={}", mail.link_key())).await;
    answers.push(("arrived", browser.follow(&opened).await));
    answers.push(("opened", opened));
    answers.push(("form", browser.get("/reset-password").await));
    answers.push(("strength", browser.post("/actions/password-strength", &[("password", "abc")]).await));
    answers.push(("refused", app.set_password(&mut browser, "short").await));
    answers.push(("form again", browser.get("/reset-password").await));
    answers.push(("set", app.set_password(&mut browser, NEW_PASSWORD).await));
    answers.push(("done", browser.get("/done").await));
    answers.push(("dead link", browser.get("/verify?key=tk-x").await));
    answers.push(("dead link", browser.get("/link-expired").await));
    answers.push(("nothing to do", browser.get("/auth-redirect").await));
    answers.push(("not me", browser.get("/not-me").await));
    answers.push(("no page", browser.get("/nowhere").await));
    answers.push(("change password", browser.get("/.well-known/change-password").await));
    answers.push((
        "method",
        browser.send(Method::DELETE, "/forgot-password", &[("sec-fetch-site", "same-origin")], None).await,
    ));
    answers.push(("foreign form", browser.send(Method::POST, "/actions/ask", &[], Some(Vec::new())).await));
    answers.push(("foreign host", app.browser().with_header("host", "evil.example").get("/").await));
    answers.push(("no key", browser.send(Method::POST, "/api/v1/accounts/authenticate", &[], None).await));
    answers.push(("no API", browser.get("/api/v1/nothing").await));
    app.deliver().await;
    answers
}

// SECURITY.md, requirements 55, 57 and 59
#[on_both_databases]
async fn every_answer_carries_the_headers(database: Database) {
    let app = TestApp::start(database).await;
    for (name, answer) in every_kind_of_answer(&app).await {
        for (header, value) in [
            ("referrer-policy", if answer.body.contains("<form") { "same-origin" } else { "no-referrer" }),
            ("x-content-type-options", "nosniff"),
            ("x-robots-tag", "noindex, nofollow"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(answer.header(header), Some(value), "{name}: {header}");
        }
        assert!(answer.header("permissions-policy").unwrap().contains("camera=()"), "{name}");
        assert!(answer.header("etag").is_none(), "{name}");
        let policy = answer.header("content-security-policy").expect(name);
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{name}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 58
#[on_both_databases]
async fn scripts_run_with_a_nonce_that_is_new_each_time(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = app.browser();
    app.ask(&mut browser, "nobody@example.org").await;
    let pages = [browser.get("/code").await, browser.get("/code").await];
    let nonces = pages.each_ref().map(|page| page.nonce().unwrap().to_owned());
    assert_ne!(nonces[0], nonces[1]);
    for (page, nonce) in pages.iter().zip(&nonces) {
        assert!(nonce.len() >= 22, "128 bits");
        let policy = page.header("content-security-policy").unwrap();
        for part in
            ["'strict-dynamic'", "'wasm-unsafe-eval'", "form-action 'self'", "base-uri 'none'", "object-src 'none'"]
        {
            assert!(policy.contains(part), "{part}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        let scripts = page.body.matches("<script").count();
        assert!(scripts > 0 && page.body.matches(&format!("nonce=\"{nonce}\"")).count() == scripts, "{}", page.body);
        assert!(!page.body.contains(" style=") && !page.body.contains("onclick"));
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 51
#[on_both_databases]
async fn a_redirect_target_must_be_registered_to_the_letter(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    app.add_account("known@example.org").await;
    for target in [
        "//evil",
        "https:evil",
        "https://app.example.org@evil/auth?from=reset",
        "https://app.example.org.evil/auth?from=reset",
        "\\\\evil",
        "https://app.example.org%2f@evil",
        "/\\evil",
        "https://app.example.org/auth?from=reset\t",
        "https://app.example.org/auth\r\n?from=reset",
        "javascript:alert(1)",
        "https://app.example.org/auth?from=reset&more=1",
        "https://app.example.org/auth",
        "http://app.example.org/auth?from=reset",
        "https://reset.example.org/done",
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("redirect_url", target).finish();
        let page = app.browser().get(&format!("/forgot-password?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{target}");
        let mut browser = app.browser();
        let answer =
            browser.post("/actions/ask", &[("identifier", "known@example.org"), ("redirect_url", target)]).await;
        assert_eq!(answer.location(), "/forgot-password", "{target}");
        assert_eq!(browser.follow(&answer).await.status, StatusCode::BAD_REQUEST, "{target}");
    }
    assert!(app.deliver().await.is_empty());

    let target = "https://app.example.org/auth?from=reset";
    let mut browser = app.browser();
    browser.post("/actions/ask", &[("identifier", "known@example.org"), ("redirect_url", target)]).await;
    let mail = app.deliver().await.remove(0);
    let location = browser.get(&format!("/verify?key={}", mail.link_key())).await.location().to_owned();
    assert!(location.starts_with("https://app.example.org/auth?from=reset&access_token=at-"), "{location}");
    assert!(location.ends_with("&action=reset-pwd&status=200"));
    app.finish().await;
}

// SECURITY.md, requirement 52
#[on_both_databases]
async fn a_dead_link_leads_to_our_page_or_to_the_stored_target(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let evil = "redirect=https%3A%2F%2Fevil.example&redirect_url=https%3A%2F%2Fevil.example&redirectURL=//evil.example";
    let unknown = format!("/verify?key=tk-{}&{evil}", "A".repeat(43));
    assert_eq!(app.browser().get(&unknown).await.location(), "/link-expired");

    let mut browser = app.browser();
    let target = "https://app.example.org/auth?from=reset";
    browser.post("/actions/ask", &[("identifier", "known@example.org"), ("redirect_url", target)]).await;
    let mail = app.deliver().await.remove(0);
    app.clock.advance(std::time::Duration::from_secs(31 * 60));
    let dead = app.browser().get(&format!("/verify?key={}&{evil}", mail.link_key())).await;
    let query = "&action=reset-pwd&status=401&code=invalid_access_token&error=The+link+is+invalid";
    assert!(dead.location().starts_with(&format!("{target}{query}")), "{}", dead.location());
    app.finish().await;
}

// SECURITY.md, requirement 53
#[on_both_databases]
async fn the_token_leaves_the_address_bar_and_the_form_names_the_account(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    let opened = browser.get(&format!("/verify?key={}", mail.link_key())).await;
    let arrived = browser.follow(&opened).await;
    assert_eq!((arrived.status, arrived.location()), (StatusCode::SEE_OTHER, "/reset-password"));
    for _ in 0..2 {
        let form = browser.follow(&arrived).await;
        assert!(form.body.contains("value=\"known@example.org\""), "who typed the address reads it in full");
    }
    let mut stranger = app.browser();
    app.open_link(&mut stranger, &mail).await;
    for _ in 0..2 {
        let form = stranger.get("/reset-password").await;
        assert!(form.body.contains("k•••@e•••.org"), "reload and back work");
        assert!(!form.body.contains("known@example.org"));
    }
    app.finish().await;
}

#[on_both_databases]
async fn a_form_leads_to_our_own_page_whatever_its_referer_says(database: Database) {
    let app = TestApp::start(database).await;
    for referer in ["https://evil.example/", "https://reset.example.org/forgot-password?__err=x", ""] {
        let mut browser = app.browser().with_header("referer", referer).with_header("accept", "text/html");
        for (path, field, expected) in [
            ("/actions/ask", "identifier", "/forgot-password"),
            ("/actions/check-code", "code", "/forgot-password"),
            ("/actions/set-password", "new_password", "/reset-password"),
            ("/actions/not-me", "anything", "/not-me"),
            ("/actions/auth-redirect", "access_token", "/link-expired"),
        ] {
            let answer = browser.post(path, &[(field, "x@")]).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, expected), "{path}");
        }
    }
    app.finish().await;
}

// SECURITY.md, requirement 60
#[on_both_databases]
async fn a_form_is_taken_from_our_own_pages_alone(database: Database) {
    let app = TestApp::start(database).await;
    let body = || Some(b"identifier=known%40example.org".to_vec());
    let form = ("content-type", "application/x-www-form-urlencoded");
    for headers in [
        vec![form],
        vec![form, ("origin", "https://evil.example")],
        vec![form, ("origin", "null")],
        vec![form, ("origin", "http://reset.example.org")],
        vec![form, ("origin", "https://reset.example.org.evil.example")],
        vec![form, ("sec-fetch-site", "cross-site")],
        vec![form, ("sec-fetch-site", "same-site")],
        vec![form, ("sec-fetch-site", "cross-site"), ("origin", "https://reset.example.org")],
    ] {
        for path in [
            "/actions/ask",
            "/actions/set-password",
            "/actions/check-code",
            "/actions/not-me",
            "/actions/auth-redirect",
            "/actions/password-strength",
        ] {
            let answer = app.browser().send(Method::POST, path, &headers, body()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    for header in [("origin", "https://reset.example.org"), ("sec-fetch-site", "same-origin")] {
        let answer = app.browser().send(Method::POST, "/actions/ask", &[form, header], body()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{header:?}");
    }
    for path in ["/actions/ask", "/actions/set-password", "/actions/not-me"] {
        let answer = app.browser().get(path).await;
        assert!(matches!(answer.status.as_u16(), 404 | 405), "{path}: {}", answer.status);
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 61
#[on_both_databases]
async fn the_cookie_is_locked_to_this_host(database: Database) {
    let app = TestApp::start(database).await;
    let answer = app.ask(&mut app.browser(), "known@example.org").await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-keyback="));
    for attribute in ["; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax", "; Max-Age=2700"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain") && cookie.len() < 4096);
    assert!(
        app.browser().get("/forgot-password").await.header("set-cookie").is_none(),
        "no cookie before it is needed"
    );
    app.deliver().await;
    app.finish().await;
}

// A browser that keeps no cookie cannot make sessions without end.
#[on_both_databases]
async fn sessions_of_one_caller_are_bounded(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "2")]).await;
    let mut locations = Vec::new();
    for number in 0..10 {
        let text = if number % 2 == 0 { "not an address" } else { "somebody@example.org" };
        locations.push(app.ask(&mut app.browser(), text).await.location().to_owned());
    }
    // Eight mistakes, and the one request that was accepted: the limits on requests bound those.
    assert!(locations[..9].iter().all(|location| location != "/slow-down"), "{locations:?}");
    assert_eq!(locations[9], "/slow-down");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM sessions").await, 9);
    let page = app.browser().get("/slow-down").await;
    assert_eq!((page.status, page.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("900")));
    for path in [format!("/not-me?key=ck-{}", "A".repeat(43)), "/auth-redirect?access_token=x&action=reset-pwd".into()]
    {
        assert!(app.browser().get(&path).await.header("set-cookie").is_none(), "{path}");
    }
    app.deliver().await;
    app.finish().await;
}

// A bad redirect target is said once and does not stay in the form; a good one survives a new start.
#[on_both_databases]
async fn a_new_start_keeps_a_registered_target_and_drops_any_other(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = app.browser();
    let refused = browser.get("/forgot-password?redirect_url=https%3A%2F%2Fevil.example").await;
    assert!(refused.status == StatusCode::BAD_REQUEST && !refused.body.contains("evil.example"));
    let target = "https://app.example.org/auth?from=reset";
    browser.post("/actions/ask", &[("identifier", "known@example.org"), ("redirect_url", target)]).await;
    assert!(browser.get("/forgot-password").await.body.contains(&format!("name=\"redirect_url\" value=\"{target}\"")));
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn password_managers_find_the_way(database: Database) {
    let app = TestApp::start(database).await;
    let found = app.browser().get("/.well-known/change-password").await;
    assert_eq!((found.status, found.location()), (StatusCode::SEE_OTHER, "/forgot-password"));
    assert_eq!(app.browser().get("/.well-known/resource-that-should-not-exist").await.status, StatusCode::NOT_FOUND);
    app.finish().await;
}

// SECURITY.md, requirement 64
#[on_both_databases]
async fn no_page_repeats_what_the_address_bar_says_and_dead_links_look_alike(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let vector = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for path in [
        "/",
        "/forgot-password",
        "/check-inbox",
        "/code",
        "/auth-redirect",
        "/reset-password",
        "/done",
        "/link-expired",
        "/link-unreadable",
        "/another-link",
        "/not-me",
        "/nowhere",
    ] {
        let names = [
            "error",
            "code",
            "status",
            "key",
            "identifier",
            "redirect_url",
            "access_token",
            "action",
            "__err",
            "__path",
        ];
        for name in names {
            let mut browser = app.browser();
            let mut page = browser.get(&format!("{path}?{name}={vector}")).await;
            if page.status == StatusCode::SEE_OTHER {
                page = browser.follow(&page).await;
            }
            assert!(!page.body.contains("<script>alert"), "{path}?{name}");
            assert!(!page.body.contains("alert(1)") || name == "redirect_url", "{path}?{name}");
        }
    }

    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    let whole = [mail.link_key(), format!("tk-{}", "A".repeat(43))];
    for alike in [whole, ["nonsense".to_owned(), mail.link_key()[..40].to_owned()]] {
        let mut pages = Vec::new();
        for key in alike {
            let mut browser: Browser = app.browser();
            let answer = browser.get(&format!("/verify?key={key}")).await;
            pages.push((answer.comparable(), browser.follow(&answer).await.comparable()));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "used and unknown look alike, and so do unreadable ones");
    }
    app.deliver().await;
    app.finish().await;
}

// What the browser keeps: files for ever, pages not at all; each in the smallest form that is taken.
#[on_both_databases]
async fn files_are_cached_and_compressed(database: Database) {
    let app = TestApp::start(database).await;
    let page = app.browser().get("/forgot-password").await;
    let stylesheet = page.body.split("href=\"").find(|part| part.starts_with("/pkg/")).unwrap();
    let stylesheet = stylesheet.split('"').next().unwrap();
    for (accepted, encoding) in
        [("br, gzip", Some("br")), ("gzip", Some("gzip")), ("br;q=0, gzip", Some("gzip")), ("", None)]
    {
        let answer = app.browser().with_header("accept-encoding", accepted).get(stylesheet).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (StatusCode::OK, encoding), "{accepted}");
        assert_eq!(answer.header("content-type"), Some("text/css"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    for path in ["/pkg/name.txt", "/pkg/nothing.js", "/pkg/..%2fname.txt", "/pkg/%2e%2e/Cargo.toml"] {
        assert_eq!(app.browser().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(app.browser().get("/theme.css").await.body.contains("--accent:#3b46c4"));
    app.finish().await;
}

// SECURITY.md, requirement 57
#[test]
fn crawlers_may_read_that_nothing_of_ours_is_to_be_listed() {
    let robots = include_str!("../../public/robots.txt");
    let forbidden =
        robots.lines().filter_map(|line| line.strip_prefix("Disallow:")).any(|path| !path.trim().is_empty());
    assert!(!forbidden, "who may not fetch a page never sees its noindex");
}
