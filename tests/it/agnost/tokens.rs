//! Which secret opens what: every kind of secret in the place of another, and in every other form.

use keyback::model::KeyKind;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    AGNOST, NEW_PASSWORD, NUMBER, TARGET, add, assert_done, call, refusal, refused, reset_pwd, reset_pwd_code,
    send_reset, send_reset_code, start,
};
use crate::support::{Database, OLD_PASSWORD, on_both_databases, token_in};

// SECURITY.md, requirement 23
#[on_both_databases]
async fn one_kind_of_secret_does_nothing_that_is_for_another(database: Database) {
    let app = start(database).await;
    let key = app.api_key().to_owned();
    let mut asking = app.browser();
    app.ask(&mut asking, "known@example.org").await;
    let mail = app.deliver().await.remove(0);
    let token = token_in(app.browser().get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await.location());
    send_reset_code(&app, &key, NUMBER).await;
    let code = app.deliver_texts().await.remove(0).code();
    let session = asking.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    let challenge = app.database.texts("SELECT id FROM challenges").await.remove(0);
    let secrets = [
        ("link key", mail.link_key(), Some((401, "invalid_token_type"))),
        ("cancel key", mail.cancel_key(), Some((401, "invalid_token_type"))),
        ("API key", key.clone(), Some((401, "invalid_token_type"))),
        ("code of the mail", mail.code(), Some((403, "invalid_access_token"))),
        ("code of the text message", code.clone(), Some((403, "invalid_access_token"))),
        ("session", session, Some((403, "invalid_access_token"))),
        ("challenge", challenge, Some((403, "invalid_access_token"))),
        ("access token", token, None),
    ];
    for (kind, secret, _) in &secrets {
        let asked = send_reset(&app, secret, "nobody@example.org").await;
        let is_key = *kind == "API key";
        assert_eq!(
            asked.json()["errors"][0]["code"],
            if is_key { "invalid_credentials" } else { "invalid_api_key" },
            "{kind}"
        );
        let opened = app.browser().get(&format!("{AGNOST}/verify?key={secret}")).await;
        assert_eq!(opened.location().contains("access_token=at-"), *kind == "link key", "{kind} as a link key");
        if *kind != "code of the text message" {
            let by_code = reset_pwd_code(&app, &key, NUMBER, secret, "short").await;
            assert_eq!(refusal(&by_code), refused(403, "invalid_access_token"), "{kind} as a code");
        }
    }
    for (kind, secret, answer) in &secrets {
        let set = reset_pwd(&app, &key, secret, NEW_PASSWORD).await;
        match answer {
            Some((status, code)) => assert_eq!(refusal(&set), refused(*status, code), "{kind} as an access token"),
            None => assert_done(&set),
        }
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 24 and 25: any access token of Agnost's, of a sign-in by a magic link too, sets a
// password there
#[on_both_databases]
async fn a_token_sets_the_password_of_its_own_account_and_of_no_other(database: Database) {
    let app = start(database).await;
    add(&app, "other@example.org", "+12025550199", |_, _| {}).await;
    let key = app.api_key().to_owned();
    assert_done(&send_reset(&app, &key, "known@example.org").await);
    let mail = app.deliver().await.remove(0);
    let token = token_in(app.browser().get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await.location());
    let path = format!("{AGNOST}/reset-pwd?key={token}&email=other@example.org&userId=1&phone=%2B12025550199");
    let body =
        json!({ "newPassword": NEW_PASSWORD, "email": "other@example.org", "userId": "1", "actionType": "reset-pwd" });
    assert_done(&call(&app, &key, &path, Some(body)).await);
    assert_eq!(app.authenticate("other@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);

    app.deliver().await;
    send_reset_code(&app, &key, "+12025550199").await;
    let code = app.deliver_texts().await.remove(0).code();
    let stolen = reset_pwd_code(&app, &key, NUMBER, &code, "another-meadow-violin").await;
    assert_eq!(refusal(&stolen), refused(403, "invalid_access_token"), "a code is good for its own number alone");
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 5 and 27
#[on_both_databases]
async fn what_is_no_secret_is_refused_and_never_a_fault(database: Database) {
    let app = start(database).await;
    let key = app.api_key().to_owned();
    let long = "x".repeat(8_000);
    for text in ["%00", "at-%00", "%27%20OR%201=1--", "%7B%22$gt%22:0%7D", "%5B%5D", "null", "%ff%fe", "at-", &long] {
        let by_token = reset_pwd(&app, &key, text, NEW_PASSWORD).await;
        let by_code = reset_pwd_code(&app, &key, NUMBER, text, NEW_PASSWORD).await;
        for answer in [by_token, by_code] {
            assert!(matches!(refusal(&answer).0, 400 | 403), "{text}: {}", answer.body);
        }
    }
    for path in ["reset-pwd?key[$gt]=0", "reset-pwd?key[]=at-1", "reset-pwd-code?phone[]=1&code[]=1"] {
        let answer = call(&app, &key, &format!("{AGNOST}/{path}"), Some(json!({ "newPassword": NEW_PASSWORD }))).await;
        assert_eq!(refusal(&answer).0, 400, "{path}");
    }
    let token = format!("at-{}", "A".repeat(43));
    for password in [json!({ "$gt": "" }), json!([NEW_PASSWORD]), json!(true), json!(0), Value::Null] {
        let body = Some(json!({ "newPassword": password }));
        let answer = call(&app, &key, &format!("{AGNOST}/reset-pwd?key={token}"), body).await;
        assert_eq!(refusal(&answer), refused(400, "validation_errors"), "{password}");
        assert_eq!(answer.json()["errors"][0]["details"][0]["param"], "newPassword");
    }
    app.finish().await;
}

// SECURITY.md, requirement 68: a key in a URL stands in the logs of every proxy
#[on_both_databases]
async fn a_key_in_the_query_is_not_taken(database: Database) {
    let app = start(database).await;
    for name in ["apikey", "key", "authorization", "x-client-key"] {
        let path = format!("{AGNOST}/send-reset?{name}={}&email=known@example.org", app.api_key());
        let answer = app.browser().send(Method::POST, &path, &[], None).await;
        assert_eq!(refusal(&answer), refused(401, "missing_api_key"));
    }
    assert!(app.deliver().await.is_empty());
    app.finish().await;
}

// SECURITY.md, requirement 26
#[on_both_databases]
async fn no_answer_holds_a_secret_but_the_redirect_of_the_link(database: Database) {
    let app = start(database).await;
    let key = app.key(KeyKind::Secret).await;
    let key = key.key.expose();
    let body = json!({ "email": "known@example.org", "redirectURL": TARGET });
    let mut answers = vec![call(&app, key, &format!("{AGNOST}/send-reset"), Some(body)).await];
    let mail = app.deliver().await.remove(0);
    answers.push(send_reset_code(&app, key, NUMBER).await);
    let code = app.deliver_texts().await.remove(0).code();
    let token = token_in(app.browser().get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await.location());
    answers.push(reset_pwd(&app, key, &token, "short").await);
    answers.push(reset_pwd_code(&app, key, NUMBER, &code, "short").await);
    answers.push(reset_pwd(&app, key, &token, NEW_PASSWORD).await);
    answers.push(reset_pwd(&app, key, &token, NEW_PASSWORD).await);
    answers.push(reset_pwd_code(&app, key, NUMBER, &code, NEW_PASSWORD).await);
    answers.push(app.browser().get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await);
    for answer in answers {
        let whole = format!("{:?}{}", answer.headers, answer.body);
        for secret in [&mail.link_key(), &mail.cancel_key(), &mail.code(), &code, &token, key, NEW_PASSWORD, "known@"] {
            assert!(!whole.contains(secret), "{whole}");
        }
    }
    app.deliver().await;
    app.finish().await;
}
