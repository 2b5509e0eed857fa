//! The list of tools, their arguments, and the scopes that a key needs for them (SECURITY.md, requirement 74).

use keyback::admin::NewKey;
use keyback::model::{KeyKind, Scope};
use serde_json::{Value, json};

use super::{Agent, request};
use crate::support::{Database, TestApp, on_both_databases};

const WITH_PASSWORDS: [(&str, &str); 1] = [("API__MCP_PASSWORD_TOOLS", "true")];

/// Every tool with arguments that fit, and the scope that it needs.
fn every_tool() -> [(&'static str, Value, &'static str); 8] {
    let id = json!({ "id": "AAAAAAAAAAAAAAAAAAAAAAAA" });
    let given = json!({ "username": "known@example.org", "code": "12345678", "newPassword": "meadow-copper-violin" });
    [
        ("request_reset", json!({ "email": "known@example.org" }), "resets:request"),
        ("reset_status", id.clone(), "resets:read"),
        ("resend", id.clone(), "resets:request"),
        ("cancel_reset", id.clone(), "resets:request"),
        ("explain_failure", id, "resets:read"),
        ("reset_password_send_code", json!({ "username": "known@example.org" }), "resets:request"),
        ("reset_password_verify_code", given.clone(), "resets:complete"),
        ("reset_password_veryify_code", given, "resets:complete"),
    ]
}

async fn tools(app: &TestApp) -> Vec<Value> {
    Agent::new(app).ask("tools/list", json!({})).await["result"]["tools"].as_array().unwrap().clone()
}

fn names(tools: &[Value]) -> Vec<&str> {
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_list_of_tools_is_the_one_that_clients_know() {
    let app = TestApp::start_with(Database::sqlite(), &WITH_PASSWORDS).await;
    let tools = tools(&app).await;
    assert_eq!(names(&tools), every_tool().map(|(name, ..)| name));
    insta::assert_json_snapshot!("tools", tools);
    app.finish().await;
}

// SECURITY.md, requirement 50: off unless the operator says otherwise
#[tokio::test]
async fn tools_that_take_a_password_are_off_by_default() {
    let app = TestApp::start(Database::sqlite()).await;
    let offered = tools(&app).await;
    assert_eq!(names(&offered), every_tool()[..6].iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    for (name, arguments, _) in &every_tool()[6..] {
        let message = request("tools/call", &json!({ "name": name, "arguments": arguments }));
        let answer = Agent::new(&app).send(&[], &message).await.json();
        assert_eq!(answer["error"], json!({ "code": -32602, "message": "This tool does not exist." }));
    }
    app.finish().await;
}

// SECURITY.md, requirement 74: additionalProperties is false, in the schema and in deed
#[tokio::test]
async fn arguments_that_do_not_fit_are_refused_and_not_repeated() {
    let app = TestApp::start_with(Database::sqlite(), &WITH_PASSWORDS).await;
    for tool in tools(&app).await {
        assert_eq!(tool["inputSchema"]["additionalProperties"], json!(false), "{}", tool["name"]);
        assert_eq!(tool["inputSchema"]["type"], json!("object"));
        assert_eq!(tool["outputSchema"]["type"], json!("object"));
    }
    let agent = Agent::new(&app);
    for (tool, fitting, _) in every_tool() {
        let mut unfitting = vec![json!({ "hunter2": "hunter2" })];
        let with = |name: &str, value: Value| {
            let mut arguments = fitting.clone();
            arguments[name] = value;
            arguments
        };
        unfitting.push(with("hunter2", json!("hunter2")));
        for name in fitting.as_object().unwrap().keys() {
            unfitting.push(with(name, json!(8_888_888)));
            unfitting.push(with(name, json!(["hunter2"])));
            unfitting.push(with(name, json!({ "$gt": "hunter2" })));
        }
        for arguments in unfitting {
            let told = agent.call(tool, arguments.clone()).await;
            assert!(told.is_error, "{tool} {arguments}");
            assert!(told.lines[0].contains("The arguments are wrong. Known: "), "{told:?}");
            let text = told.lines.concat();
            assert!(!text.contains("hunter2") && !text.contains("8888888"), "{told:?}");
        }
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}

// SECURITY.md, requirement 74: least privilege
#[on_both_databases]
async fn a_tool_needs_its_scope_and_says_which(database: Database) {
    let app = TestApp::start_with(database, &WITH_PASSWORDS).await;
    for (tool, arguments, needed) in every_tool() {
        let others =
            |new: &mut NewKey| new.scopes = Scope::ALL.into_iter().filter(|scope| scope.as_str() != needed).collect();
        let key = app.key_with(KeyKind::Secret, others).await;
        let told = Agent::with_key(&app, key.key.expose()).call(tool, arguments).await;
        assert!(told.is_error, "{tool}");
        assert!(told.lines[0].ends_with(&format!("The API key needs the scope {needed}.")), "{told:?}");
        assert_eq!(told.lines.len(), 2);
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}
