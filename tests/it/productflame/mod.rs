//! The Productflame protocol over HTTP, row by row of its contract (src/api/productflame/README.md). That system has no
//! public client library; a client consists of these two requests.

mod answers;
mod holes;

use keyback::admin::MadeKey;
use keyback::model::{KeyKind, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const NEW_PASSWORD: &str = "meadow-copper-violin";
const RESET: &str = "/v1/auth/reset-password";
const NEW: &str = "/v1/auth/new-password";

async fn call(app: &TestApp, path: &str, key: &str, body: &Value) -> Answer {
    let headers = [("authorization", key), ("content-type", "application/json")];
    app.browser().send(Method::POST, path, &headers, Some(body.to_string().into_bytes())).await
}

/// A key of a program that delivers request ids itself.
async fn delivering_key(app: &TestApp) -> MadeKey {
    app.key_with(KeyKind::Secret, |new| new.scopes.push(Scope::ResetsReturnLink)).await
}

/// Asks with that key and gives the request id.
async fn activation(app: &TestApp, key: &MadeKey, body: &Value) -> String {
    let answer = call(app, RESET, key.key.expose(), body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["activation"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.body)).to_owned()
}

async fn set(app: &TestApp, key: &str, request_id: &str, password: &str) -> Answer {
    call(app, NEW, key, &json!({ "requestId": request_id, "newPassword": password })).await
}
