//! The Amazon Cognito protocol over HTTP, row by row of its contract (src/api/cognito/README.md).
//! end2end/tests/clients/cognito.spec.ts tests it with its real clients.

mod answers;
mod concealment;
mod holes;
mod limits;
mod root;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use keyback::admin::MadeKey;
use keyback::model::{KeyKind, PhoneNumber, Username};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Answer, Browser, TestApp};

const PATH: &str = "/cognito";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";
const NEW_PASSWORD: &str = "meadow-copper-violin";
const NUMBER: &str = "+12025550123";

/// A program as Cognito knows one: a client id, and perhaps a secret.
#[derive(Clone)]
struct Program {
    id: String,
    secret: Option<String>,
}

impl Program {
    async fn new(app: &TestApp, kind: KeyKind) -> Self {
        app.key(kind).await.into()
    }

    /// The members of every call that is about `username`.
    fn about(&self, username: &str) -> Value {
        let mut body = json!({ "ClientId": self.id, "Username": username });
        if let Some(secret) = &self.secret {
            body["SecretHash"] = secret_hash(secret, username, &self.id).into();
        }
        body
    }

    fn with_code(&self, username: &str, code: &str, password: &str) -> Value {
        let mut body = self.about(username);
        body["ConfirmationCode"] = code.into();
        body["Password"] = password.into();
        body
    }

    async fn forgot(&self, app: &TestApp, username: &str) -> Answer {
        call(app, "ForgotPassword", &self.about(username)).await
    }

    async fn confirm(&self, app: &TestApp, username: &str, code: &str, password: &str) -> Answer {
        call(app, "ConfirmForgotPassword", &self.with_code(username, code, password)).await
    }
}

impl From<MadeKey> for Program {
    fn from(made: MadeKey) -> Self {
        let secret = made.client_secret.map(|secret| secret.expose().to_owned());
        Self { id: made.summary.id.clone(), secret }
    }
}

/// As Amazon's developer guide has it ("Computing secret hash values").
fn secret_hash(secret: &str, username: &str, client_id: &str) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{username}{client_id}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

async fn call(app: &TestApp, operation: &str, body: &Value) -> Answer {
    call_by(&mut app.browser(), operation, body.to_string()).await
}

async fn call_by(browser: &mut Browser, operation: &str, body: String) -> Answer {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let headers = [("content-type", MEDIA_TYPE), ("x-amz-target", target.as_str())];
    let answer = browser.send(Method::POST, PATH, &headers, Some(body.into_bytes())).await;
    assert_eq!(answer.header("content-type"), Some(MEDIA_TYPE), "{}", answer.body);
    assert_eq!(answer.header("x-amzn-requestid"), answer.header("x-request-id"));
    answer
}

/// Status, name and message of an error, which the header and the body name alike.
fn error(answer: &Answer) -> String {
    let body = answer.json();
    let name = body["__type"].as_str().unwrap_or_else(|| panic!("no error: {} {}", answer.status, answer.body));
    assert_eq!(answer.header("x-amzn-errortype"), Some(name));
    let wait = answer.header("retry-after").map(|wait| format!(" (after {wait} s)")).unwrap_or_default();
    format!("{} {name}{wait}: {}", answer.status.as_u16(), body["message"].as_str().unwrap())
}

/// The name of an error that has the status of all but our own.
fn name(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let error = error(answer);
    error["400 ".len()..].split([':', ' ']).next().unwrap().to_owned()
}

/// Where a code goes: the medium, the destination.
fn delivery(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let details = &answer.json()["CodeDeliveryDetails"];
    let member = |name: &str| details[name].as_str().unwrap().to_owned();
    let attribute = if member("DeliveryMedium") == "SMS" { "phone_number" } else { "email" };
    assert_eq!(member("AttributeName"), attribute);
    (member("DeliveryMedium"), member("Destination"))
}

/// Another code of the same length.
fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { (digit as u8 + 1) as char }).collect()
}

fn phone(number: &str) -> Option<PhoneNumber> {
    Some(PhoneNumber::parse(number, None).unwrap())
}

fn username(name: &str) -> Option<Username> {
    Some(Username::parse(name).unwrap())
}
