//! The Agnost protocol over HTTP, row by row of its contract (src/api/agnost/README.md), under the path of Agnost and
//! that of its predecessor Altogic. `end2end/tests/clients` tests it with the client of Altogic.

mod accounts;
mod answers;
mod browsers;
mod holes;
mod journeys;
mod links;
mod tokens;

use keyback::model::{EmailAddress, NewAccount, NewPassword, PhoneNumber};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, OLD_PASSWORD, TestApp};

const NEW_PASSWORD: &str = "meadow-copper-violin";
const NUMBER: &str = "+12025550123";

const AGNOST: &str = "/agnost/auth";
const ALTOGIC: &str = "/_api/rest/v1/auth";

/// A registered target.
const TARGET: &str = "https://app.example.org/auth?from=reset";

/// Calls as the clients do: the key without a scheme, and without a body no content type.
async fn call(app: &TestApp, key: &str, path: &str, body: Option<Value>) -> Answer {
    let mut headers = vec![("authorization", key)];
    headers.extend(body.as_ref().map(|_| ("content-type", "application/json")));
    app.browser().send(Method::POST, path, &headers, body.map(|body| body.to_string().into_bytes())).await
}

/// Asks as Agnost's client does.
async fn send_reset(app: &TestApp, key: &str, email: &str) -> Answer {
    call(app, key, &format!("{AGNOST}/send-reset"), Some(json!({ "email": email }))).await
}

async fn reset_pwd(app: &TestApp, key: &str, token: &str, password: &str) -> Answer {
    call(app, key, &format!("{AGNOST}/reset-pwd?key={token}"), Some(json!({ "newPassword": password }))).await
}

async fn send_reset_code(app: &TestApp, key: &str, phone: &str) -> Answer {
    call(app, key, &format!("{AGNOST}/send-reset-code?phone={}", phone.replace('+', "%2B")), None).await
}

async fn reset_pwd_code(app: &TestApp, key: &str, phone: &str, code: &str, password: &str) -> Answer {
    let path = format!("{AGNOST}/reset-pwd-code?phone={}&code={code}", phone.replace('+', "%2B"));
    call(app, key, &path, Some(json!({ "newPassword": password }))).await
}

/// What its clients map to `{ errors: null }`.
fn assert_done(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""), "{}", answer.body);
}

/// Status and code of an error.
fn refusal(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{} {}", answer.status, answer.body);
    let body = answer.json();
    let [error] = body["errors"].as_array().unwrap().as_slice() else { panic!("one error: {body}") };
    let origin = if answer.status.is_server_error() { "server_error" } else { "client_error" };
    assert_eq!(error["origin"], origin);
    assert!(error["message"].as_str().unwrap().ends_with('.'), "{body}");
    (answer.status.as_u16(), error["code"].as_str().unwrap().to_owned())
}

/// `refusal` of what must be one.
fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// An account with a verified address, a verified number and a password, unless `change` says otherwise.
async fn add(app: &TestApp, email: &str, phone: &str, change: impl FnOnce(&mut NewAccount, &mut bool)) {
    let mut account = NewAccount {
        email: Some(EmailAddress::parse(email).unwrap()),
        email_verified: true,
        phone: Some(PhoneNumber::parse(phone, None).unwrap()),
        phone_verified: true,
        username: None,
        password_hash: None,
        mfa_required: false,
        disabled: false,
    };
    let mut has_password = true;
    change(&mut account, &mut has_password);
    let password = has_password.then(|| NewPassword::parse(OLD_PASSWORD.to_owned()).unwrap());
    app.application.accounts.add(account, password).await.unwrap();
}

/// With text messages, and somebody who has an address, a number and a password.
async fn start(database: crate::support::Database) -> TestApp {
    let app = TestApp::start_with_texts(database, &[]).await;
    add(&app, "known@example.org", NUMBER, |_, _| {}).await;
    app
}
