//! Every answer of every operation: a snapshot of its contents, and a check that every documented answer occurs.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use keyback::model::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::contract::{self, Operation};
use super::{NEW_PASSWORD, Program, is, problem};
use crate::support::busy_hashers::keep_hashers_busy;
use crate::support::{Answer, Database, TestApp, on_both_databases};

/// What needs a fault of ours or a proxy without TLS, another request at the same moment, or the users table of an app:
/// other tests bring it about.
const ELSEWHERE: [&str; 6] =
    ["internal", "unavailable", "forbidden", "request-in-progress", "busy", "accounts-kept-by-app"];

/// What was answered: operation, status, and the kind of a problem.
type Seen = BTreeSet<(&'static str, u16, String)>;

fn seen(operation: &Operation, answer: &Answer) -> (&'static str, u16, String) {
    let kind = if answer.status.is_success() { Value::Null } else { answer.json()["type"].clone() };
    let kind = kind.as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned();
    (operation.id, answer.status.as_u16(), kind)
}

/// The answer without what is another each time.
fn shown(answer: &Answer) -> String {
    let mut text = answer.status.as_u16().to_string();
    for name in ["content-type", "location", "retry-after"] {
        let value =
            answer.header(name).map(|value| if name == "location" { value.rsplit_once('/').unwrap().0 } else { value });
        if let Some(value) = value {
            write!(text, "\n{name}: {value}").unwrap();
        }
    }
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    if answer.body.is_empty() {
        return text;
    }
    let mut body = answer.json();
    mask(&mut body);
    format!("{text}\n{body:#}")
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let changes =
                    ["id", "account_id", "access_token", "link", "request_id", "actor"].contains(&name.as_str());
                if changes && member.is_string() {
                    *member = json!("…");
                } else {
                    mask(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

/// Calls that go through, and what can be said against their content, in an order in which they make sense.
async fn story(app: &TestApp, program: &Program<'_>) -> Vec<(&'static str, &'static str, Answer)> {
    let mut told = Vec::new();
    let post = |path: &'static str, body: Value| program.post(path, body);
    let keyed = |path: &'static str, body: Value| async move {
        let key = [("idempotency-key", path.rsplit('/').next().unwrap())];
        program.call_with(Method::POST, path, Some(body), &key).await
    };
    let account = keyed("/api/v1/accounts", json!({"email": "jane@example.org", "email_verified": true})).await;
    let location = account.location().to_owned();
    told.push(("createAccount", "added", account));
    told.push((
        "createAccount",
        "the same key for another",
        keyed("/api/v1/accounts", json!({"username": "jane"})).await,
    ));
    told.push(("createAccount", "taken", post("/api/v1/accounts", json!({"email": "jane@example.org"})).await));
    told.push((
        "createAccount",
        "a weak password",
        post("/api/v1/accounts", json!({"username": "jane", "password": "short"})).await,
    ));
    told.push(("createAccount", "nobody", post("/api/v1/accounts", json!({})).await));
    told.push((
        "createAccount",
        "a key that is none",
        program.call_with(Method::POST, "/api/v1/accounts", Some(json!({})), &[("idempotency-key", "a b")]).await,
    ));
    told.push((
        "findAccount",
        "found",
        program.call(Method::GET, "/api/v1/accounts?email=jane%40example.org", None).await,
    ));
    told.push(("findAccount", "not found", program.call(Method::GET, "/api/v1/accounts?username=jane", None).await));
    told.push(("findAccount", "nothing named", program.call(Method::GET, "/api/v1/accounts", None).await));
    told.push(("readAccount", "found", program.call(Method::GET, &location, None).await));
    told.push((
        "changeAccount",
        "changed",
        program.call(Method::PATCH, &location, Some(json!({"phone": "+12025550123"}))).await,
    ));
    app.add_account("other@example.org").await;
    told.push((
        "changeAccount",
        "taken",
        program.call(Method::PATCH, &location, Some(json!({"email": "other@example.org"}))).await,
    ));
    told.push(("changeAccount", "wrong", program.call(Method::PATCH, &location, Some(json!({"email": null}))).await));

    let asked = keyed("/api/v1/resets", json!({"email": "jane@example.org"})).await;
    let path = format!("/api/v1/resets/{}", asked.json()["id"].as_str().unwrap());
    told.push(("requestReset", "accepted", asked));
    told.push((
        "requestReset",
        "the same key for another",
        keyed("/api/v1/resets", json!({"email": "john@example.org"})).await,
    ));
    told.push(("requestReset", "again too soon", post("/api/v1/resets", json!({"email": "jane@example.org"})).await));
    told.push((
        "requestReset",
        "a link",
        post("/api/v1/resets", json!({"email": "other@example.org", "deliver": false})).await,
    ));
    told.push((
        "requestReset",
        "a strange target",
        post("/api/v1/resets", json!({"username": "jane", "redirect_url": "https://evil.example/"})).await,
    ));
    told.push((
        "requestReset",
        "a key that is none",
        program.call_with(Method::POST, "/api/v1/resets", Some(json!({})), &[("idempotency-key", "a b")]).await,
    ));
    let code = app.deliver().await.remove(0).code();
    told.push(("verifyCode", "wrong", program.post(&format!("{path}/verify"), json!({"code": "x"})).await));
    let verified = program.post(&format!("{path}/verify"), json!({"code": code})).await;
    let token = verified.json()["access_token"].clone();
    told.push(("verifyCode", "right", verified));
    let weak = json!({"access_token": token, "new_password": "short"});
    told.push(("completeReset", "a weak password", post("/api/v1/resets/complete", weak).await));
    // What happens within one millisecond has no order.
    app.clock.advance(Duration::from_secs(1));
    let good = json!({"access_token": token, "new_password": NEW_PASSWORD});
    told.push(("completeReset", "set", post("/api/v1/resets/complete", good.clone()).await));
    told.push(("completeReset", "used", post("/api/v1/resets/complete", good).await));
    app.deliver().await;
    told.push(("readReset", "completed", program.call(Method::GET, &path, None).await));
    told.push(("cancelReset", "ended already", program.call(Method::DELETE, &path, None).await));

    app.wait_for_cooldown();
    post("/api/v1/resets", json!({"email": "jane@example.org"})).await;
    let code = app.deliver().await.remove(0).code();
    told.push((
        "verifyCodeOfNewest",
        "wrong",
        post("/api/v1/resets/verify", json!({"email": "jane@example.org", "code": "x"})).await,
    ));
    told.push((
        "verifyCodeOfNewest",
        "right",
        post("/api/v1/resets/verify", json!({"email": "jane@example.org", "code": code})).await,
    ));
    let credentials = |password: &str| json!({"email": "jane@example.org", "password": password});
    told.push(("authenticate", "right", post("/api/v1/accounts/authenticate", credentials(NEW_PASSWORD)).await));
    told.push(("authenticate", "wrong", post("/api/v1/accounts/authenticate", credentials("wrong")).await));
    for _ in 0..9 {
        post("/api/v1/accounts/authenticate", credentials("wrong")).await;
    }
    told.push(("authenticate", "too often", post("/api/v1/accounts/authenticate", credentials("wrong")).await));
    told
}

/// What the layers in front of an operation can say, and the reading of its key, its id and its body.
async fn refusals(app: &TestApp, operation: &Operation) -> Vec<Answer> {
    let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| *scope != operation.scope).collect();
    let with = Program::with(app, &Scope::ALL).await;
    let without = Program::with(app, &others).await;
    let nobody = Program { app, key: "kb-unknown".into(), id: String::new() };
    let (method, path) = (&operation.method, operation.example_path());
    let body = || operation.has_body.then(|| json!({}));
    let key = format!("Bearer {}", with.key);
    let authorized = [("authorization", key.as_str()), ("content-type", "application/json")];
    let send = async |headers: &[(&str, &str)], body: &[u8]| {
        let answer = app.browser().send(method.clone(), &path, headers, Some(body.to_vec())).await;
        contract::assert_documented(method, &path, &answer);
        answer
    };
    let mut answers = vec![
        send(&[], b"").await,
        nobody.call(method.clone(), &path, body()).await,
        without.call(method.clone(), &path, body()).await,
        with.call_with(method.clone(), &path, body(), &[("origin", "https://evil.example")]).await,
        send(&authorized, &[b' '; 17 * 1024]).await,
    ];
    let mut elsewhere = app.browser().with_header("host", "evil.example");
    answers.push(elsewhere.send(method.clone(), &path, &authorized, None).await);
    if path.contains("AAAA") {
        answers.push(with.call(method.clone(), &path, body()).await);
        answers.push(with.call(method.clone(), &path.replace("AAAA", "%ff"), body()).await);
    }
    if operation.has_body {
        answers.push(send(&authorized, b"{").await);
        answers.push(send(&authorized, b"{\"unknown\":1}").await);
        answers.push(send(&[authorized[0], ("content-type", "text/plain")], b"{}").await);
    }
    answers
}

#[on_both_databases]
async fn every_answer_is_the_one_of_the_contract(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &Scope::ALL).await;
    let mut text = String::new();
    for (operation, name, answer) in story(&app, &program).await {
        write!(text, "## {operation}: {name}\n{}\n\n", shown(&answer)).unwrap();
    }
    insta::assert_snapshot!("answers", text);
    app.finish().await;
}

#[on_both_databases]
async fn what_is_documented_occurs_and_what_occurs_is_documented(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &Scope::ALL).await;
    let operations = contract::operations();
    let mut occurred = Seen::new();
    for (id, _, answer) in story(&app, &program).await {
        let operation = operations.iter().find(|operation| operation.id == id).unwrap();
        occurred.insert(seen(operation, &answer));
    }
    for operation in &operations {
        for answer in refusals(&app, operation).await {
            occurred.insert(seen(operation, &answer));
        }
        let wrong_method = program.call(Method::PUT, &operation.example_path(), Some(json!({}))).await;
        assert!(wrong_method.header("allow").is_some_and(|allowed| allowed.contains(operation.method.as_str())));
        occurred.insert(seen(operation, &wrong_method));
    }
    let documented: Seen = operations.iter().flat_map(Operation::answers).collect();
    let documented: Seen = documented.into_iter().filter(|(_, _, kind)| !ELSEWHERE.contains(&kind.as_str())).collect();
    assert_eq!(
        documented.difference(&occurred).collect::<Vec<_>>(),
        Vec::<&(&str, u16, String)>::new(),
        "documented alone"
    );
    assert_eq!(
        occurred.difference(&documented).collect::<Vec<_>>(),
        Vec::<&(&str, u16, String)>::new(),
        "not documented"
    );
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 43
#[on_both_databases]
async fn while_too_many_passwords_are_hashed_a_program_is_told_to_come_back(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &Scope::ALL).await;
    let body = json!({"email": "jane@example.org", "password": NEW_PASSWORD});
    let add = async || {
        let key = [("idempotency-key", "one")];
        program.call_with(Method::POST, "/api/v1/accounts", Some(body.clone()), &key).await
    };
    let waiting = keep_hashers_busy(&app).await;
    let answer = add().await;
    assert_eq!((problem(&answer), answer.header("retry-after")), (is(503, "busy"), Some("3")));
    assert_eq!(problem(&add().await), is(503, "busy"), "nothing was done, so the key is free");
    drop(waiting);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM accounts WHERE email IS NOT NULL").await, 0);
    app.finish().await;
}
