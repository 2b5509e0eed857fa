//! The tools for agents, over HTTP and on stdio, as src/api/mcp/README.md describes them. end2end/tests/clients/mcp.spec.ts
//! tests them with the official client.

mod contract;
mod explaining;
mod resets;
mod secrets;
mod stdio;
mod tools;
mod transport;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// The revision of the protocol that most clients speak.
const REVISION: &str = "2025-11-25";

/// A client with a key.
struct Agent<'app> {
    app: &'app TestApp,
    authorization: String,
}

/// What a tool gave.
#[derive(Debug)]
struct Told {
    is_error: bool,
    lines: Vec<String>,
    members: Value,
}

impl<'app> Agent<'app> {
    fn new(app: &'app TestApp) -> Self {
        Self::with_key(app, app.api_key())
    }

    fn with_key(app: &'app TestApp, key: &str) -> Self {
        Self { app, authorization: format!("Bearer {key}") }
    }

    /// Sends a message with further headers.
    async fn send(&self, headers: &[(&str, &str)], message: &Value) -> Answer {
        let usual = [
            ("authorization", self.authorization.as_str()),
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
            ("mcp-protocol-version", REVISION),
        ];
        let headers: Vec<(&str, &str)> = usual.into_iter().chain(headers.iter().copied()).collect();
        self.app.browser().send(Method::POST, "/mcp", &headers, Some(message.to_string().into_bytes())).await
    }

    /// One request of the protocol and its result.
    async fn ask(&self, method: &str, params: Value) -> Value {
        let answer = self.send(&[], &request(method, &params)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, Some("application/json")),
            "{}",
            answer.body
        );
        answer.json()
    }

    async fn call(&self, tool: &str, arguments: Value) -> Told {
        Told::read(&self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await)
    }

    /// Calls a tool that must succeed.
    async fn succeed(&self, tool: &str, arguments: Value) -> Told {
        let told = self.call(tool, arguments).await;
        assert!(!told.is_error, "{tool}: {told:?}");
        told
    }

    /// Asks for a reset and gives its id.
    async fn request(&self, email: &str) -> String {
        self.succeed("request_reset", json!({ "email": email })).await.id()
    }
}

impl Told {
    fn read(answer: &Value) -> Self {
        let result = &answer["result"];
        let content = result["content"].as_array().unwrap_or_else(|| panic!("no result of a tool: {answer}"));
        Self {
            is_error: result["isError"].as_bool().unwrap(),
            lines: content.iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect(),
            members: result["structuredContent"].clone(),
        }
    }

    fn id(&self) -> String {
        self.members["id"].as_str().unwrap_or_else(|| panic!("no id: {self:?}")).to_owned()
    }
}

fn request(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}
