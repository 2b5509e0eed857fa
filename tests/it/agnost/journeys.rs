//! A complete reset by each way, and what it leaves behind.

use keyback::model::KeyKind;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{
    AGNOST, ALTOGIC, NEW_PASSWORD, NUMBER, TARGET, assert_done, call, refusal, refused, reset_pwd, reset_pwd_code,
    send_reset, send_reset_code, start,
};
use crate::support::{Database, OLD_PASSWORD, PUBLIC_URL, TestApp, on_both_databases, token_in};

#[on_both_databases]
async fn the_link_brings_the_token_that_sets_the_password(database: Database) {
    let app = start(database).await;
    let key = app.key(KeyKind::Publishable).await;
    let key = key.key.expose();
    let body =
        json!({ "email": "Known@Example.org", "redirectURL": TARGET, "baseURL": "https://evil.example", "more": [1] });
    assert_done(&call(&app, key, &format!("{AGNOST}/send-reset"), Some(body)).await);
    let mail = app.deliver().await.remove(0);
    let link = format!("{AGNOST}/verify?key={}&action=reset-pwd", mail.link_key());
    assert!(mail.text().contains(&format!("{PUBLIC_URL}{link}")), "{}", mail.text());
    let opened = app.browser().get(&link).await;
    let token = token_in(opened.location());
    let wanted = format!("{TARGET}&access_token={token}&action=reset-pwd&status=200");
    assert_eq!((opened.status, opened.location()), (StatusCode::SEE_OTHER, wanted.as_str()));
    assert_done(&reset_pwd(&app, key, &token, NEW_PASSWORD).await);
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn the_code_of_the_text_message_sets_the_password(database: Database) {
    let app = start(database).await;
    let key = app.key(KeyKind::Publishable).await;
    let key = key.key.expose();
    assert_done(&send_reset_code(&app, key, NUMBER).await);
    let code = app.deliver_texts().await.remove(0).code();
    assert_done(&reset_pwd_code(&app, key, NUMBER, &code, NEW_PASSWORD).await);
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    let audit = app.audit().await;
    let done = audit.iter().find(|row| row.event == "reset.completed").unwrap();
    assert!(done.actor.starts_with("key:"), "{done:?}");
    app.deliver().await;
    app.finish().await;
}

// altogic writes an address into its query as it is, and has no body and no redirect URL
#[on_both_databases]
async fn the_ancestor_asks_in_its_query_and_a_plus_stays_a_plus(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane+tag@example.org").await;
    let key = app.key(KeyKind::Secret).await;
    let key = key.key.expose();
    assert_done(&call(&app, key, &format!("{ALTOGIC}/send-reset?email=jane+tag@example.org"), None).await);
    let mail = app.deliver().await.remove(0);
    let opened = app.browser().get(&format!("{ALTOGIC}/verify?key={}&action=reset-pwd", mail.link_key())).await;
    assert!(opened.location().starts_with(&format!("{PUBLIC_URL}/auth-redirect?access_token=at-")), "the default");
    let path = format!("{ALTOGIC}/reset-pwd?key={}", token_in(opened.location()));
    assert_done(&call(&app, key, &path, Some(json!({ "newPassword": NEW_PASSWORD }))).await);
    assert_eq!(app.authenticate("jane+tag@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// altogic without an API key has only the key of the client, which it sends in a header of its own
#[on_both_databases]
async fn the_client_key_is_taken_where_there_is_no_other(database: Database) {
    let app = start(database).await;
    let key = app.key(KeyKind::Publishable).await;
    let other = app.key(KeyKind::Secret).await;
    let path = format!("{ALTOGIC}/send-reset?email=nobody@example.org");
    let send = async |headers: &[(&str, &str)]| app.browser().send(Method::POST, &path, headers, None).await;
    let client_key = ("x-client-key", key.key.expose());
    assert_done(&send(&[client_key, ("x-client", "altogic-js"), ("session", "sn-1")]).await);
    app.wait_for_cooldown();
    let told = send(&[client_key, ("authorization", other.key.expose())]).await;
    assert_eq!(refusal(&told), refused(401, "invalid_credentials"), "the API key goes first");
    let wrong = send(&[client_key, ("authorization", "kb-wrong")]).await;
    assert_eq!(refusal(&wrong), refused(401, "invalid_api_key"), "a wrong API key is not passed over");
    assert_eq!(refusal(&send(&[client_key, client_key]).await), refused(401, "invalid_api_key"));
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 37: the token and the code stay good, and the answer names the field
#[on_both_databases]
async fn a_password_that_is_not_taken_costs_no_new_message(database: Database) {
    let app = start(database).await;
    let key = app.api_key().to_owned();
    send_reset(&app, &key, "known@example.org").await;
    let mail = app.deliver().await.remove(0);
    let token = token_in(app.browser().get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await.location());
    send_reset_code(&app, &key, NUMBER).await;
    let code = app.deliver_texts().await.remove(0).code();
    let mut table = Vec::new();
    for password in ["", "short", "password123456", "known@example.org", &"x".repeat(257), &"x".repeat(1025)] {
        let by_token = reset_pwd(&app, &key, &token, password).await;
        let by_code = reset_pwd_code(&app, &key, NUMBER, &code, password).await;
        assert_eq!(by_token.comparable(), by_code.comparable());
        assert_eq!(refusal(&by_token), refused(400, "validation_errors"));
        table.push(by_token.json()["errors"][0]["details"].to_string());
    }
    insta::assert_snapshot!("rejected_passwords", table.join("\n"));
    assert_done(&reset_pwd_code(&app, &key, NUMBER, &code, NEW_PASSWORD).await);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_key_with_a_target_of_its_own_leads_there(database: Database) {
    let app = start(database).await;
    let own = "https://shop.example.org/reset";
    let key = app
        .key_with(KeyKind::Publishable, |new| {
            new.redirect_urls = vec![keyback::model::RedirectUrl::parse(own).unwrap()];
        })
        .await;
    let path = format!("{ALTOGIC}/send-reset?email=known@example.org");
    assert_done(&call(&app, key.key.expose(), &path, None).await);
    let mail = app.deliver().await.remove(0);
    let opened = app.browser().get(&format!("{ALTOGIC}/verify?key={}", mail.link_key())).await;
    assert!(opened.location().starts_with(&format!("{own}?access_token=at-")), "{}", opened.location());
    let body = json!({ "email": "known@example.org", "redirectURL": TARGET });
    let foreign = call(&app, key.key.expose(), &format!("{AGNOST}/send-reset"), Some(body)).await;
    assert_eq!(refusal(&foreign), refused(400, "invalid_redirect_url"), "another's target is none of this key's");
    app.finish().await;
}
