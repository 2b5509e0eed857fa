//! Links as mail programs leave them. What can be read is read; a link that cannot be read is never called expired; and
//! "this wasn't me" reassures only if it knows (SECURITY.md, requirements 27 and 64).

use std::time::Duration;

use reqwest::{Method, StatusCode};

use crate::support::test_app::token_in;
use crate::support::{Answer, Database, OLD_PASSWORD, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";
const WRITTEN: &str =
    "SELECT (SELECT COUNT(*) FROM audit) + (SELECT COUNT(*) FROM grants) + (SELECT COUNT(*) FROM sessions)";

/// Queries that hold the whole secret in spite of what a mail program did.
fn readable(name: &str, secret: &str) -> Vec<String> {
    let (begin, end) = secret.split_at(24);
    let (prefix, random) = secret.split_at(3);
    let mut queries: Vec<String> = [
        ")",
        ".",
        ",",
        "%3E",
        "%22",
        "'",
        "]",
        ";",
        "*",
        "&",
        "&gt;",
        "%20",
        "+",
        "%0D%0A",
        "%E2%80%8B",
        "=20",
        "%",
        ").",
        "_",
        "%EF%BB%BF",
    ]
    .iter()
    .map(|added| format!("{name}={secret}{added}"))
    .collect();
    queries.extend([
        format!("{name}={begin}%0D%0A{end}"),
        format!("{name}={begin}%20{end}"),
        format!("{name}={begin}+{end}"),
        format!("{name}={begin}=%0D%0A{end}"),
        format!("{name}={begin}={end}"),
        format!("{name}={begin}%E2%80%8B{end}"),
        format!("{name}=3D{secret}"),
        format!("{name}=%3C{secret}%3E"),
        format!("{name}={}{random}", prefix.to_uppercase()),
        format!("{name}%3D{secret}"),
        format!("{name}={}%252D{random}", &prefix[..2]),
        format!("utm=x&amp;{name}={secret}"),
        format!("{name}={secret}&{name}={secret}"),
        format!("{name}={secret}%3Chttps://reset.example.org/x?{name}={secret}%3E"),
    ]);
    queries
}

/// Queries of which nobody can know which secret was meant.
fn unreadable(name: &str, secret: &str) -> Vec<String> {
    let other = format!("{}{}", &secret[..3], "A".repeat(43));
    vec![
        format!("{name}="),
        name.to_owned(),
        format!("{name}={}", &secret[..3]),
        format!("{name}={}", &secret[..45]),
        format!("{name}={}", &secret[..20]),
        format!("{name}={}", &secret[4..]),
        format!("{name}={secret}A"),
        format!("{name}={secret}&{name}={other}"),
        format!("{name}={other}%20https://reset.example.org/x?{name}={secret}"),
        format!("{name}=xx-{}", &secret[3..]),
        format!("{name}={secret}&x={}", "x".repeat(5000)),
    ]
}

/// Nothing that could be taken for the end of a request.
fn assert_does_not_reassure(page: &Answer) {
    for words in ["nothing left", "is over", "has ended", "is ended", "expired on", "no longer works"] {
        assert!(!page.body.contains(words), "{words}: {}", page.body);
    }
}

#[on_both_databases]
async fn a_mangled_link_opens_where_its_key_is_whole_and_is_called_unreadable_where_not(database: Database) {
    let app = TestApp::start_with(database, &[("API__AGNOST", "true")]).await;
    let ask = async |email: &str| {
        app.add_account(email).await;
        app.ask_for_mail(&mut app.browser(), email).await
    };
    for path in ["/verify", "/agnost/auth/verify"] {
        for (before, after) in [("", "&action=reset-pwd"), ("action=reset-pwd&", ""), ("", "")] {
            // One link can be opened 120 times.
            let mail = ask(&format!("known{}{}{}@example.org", path.len(), before.len(), after.len())).await;
            for query in readable("key", &mail.link_key()) {
                let query = format!("{before}{query}{after}");
                let answer = app.browser().get(&format!("{path}?{query}")).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{query}");
                assert!(answer.location().contains("access_token=at-"), "{query}: {}", answer.location());
            }
        }
    }
    let mail = ask("known@example.org").await;
    let written = app.database.number(WRITTEN).await;
    for query in unreadable("key", &mail.link_key()).into_iter().chain([String::new()]) {
        let mut browser = app.browser();
        let answer = browser.get(&format!("/verify?{query}")).await;
        assert_eq!(answer.location(), "/link-unreadable", "{query}");
        let page = browser.follow(&answer).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.body.contains("We cannot read this link"));
        assert_does_not_reassure(&page);
        let told = browser.get(&format!("/agnost/auth/verify?{query}")).await;
        assert!(told.location().contains("&status=400&code=invalid_access_token&error=The+link+cannot+be+read"));
        let page_of_the_target = browser.follow(&told).await;
        assert_eq!(page_of_the_target.status, StatusCode::BAD_REQUEST);
        assert!(page_of_the_target.body.contains("We cannot read this link"));
        let looked = browser.send(Method::HEAD, &format!("/verify?{query}"), &[], None).await;
        assert_eq!((looked.status, looked.header("location")), (StatusCode::OK, None));
    }
    assert_eq!(app.database.number(WRITTEN).await, written, "an unreadable link writes nothing");
    let unknown = app.browser().get(&format!("/verify?key=tk-{}.", "A".repeat(43))).await;
    assert_eq!(unknown.location(), "/link-expired", "unknown, as used and expired (SECURITY.md, requirement 64)");
    app.finish().await;
}

#[on_both_databases]
async fn a_mangled_token_opens_the_form_where_it_is_whole_and_is_called_unreadable_where_not(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    let token = token_in(app.browser().get(&format!("/verify?key={}", mail.link_key())).await.location());
    for query in readable("access_token", &token) {
        for query in [format!("{query}&action=reset-pwd&status=200"), format!("action=reset-pwd&amp;{query}")] {
            let answer = app.browser().get(&format!("/auth-redirect?{query}")).await;
            assert_eq!(answer.location(), "/reset-password", "{query}");
        }
    }
    for action in ["action=reset-pwd).", "amp;action=reset-pwd", "action=3Dreset-pwd", "action=reset-pwd%20"] {
        let answer = app.browser().get(&format!("/auth-redirect?access_token={token}&{action}")).await;
        assert_eq!(answer.location(), "/reset-password", "{action}");
    }
    let written = app.database.number(WRITTEN).await;
    for query in unreadable("access_token", &token) {
        let mut browser = app.browser();
        let answer = browser.get(&format!("/auth-redirect?{query}&action=reset-pwd")).await;
        assert_eq!(answer.location(), "/link-unreadable", "{query}");
        assert_eq!(browser.follow(&answer).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(app.database.number(WRITTEN).await, written);
    app.finish().await;
}

#[on_both_databases]
async fn a_mangled_cancel_link_ends_its_request_or_says_that_it_may_be_open(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    for query in readable("key", &mail.cancel_key()) {
        let mut owner = app.browser();
        let opened = owner.get(&format!("/not-me?{query}")).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{query}");
        assert!(owner.follow(&opened).await.body.contains("/actions/not-me"), "{query}");
    }
    let written = app.database.number(WRITTEN).await;
    for query in unreadable("key", &mail.cancel_key()) {
        let page = app.browser().get(&format!("/not-me?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.body.contains("The request may still be open."), "{query}");
        assert_does_not_reassure(&page);
    }
    let unknown = app.browser().get(&format!("/not-me?key=ck-{}", "A".repeat(43))).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.body.contains("We do not know this link"));
    assert_does_not_reassure(&unknown);
    let without = app.browser().get("/not-me").await;
    assert!(without.body.contains("A request may still be open."), "cookies may be lost on the way");
    assert_does_not_reassure(&without);
    assert_eq!(app.database.number(WRITTEN).await, written);

    let mut owner = app.browser();
    owner.get(&format!("/not-me?key={})", mail.cancel_key())).await;
    let done = owner.post("/actions/not-me", &[]).await;
    assert!(owner.follow(&done).await.body.contains("The request is ended."));
    let dead = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
    assert_eq!(dead.location(), "/link-expired");
    app.finish().await;
}

#[on_both_databases]
async fn the_cancel_link_works_as_long_as_a_form_of_the_request_may_be_open(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut thief = app.browser();
    let mail = app.ask_for_mail(&mut thief, "known@example.org").await;
    app.clock.advance(Duration::from_secs(29 * 60));
    app.open_link(&mut thief, &mail).await;
    app.clock.advance(Duration::from_secs(9 * 60));
    assert_eq!(app.browser().get(&format!("/verify?key={}", mail.link_key())).await.location(), "/link-expired");
    let mut owner = app.browser();
    let opened = owner.get(&format!("/not-me?key={}", mail.cancel_key())).await;
    assert!(owner.follow(&opened).await.body.contains("/actions/not-me"));
    let done = owner.post("/actions/not-me", &[]).await;
    assert!(owner.follow(&done).await.body.contains("The request is ended."));
    assert_ne!(app.set_password(&mut thief, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.finish().await;
}

#[on_both_databases]
async fn the_cancel_link_of_a_request_that_is_over_says_what_became_of_it(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let page = async |key: &str| {
        let mut owner = app.browser();
        let opened = owner.get(&format!("/not-me?key={key}")).await;
        if opened.status == StatusCode::SEE_OTHER { owner.follow(&opened).await } else { opened }
    };
    let expired = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    app.clock.advance(Duration::from_secs(31 * 60 + 10 * 60));
    let told = page(&expired.cancel_key()).await;
    assert!(told.body.contains("The request expired on 2026-11-22 14:33 UTC."), "{}", told.body);

    // Of two requests one sets the password.
    let mut browser = app.browser();
    let other = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    app.wait_for_cooldown();
    let used = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.open_link(&mut browser, &used).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let notice = app.deliver().await.remove(0);
    let told = page(&other.cancel_key()).await;
    assert!(told.body.contains("the password was set with another request"), "{}", told.body);
    assert!(told.body.contains("there you can lock the new password"));
    assert!(page(&used.cancel_key()).await.body.contains("Lock the new password"));

    // Its own key is too old, that of the notice is not.
    app.clock.advance(Duration::from_secs(60 * 60));
    let told = page(&used.cancel_key()).await;
    assert!(told.body.contains("and it is in use") && told.body.contains("choose another password now"));
    let mut owner = app.browser();
    owner.get(&format!("/not-me?key={}", notice.cancel_key())).await;
    owner.post("/actions/not-me", &[]).await;
    for mail in [&used, &notice] {
        let told = page(&mail.cancel_key()).await;
        assert!(told.body.contains("it was locked or replaced later"), "{}", told.body);
    }

    app.wait_for_cooldown();
    let cancelled = app.ask_for_mail(&mut owner, "known@example.org").await;
    owner.get(&format!("/not-me?key={}", cancelled.cancel_key())).await;
    owner.post("/actions/not-me", &[]).await;
    let told = page(&cancelled.cancel_key()).await;
    assert!(told.body.contains("The request was ended on"), "{}", told.body);
    assert!(told.body.contains("This says nothing about other requests"));
    app.deliver().await;
    app.finish().await;
}
