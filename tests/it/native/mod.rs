//! The native API from outside. Every answer that a test receives here is checked against the OpenAPI document: its
//! status, its content type, its members, and the type of a problem.

mod accounts;
mod answers;
mod browsers;
mod cancel;
mod change;
mod contract;
mod document;
mod hand_out;
mod idempotency;
mod keys;

use keyback::model::Scope;
use reqwest::Method;
use serde_json::Value;

use crate::support::{Answer, TestApp};

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// A program with a key.
struct Program<'a> {
    app: &'a TestApp,
    key: String,
    id: String,
}

impl<'a> Program<'a> {
    /// With a secret key that has these scopes and no other.
    async fn with(app: &'a TestApp, scopes: &[Scope]) -> Self {
        let made = app.key_with(keyback::model::KeyKind::Secret, |new| new.scopes = scopes.to_vec()).await;
        Self { app, key: made.key.expose().to_owned(), id: made.summary.id }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_with(method, path, body, &[]).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// With further headers.
    async fn call_with(&self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", authorization.as_str())];
        if body.is_some() {
            all.push(("content-type", "application/json"));
        }
        all.extend_from_slice(headers);
        let body = body.map(|body| body.to_string().into_bytes());
        let answer = self.app.browser().send(method.clone(), path, &all, body).await;
        contract::assert_documented(&method, path, &answer);
        answer
    }
}

/// Status and the last part of the problem's type.
fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.body);
    let kind = answer.json()["type"].as_str().unwrap().trim_start_matches("/problems/").to_owned();
    (answer.status.as_u16(), kind)
}

fn is(status: u16, kind: &str) -> (u16, String) {
    (status, kind.to_owned())
}
