//! The cost of API calls, for [`costs`](crate::costs): each protocol, sign-in, and JSON with superfluous members.

use reqwest::Method;
use serde_json::json;

use crate::Result;
use crate::client::Call;
use crate::costs::{Cost, Meter, address};
use crate::dialects::{DIALECTS, Key};

/// A text that differs in each of the forms that are tried: as typed, NFC, NFD.
const THREE_FORMS: &str = "\u{212b}e\u{301}";

pub async fn take(meter: &Meter, key: &Key) -> Result<Vec<Cost>> {
    let mut costs = Vec::new();
    for (name, request) in DIALECTS {
        for length in [30, 250, 15_000] {
            // Agnost tells a server who has no account; the other protocols accept requests for strangers like any
            // other.
            let call = |number| {
                let address = format!("{}-{}", name.to_lowercase(), address(number, length));
                let outgoing = request(key, &address);
                Call {
                    method: Method::POST,
                    path: outgoing.path.to_owned(),
                    headers: outgoing.headers,
                    body: Some(outgoing.body.to_string()),
                }
            };
            costs.push(meter.measure(name, call).await?);
        }
    }
    for length in [8, 15_000] {
        let code = json!({ "code": "1".repeat(length) });
        let unknown = "/api/v1/resets/AAAAAAAAAAAAAAAA/verify";
        costs.push(meter.measure("native, a code", |_| native(key, unknown, &code.to_string())).await?);
        let token = json!({ "access_token": "x".repeat(length), "password": "walnut river lantern" }).to_string();
        costs.push(meter.measure("native, a token", |_| native(key, "/api/v1/resets/complete", &token)).await?);
        let token = json!({ "requestId": "x".repeat(length), "newPassword": "walnut river lantern" }).to_string();
        costs.push(meter.measure("Productflame, a token", |_| plain(key, "/v1/auth/new-password", &token)).await?);
        let path = format!("/agnost/auth/reset-pwd?key=at-{}", "x".repeat(length));
        let password = json!({ "newPassword": "walnut river lantern" }).to_string();
        costs.push(meter.measure("Agnost, a token", |_| plain(key, &path, &password)).await?);
        let code =
            json!({ "ClientId": "x".repeat(length), "Username": "jane", "Password": "x", "ConfirmationCode": "1" });
        let code = code.to_string();
        costs.push(meter.measure("Cognito, a code", |_| cognito("ConfirmForgotPassword", &code)).await?);
        let bearer = || native_as(&"x".repeat(length), "/api/v1/resets", "{}");
        costs.push(meter.measure("native, a wrong key", |_| bearer()).await?);
    }
    let password = "x".repeat(1024);
    let three = THREE_FORMS.repeat(1024 / THREE_FORMS.len());
    for (what, password) in [
        ("authenticate", "walnut river"),
        ("authenticate, a long password", &password),
        ("authenticate, three forms", THREE_FORMS),
        ("authenticate, three long forms", &three),
        ("authenticate, too long", &"x".repeat(15_000)),
    ] {
        let call = |number| {
            let body = json!({ "email": address(number, 40), "password": password }).to_string();
            native(key, "/api/v1/accounts/authenticate", &body)
        };
        costs.push(meter.measure(what, call).await?);
    }
    let nested = format!("{{\"email\":{}", "[".repeat(15_000));
    costs.push(meter.measure("native, nested JSON", |_| native(key, "/api/v1/resets", &nested)).await?);
    costs.push(meter.measure("MCP, nested JSON", |_| mcp(key, &nested)).await?);
    let members: Vec<String> = (0..1_500).map(|number| format!("\"a{number}\":1")).collect();
    let members = format!("{{{}}}", members.join(","));
    costs.push(meter.measure("native, many members", |_| native(key, "/api/v1/resets", &members)).await?);
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string();
    costs.push(meter.measure("MCP, list of tools", |_| mcp(key, &list)).await?);
    Ok(costs)
}

fn post(path: &str, headers: Vec<(&'static str, String)>, body: &str) -> Call {
    Call { method: Method::POST, path: path.to_owned(), headers, body: Some(body.to_owned()) }
}

fn json_type() -> (&'static str, String) {
    ("content-type", "application/json".to_owned())
}

fn native(key: &Key, path: &str, body: &str) -> Call {
    native_as(&key.key, path, body)
}

fn native_as(key: &str, path: &str, body: &str) -> Call {
    post(path, vec![("authorization", format!("Bearer {key}")), json_type()], body)
}

/// A call of Agnost or Productflame.
fn plain(key: &Key, path: &str, body: &str) -> Call {
    post(path, vec![("authorization", key.key.clone()), json_type()], body)
}

fn cognito(operation: &str, body: &str) -> Call {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    post("/cognito", vec![("content-type", "application/x-amz-json-1.1".to_owned()), ("x-amz-target", target)], body)
}

fn mcp(key: &Key, body: &str) -> Call {
    let accept = ("accept", "application/json, text/event-stream".to_owned());
    post("/mcp", vec![("authorization", format!("Bearer {}", key.key)), accept, json_type()], body)
}
