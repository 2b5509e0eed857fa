//! `keyback mcp`: the same tools on standard input and output, with the real program.

use serde_json::{Value, json};

use super::{NEW_PASSWORD, REVISION, Told, request};
use crate::support::{Conversation, Database, Program, SmtpServer, on_both_databases};

/// A client that has said hello.
async fn client(program: &Program, arguments: &[&str]) -> Conversation {
    let mut client = program.converse(arguments).await;
    let hello =
        json!({ "protocolVersion": REVISION, "capabilities": {}, "clientInfo": { "name": "tests", "version": "1" } });
    client.say(&request("initialize", &hello)).await;
    let answer = client.hear().await;
    assert_eq!(answer["result"]["serverInfo"]["name"], "keyback", "{answer}");
    client.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    client
}

async fn call(client: &mut Conversation, tool: &str, arguments: Value) -> Told {
    client.say(&request("tools/call", &json!({ "name": tool, "arguments": arguments }))).await;
    Told::read(&client.hear().await)
}

#[on_both_databases]
async fn a_client_that_starts_its_server_itself_resets_a_password(database: Database) {
    let smtp = SmtpServer::start().await;
    let program = Program::new(&database, &smtp.url()).with("API__MCP_PASSWORD_TOOLS", "true");
    program.add_people(1).await;
    let key = program.api_key().await;
    let serving = program.serve().await;
    // At the finest level of every library: nothing of it is on standard output, and no secret in it.
    let with_key = program.clone().with("API_KEY", &key).with_variable("RUST_LOG", "trace");
    let mut client = client(&with_key, &["mcp"]).await;
    client.say(&request("tools/list", &json!({}))).await;
    assert_eq!(client.hear().await["result"]["tools"].as_array().unwrap().len(), 8);

    let sent = call(&mut client, "reset_password_send_code", json!({ "username": "person0@example.org" })).await;
    assert_eq!(sent.lines[0], "Code sent successfully");
    smtp.wait_until("the message", |state| state.mails.len() == 1).await;
    let mail = smtp.mails().remove(0);
    let given = json!({ "username": "person0@example.org", "code": mail.code(), "newPassword": NEW_PASSWORD });
    let set = call(&mut client, "reset_password_veryify_code", given).await;
    assert_eq!(set.lines[0], "Password reset successfully");
    let id = sent.id();
    let status = call(&mut client, "reset_status", json!({ "id": id })).await;
    assert_eq!(status.lines[0], "Status: completed");
    let audit = database.audit().await;
    let completed = audit.iter().find(|row| row.event == "reset.completed").unwrap();
    assert!(completed.actor.starts_with("key:"), "{}", completed.actor);
    assert_eq!(completed.caller_address.as_deref(), Some("127.0.0.1"));
    assert_eq!(completed.user_agent.as_deref(), Some("keyback mcp"));

    smtp.wait_until("the notice", |state| state.mails.len() == 2).await;
    let finished = client.hang_up().await;
    assert_eq!((finished.code, finished.stdout.as_str()), (0, ""), "{}", finished.stderr);
    let number = completed.correlation_id.clone().unwrap();
    assert!(finished.stderr.contains(&format!("request{{id=\"{number}\"}}")), "{}", finished.stderr);
    for secret in [&key, &mail.code(), &mail.link_key(), NEW_PASSWORD, "person0@example.org"] {
        assert!(!finished.stderr.contains(secret), "{secret}: {}", finished.stderr);
    }
    serving.stop().await;
    database.remove().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn a_key_that_is_revoked_ends_at_once(database: Database) {
    let program = Program::new(&database, "smtp://localhost:1?tls=none");
    let made = program.succeed(&["keys", "create", "agent", "--scope", "resets:request", "--json"]).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{}\n", made["key"].as_str().unwrap())).unwrap();
    let file = file.to_str().unwrap();

    let mut client = client(&program, &["mcp", "--api-key-file", file]).await;
    let id = json!({ "id": "AAAAAAAAAAAAAAAAAAAAAAAA" });
    let told = call(&mut client, "reset_status", id.clone()).await;
    assert_eq!(told.lines, ["The API key needs the scope resets:read.", "Error code: missing-scope"]);
    let told = call(&mut client, "cancel_reset", id.clone()).await;
    assert_eq!(told.lines[1], "Error code: not-found");
    program.succeed(&["keys", "revoke", made["id"].as_str().unwrap()]).await;
    let told = call(&mut client, "cancel_reset", id).await;
    assert_eq!(
        told.lines,
        ["The API key is not valid. Create one with: keyback keys create NAME.", "Error code: invalid-api-key",]
    );
    assert_eq!(client.hang_up().await.code, 0);
    let again = program.run(&["mcp", "--api-key-file", file]).await;
    assert_eq!((again.code, again.stdout.as_str()), (1, ""));
    assert_eq!(again.stderr, "keyback: The API key is not valid. Create one with: keyback keys create NAME.\n");
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_secret_key_nothing_is_served() {
    let database = Database::sqlite();
    let program = Program::new(&database, "smtp://localhost:1?tls=none");
    let publishable = program.succeed(&["keys", "create", "page", "--kind", "publishable"]).await;
    let none = "keyback: there is no API key: set KEYBACK_API_KEY, or name a file with --api-key-file. To create a key, run: \
                keyback keys create NAME\n";
    for (key, code, complaint) in [
        (None, 2, none),
        (Some("hunter2"), 2, "keyback: this is not an API key: keys start with kb-\n"),
        (Some(publishable.trim()), 1, "keyback: The tools are only for servers: publishable keys are not accepted.\n"),
    ] {
        let program = key.map_or_else(|| program.clone(), |key| program.clone().with("API_KEY", key));
        let finished = program.run(&["mcp"]).await;
        assert_eq!((finished.code, finished.stdout.as_str(), finished.stderr.as_str()), (code, "", complaint));
    }
    let finished = program.run(&["mcp", "--api-key-file", "/nowhere"]).await;
    assert_eq!(finished.stderr, "keyback: --api-key-file /nowhere: No such file or directory (os error 2)\n");
    // The key of an agent's environment is no setting, and no other verb minds it.
    program.with("API_KEY", "hunter2").succeed(&["keys", "list"]).await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_protocol_ends_nothing_and_is_not_repeated() {
    let database = Database::sqlite();
    let program = Program::new(&database, "smtp://localhost:1?tls=none");
    let key = program.api_key().await;
    let program = program.with("API_KEY", &key);
    let mut client = client(&program, &["mcp"]).await;
    client.write("hunter2\n").await;
    client.write("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"hunter2\"}\n").await;
    assert_eq!(client.hear().await["error"]["code"], -32601);
    let finished = client.hang_up().await;
    assert_eq!(finished.code, 0);
    assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
    let at_once = program.run_with_input(&["mcp"], b"").await;
    assert_eq!((at_once.code, at_once.stdout.as_str()), (0, ""), "{}", at_once.stderr);
    database.remove().await;
}
