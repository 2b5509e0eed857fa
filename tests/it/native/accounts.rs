//! `/api/v1/accounts` without sign-in: add, read, find.

use keyback::model::{KeyKind, Scope};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{NEW_PASSWORD, Program, is, problem};
use crate::support::{Answer, Database, Provider, ProviderBehaviour, TestApp, on_both_databases};

const SCOPES: [Scope; 4] =
    [Scope::AccountsRead, Scope::AccountsWrite, Scope::AccountsVerify, Scope::AccountsAuthenticate];

const KEY: [(&str, &str); 1] = [("idempotency-key", "\"0d2ed5a1-6a43-4b0c-9ee3-8a8a4f1d3f6c\"")];

async fn add(program: &Program<'_>, body: Value) -> Answer {
    program.post("/api/v1/accounts", body).await
}

async fn get(program: &Program<'_>, path: &str) -> Answer {
    program.call(Method::GET, path, None).await
}

#[on_both_databases]
async fn a_program_adds_an_account_and_finds_it_by_each_of_its_identifiers(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    let added = add(
        &program,
        json!({
            "email": "Jane+shop@Example.org", "email_verified": true, "phone": "+12025550123", "username": "Jané",
            "password": NEW_PASSWORD, "mfa_required": true,
        }),
    )
    .await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    let account = added.json();
    let id = account["id"].as_str().unwrap();
    assert_eq!(
        account,
        json!({
            "id": id, "email": "Jane+shop@example.org", "email_verified": true, "phone": "+12025550123", "phone_verified": false,
            "username": "Jané", "has_password": true, "password_changed_at": null, "mfa_required": true, "disabled": false,
            "created_at": app.clock.now().millis(),
        })
    );
    assert_eq!(added.location(), format!("/api/v1/accounts/{id}"));
    for path in [
        added.location(),
        "/api/v1/accounts?email=jane%2BSHOP%40example.org",
        "/api/v1/accounts?phone=%2B1%20202-555-0123",
        "/api/v1/accounts?username=JANE%CC%81",
    ] {
        let found = get(&program, path).await;
        assert_eq!((found.status, found.json()), (StatusCode::OK, account.clone()), "{path}");
    }
    for path in [
        "/api/v1/accounts?email=other%40example.org",
        "/api/v1/accounts?username=other",
        "/api/v1/accounts/AAAAAAAAAAAAAAAAAAAAAAAA",
        "/api/v1/accounts/x",
        "/api/v1/accounts/%00",
    ] {
        assert_eq!(problem(&get(&program, path).await), is(404, "not-found"), "{path}");
    }
    let signed_in =
        program.post("/api/v1/accounts/authenticate", json!({"username": "jané", "password": NEW_PASSWORD})).await;
    assert_eq!(signed_in.json()["account"]["id"], id);
    app.finish().await;
}

// SECURITY.md, requirements 5 and 27
#[on_both_databases]
async fn what_names_no_account_or_several_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    for query in [
        "",
        "?",
        "?id=x",
        "?email=known%40example.org&email=other%40example.org",
        "?email=known%40example.org&username=known",
        "?email=known%40example.org&limit=1",
        "?email=",
        "?email=%00",
        "?email=%ff",
        "?email[]=known%40example.org",
        "?phone=0",
    ] {
        assert_eq!(
            problem(&get(&program, &format!("/api/v1/accounts{query}")).await),
            is(422, "invalid-request"),
            "{query}"
        );
    }
    for body in [
        json!({}),
        json!({"password": NEW_PASSWORD}),
        json!({"email": null}),
        json!({"email": ["a@example.org", "b@example.org"]}),
        json!({"email": "no address"}),
        json!({"phone": "202 555 0123"}),
        json!({"username": "a@b"}),
        json!({"username": "\u{0}"}),
        json!({"username": "jane", "email_verified": true}),
        json!({"username": "jane", "disabled": true}),
        json!({"username": "jane", "password_hash": "$argon2id$…"}),
        json!({"username": "jane", "mfa_required": "yes"}),
        json!({"username": "jane", "id": "x"}),
        json!([]),
        json!("jane"),
    ] {
        assert_eq!(problem(&add(&program, body.clone()).await), is(422, "invalid-request"), "{body}");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM accounts").await, 1);
    app.finish().await;
}

// SECURITY.md, requirements 37, 38 and 40
#[on_both_databases]
async fn a_first_password_is_held_to_the_rules(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    let with = |password: &str| json!({"email": "jane.doe@example.org", "username": "janedoe", "password": password});
    for (password, kind, detail) in [
        ("short", "password-rejected", "It is too short."),
        ("Password1", "password-rejected", "It is on a list of leaked or common passwords."),
        (
            "jane.doe@example.org",
            "password-rejected",
            "It is made of the person's own identifiers or the name of the service.",
        ),
        ("aaaaaaaaaaaaaaa", "password-rejected", "It is easy to guess."),
        ("", "invalid-request", "The password must have 1 to 1024 octets."),
    ] {
        let answer = add(&program, with(password)).await;
        assert_eq!((problem(&answer), &answer.json()["detail"]), (is(422, kind), &json!(detail)), "{password}");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM accounts").await, 0);
    assert_eq!(add(&program, with(NEW_PASSWORD)).await.status, StatusCode::CREATED);
    let stored = app.database.table("accounts").await.concat();
    assert!(
        stored.contains("$argon2id$v=19$m=19456,t=2,p=1$") && !stored.contains(NEW_PASSWORD),
        "SECURITY.md, requirement 42"
    );
    app.finish().await;
}

#[on_both_databases]
async fn without_a_password_the_first_reset_sets_one(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    let added = add(&program, json!({"email": "new@example.org", "email_verified": true})).await.json();
    assert_eq!(added["has_password"], false);
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "new@example.org").await;
    app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    let account = get(&program, "/api/v1/accounts?email=new%40example.org").await.json();
    assert_eq!(
        (&account["has_password"], &account["password_changed_at"]),
        (&json!(true), &json!(app.clock.now().millis()))
    );
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 8: who says that an address is verified decides where messages go
#[on_both_databases]
async fn to_say_that_an_address_is_verified_takes_a_scope_of_its_own(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &[Scope::AccountsRead, Scope::AccountsWrite]).await;
    for body in [
        json!({"email": "a@example.org", "email_verified": true}),
        json!({"email": "a@example.org", "email_verified": false}),
        json!({"phone": "+12025550123", "phone_verified": true}),
    ] {
        let answer = add(&program, body).await;
        assert_eq!(problem(&answer), is(403, "missing-scope"));
        assert_eq!(answer.json()["detail"], "It needs the scope accounts:verify.");
    }
    let added = add(&program, json!({"email": "a@example.org"})).await;
    assert_eq!(added.json()["email_verified"], false);
    for body in [json!({"email_verified": true}), json!({"phone": "+12025550123", "phone_verified": true})] {
        let answer = program.call(Method::PATCH, added.location(), Some(body)).await;
        assert_eq!(problem(&answer), is(403, "missing-scope"));
    }
    app.ask(&mut app.browser(), "a@example.org").await;
    assert!(app.deliver().await.is_empty());
    app.finish().await;
}

#[on_both_databases]
async fn an_identifier_belongs_to_one_account(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    add(&program, json!({"email": "a@example.org", "phone": "+12025550123", "username": "jane"})).await;
    for (body, detail) in [
        (json!({"email": "A@EXAMPLE.org"}), "The email address belongs to another account."),
        (json!({"email": "b@example.org", "phone": "+12025550123"}), "The phone number belongs to another account."),
        (json!({"email": "b@example.org", "username": "JANE"}), "The username belongs to another account."),
    ] {
        let answer = add(&program, body).await;
        assert_eq!((problem(&answer), &answer.json()["detail"]), (is(409, "identifier-taken"), &json!(detail)));
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM accounts").await, 1);

    let tries: Vec<_> = (0..10)
        .map(|_| {
            let (mut browser, key) = (app.browser(), program.key.clone());
            tokio::spawn(async move {
                browser.call_api("/api/v1/accounts", &key, json!({"email": "new@example.org"})).await
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for attempt in tries {
        statuses.push(attempt.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[201].as_slice(), &[409; 9]].concat(), "of many at once one is added");
    app.finish().await;
}

// SECURITY.md, requirement 76
#[on_both_databases]
async fn the_audit_names_the_key_and_who_called(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    let added = add(&program, json!({"email": "a@example.org"})).await;
    let changed =
        program.call(Method::PATCH, added.location(), Some(json!({"email": "b@example.org", "disabled": true}))).await;
    let enabled = program.call(Method::PATCH, added.location(), Some(json!({"disabled": false}))).await;
    let rows = app.audit().await;
    for (event, answer) in [
        ("account.added", &added),
        ("account.email_set", &changed),
        ("account.disabled", &changed),
        ("account.enabled", &enabled),
    ] {
        let row = rows.iter().find(|row| row.event == event).unwrap();
        assert_eq!(
            (row.actor.as_str(), row.result.as_str()),
            (format!("key:{}", program.id).as_str(), "ok"),
            "{event}"
        );
        assert_eq!(row.account_id.as_deref(), added.json()["id"].as_str());
        assert_eq!(row.caller_address.as_deref(), Some("127.0.0.1"));
        assert_eq!(row.correlation_id.as_deref(), answer.header("x-request-id"));
    }
    app.finish().await;
}

// SECURITY.md, requirement 69
#[on_both_databases]
async fn an_account_is_added_once_for_an_idempotency_key(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    let body = json!({"email": "a@example.org", "password": NEW_PASSWORD});
    let again = |body: Value| program.call_with(Method::POST, "/api/v1/accounts", Some(body), &KEY);
    let first = again(body.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert_eq!(again(body.clone()).await.comparable(), first.comparable());
    for other in [json!({"email": "a@example.org"}), json!({"email": "b@example.org", "password": NEW_PASSWORD})] {
        assert_eq!(problem(&again(other).await), is(422, "idempotency-key-reused"));
    }
    // The keys of one operation are those of the other.
    let reset = program.call_with(Method::POST, "/api/v1/resets", Some(json!({"email": "a@example.org"})), &KEY).await;
    assert_eq!(problem(&reset), is(403, "missing-scope"));
    assert!(!app.database.table("idempotency").await.concat().contains(NEW_PASSWORD), "SECURITY.md, requirement 16");
    app.finish().await;
}

// SECURITY.md, requirement 69: who hangs up and comes again finds the answer
#[on_both_databases]
async fn a_request_goes_on_when_its_caller_hangs_up(database: Database) {
    let slow = Provider::start().await;
    slow.behave(ProviderBehaviour::Hang);
    let url = slow.url();
    let app = TestApp::start_with(database, &[("PASSWORD__BREACH_CHECK", "hibp"), ("PASSWORD__HIBP_URL", &url)]).await;
    let program = Program::with(&app, &SCOPES).await;
    let body = json!({"email": "a@example.org", "password": NEW_PASSWORD});
    let call = || program.call_with(Method::POST, "/api/v1/accounts", Some(body.clone()), &KEY);
    tokio::select! {
        answer = call() => panic!("{}", answer.body),
        () = slow.request() => {}
    }
    assert_eq!(problem(&call().await), is(409, "request-in-progress"));
    app.database.wait_until("SELECT COUNT(*) FROM idempotency WHERE body IS NOT NULL", 1).await;
    assert_eq!(call().await.status, StatusCode::CREATED);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM accounts").await, 1);
    app.finish().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn a_publishable_key_has_no_business_with_accounts(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.add_account("known@example.org").await;
    let made = app.key(KeyKind::Publishable).await;
    let program = Program { app: &app, key: made.key.expose().to_owned(), id: made.summary.id };
    let path = format!("/api/v1/accounts/{id}");
    for answer in [
        get(&program, &path).await,
        get(&program, "/api/v1/accounts?email=known%40example.org").await,
        add(&program, json!({"email": "new@example.org"})).await,
        program.call(Method::PATCH, &path, Some(json!({"disabled": true}))).await,
        program.post("/api/v1/accounts/authenticate", json!({"email": "known@example.org", "password": "x"})).await,
    ] {
        assert_eq!(problem(&answer), is(403, "missing-scope"));
    }
    app.finish().await;
}
