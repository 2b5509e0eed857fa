//! The list of leaked passwords: what leaves for it, and that its silence stops nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::complete::at_the_form;
use crate::support::{Database, TestApp};

const NEW_PASSWORD: &str = "meadow-copper-violin";

// SECURITY.md, requirement 41
#[tokio::test(flavor = "multi_thread")]
async fn only_five_characters_of_a_hash_leave_and_a_silent_list_stops_nobody() {
    use axum::extract::Path;
    use axum::http::HeaderMap;

    // SHA-1 of "orchard-pebble-trumpet", behind the first five characters.
    let digest = "orchard-pebble-trumpet";
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&asked);
    let list = axum::Router::new().route(
        "/range/{prefix}",
        axum::routing::get(move |Path(prefix): Path<String>, headers: HeaderMap| {
            seen.fetch_add(1, Ordering::SeqCst);
            assert_eq!(headers["add-padding"], "true");
            assert!(prefix.len() == 5 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let suffix = suffix_of(digest);
            let padding = suffix_of(NEW_PASSWORD);
            async move { format!("{suffix}:7\r\n{padding}:0\r\n0018A45C4D1DEF81644B54AB7F969B88D65:3") }
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/range/", listener.local_addr().unwrap().port());
    let serving = tokio::spawn(async move { axum::serve(listener, list).await });

    let settings = [("PASSWORD__BREACH_CHECK", "hibp"), ("PASSWORD__HIBP_URL", url.as_str())];
    let app = TestApp::start_with(Database::sqlite(), &settings).await;
    app.add_account("known@example.org").await;
    assert_eq!(asked.swap(0, Ordering::SeqCst), 1, "the password that the account begins with");
    let mut browser = at_the_form(&app, "known@example.org").await;
    let refused = app.set_password(&mut browser, digest).await;
    assert!(browser.follow(&refused).await.body.contains("leaked or common"));
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done", "padding counts for nothing");
    assert_eq!(asked.load(Ordering::SeqCst), 2);

    serving.abort();
    app.wait_for_cooldown();
    app.deliver().await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    assert_eq!(app.set_password(&mut browser, "lagoon-timber-quartz").await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

fn suffix_of(password: &str) -> String {
    use sha1::Digest;
    let digest: String = sha1::Sha1::digest(password.as_bytes()).iter().map(|byte| format!("{byte:02X}")).collect();
    digest[5..].to_owned()
}
