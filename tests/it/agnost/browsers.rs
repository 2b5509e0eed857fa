//! Calls from browsers (SECURITY.md, requirement 70): clients send them in credentials mode, from the app's own origin.

use keyback::model::{KeyKind, WebOrigin};
use reqwest::Method;

use super::{ALTOGIC, assert_done, refusal, refused};
use crate::support::{Answer, Database, TestApp, on_both_databases};

const SHOP: &str = "https://shop.example.org";

fn credentials(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"))
}

#[on_both_databases]
async fn a_page_of_the_keys_origin_reads_the_answers_and_no_other_does(database: Database) {
    let app = TestApp::start(database).await;
    let key = app.key_with(KeyKind::Publishable, |new| new.origins = vec![WebOrigin::parse(SHOP).unwrap()]).await;
    for (origin, allowed) in [
        (SHOP, true),
        ("https://evil.example", false),
        ("null", false),
        ("https://shop.example.org.evil.example", false),
    ] {
        let path = format!("{ALTOGIC}/send-reset?email=nobody{}@example.org", origin.len());
        let preflight = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,session,x-client,x-client-key"),
        ];
        let answer = app.browser().send(Method::OPTIONS, &path, &preflight, None).await;
        // In credentials mode a browser takes this origin alone, never a wildcard.
        assert_eq!(credentials(&answer), (allowed.then_some(origin), Some("true")));
        let allowed_headers = answer.header("access-control-allow-headers").unwrap();
        for name in ["authorization", "content-type", "session", "x-client", "x-client-key"] {
            assert!(allowed_headers.split(',').any(|allowed| allowed == name), "{allowed_headers}");
        }
        assert!(answer.header("vary").unwrap().contains("origin"));

        let headers = [("origin", origin), ("x-client-key", key.key.expose()), ("x-client", "altogic-js")];
        let answer = app.browser().send(Method::POST, &path, &headers, None).await;
        assert_eq!(credentials(&answer), (allowed.then_some(origin), Some("true")));
        assert!(answer.header("set-cookie").is_none());
        if allowed {
            assert_done(&answer);
        } else {
            assert_eq!(refusal(&answer), refused(403, "domain_not_authorized"));
        }
    }
    // What a page must be able to read, or its client never settles.
    let get = app.browser().send(Method::GET, &format!("{ALTOGIC}/grant?key=at-1"), &[("origin", SHOP)], None).await;
    assert_eq!((refusal(&get), credentials(&get)), (refused(404, "resource_not_found"), (Some(SHOP), Some("true"))));
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 68: one program's origin is nobody else's
#[on_both_databases]
async fn a_key_is_not_for_the_origin_of_another(database: Database) {
    let app = TestApp::start_with(database, &[("API__ALLOWED_ORIGINS", "https://app.example.org")]).await;
    let shop = app.key_with(KeyKind::Publishable, |new| new.origins = vec![WebOrigin::parse(SHOP).unwrap()]).await;
    let other = app.key(KeyKind::Publishable).await;
    let ask = async |email: &str, origin: &str, key: &str| {
        let path = format!("{ALTOGIC}/send-reset?email={email}");
        app.browser().send(Method::POST, &path, &[("origin", origin), ("authorization", key)], None).await
    };
    assert_done(&ask("a@example.org", SHOP, shop.key.expose()).await);
    assert_done(&ask("b@example.org", "https://app.example.org", shop.key.expose()).await);
    assert_done(&ask("c@example.org", "https://app.example.org", other.key.expose()).await);
    let foreign = ask("d@example.org", SHOP, other.key.expose()).await;
    assert_eq!(refusal(&foreign), refused(403, "domain_not_authorized"));
    app.deliver().await;
    app.finish().await;
}
