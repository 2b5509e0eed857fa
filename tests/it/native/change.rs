//! `PATCH /api/v1/accounts/{id}`.

use keyback::model::Scope;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{NEW_PASSWORD, Program, is, problem};
use crate::support::{Answer, Database, OLD_PASSWORD, TestApp, on_both_databases};

const SCOPES: [Scope; 3] = [Scope::AccountsRead, Scope::AccountsWrite, Scope::AccountsVerify];

struct Changed<'a> {
    program: Program<'a>,
    path: String,
}

impl<'a> Changed<'a> {
    /// An account with a verified address and nothing else.
    async fn new(app: &'a TestApp, scopes: &[Scope]) -> Self {
        let id = app.add_account("jane@example.org").await;
        Self { program: Program::with(app, scopes).await, path: format!("/api/v1/accounts/{id}") }
    }

    async fn patch(&self, body: Value) -> Answer {
        self.program.call(Method::PATCH, &self.path, Some(body)).await
    }

    async fn account(&self) -> Value {
        self.program.call(Method::GET, &self.path, None).await.json()
    }
}

#[on_both_databases]
async fn each_member_changes_what_it_names_and_nothing_else(database: Database) {
    let app = TestApp::start(database).await;
    let account = Changed::new(&app, &SCOPES).await;
    for (body, changed) in [
        (json!({}), json!({})),
        (json!({"email": "new@example.org"}), json!({"email": "new@example.org", "email_verified": false})),
        (json!({"email_verified": true}), json!({"email_verified": true})),
        (json!({"email": "NEW@example.org"}), json!({"email": "NEW@example.org"})),
        (json!({"email": "third@example.org", "email_verified": true}), json!({"email": "third@example.org"})),
        (json!({"email_verified": false}), json!({"email_verified": false})),
        (json!({"phone": "+12025550123"}), json!({"phone": "+12025550123"})),
        (
            json!({"phone": "+12025550123", "phone_verified": true, "disabled": true}),
            json!({"phone_verified": true, "disabled": true}),
        ),
        (json!({"phone": "+12025550124"}), json!({"phone": "+12025550124", "phone_verified": false})),
        (json!({"disabled": false}), json!({"disabled": false})),
    ] {
        let mut wanted = account.account().await;
        wanted.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        let answer = account.patch(body.clone()).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""), "{body}");
        assert_eq!(account.account().await, wanted, "{body}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 22
#[on_both_databases]
async fn a_change_ends_the_open_resets_of_the_account(database: Database) {
    let app = TestApp::start(database).await;
    let account = Changed::new(&app, &SCOPES).await;
    for body in [
        json!({"phone": "+12025550123"}),
        json!({"phone_verified": true}),
        json!({"email": "jane@example.org", "disabled": true}),
    ] {
        let mut browser = app.browser();
        let mail = app.ask_for_mail(&mut browser, "jane@example.org").await;
        app.open_link(&mut browser, &mail).await;
        assert_eq!(account.patch(body.clone()).await.status, StatusCode::NO_CONTENT);
        let opened = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
        assert_eq!(opened.location(), "/link-expired", "{body}");
        assert_ne!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done", "{body}");
        app.clock.advance(std::time::Duration::from_secs(16 * 60));
    }
    app.finish().await;
}

#[on_both_databases]
async fn what_changes_nothing_ends_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let account = Changed::new(&app, &SCOPES).await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "jane@example.org").await;
    for body in [
        json!({}),
        json!({"email": "jane@example.org"}),
        json!({"email_verified": true, "phone_verified": false, "disabled": false}),
    ] {
        assert_eq!(account.patch(body).await.status, StatusCode::NO_CONTENT);
    }
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn all_is_changed_or_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let account = Changed::new(&app, &SCOPES).await;
    app.add_account("taken@example.org").await;
    let before = account.account().await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "jane@example.org").await;
    for (body, refusal) in [
        (json!({"phone": "+12025550123", "disabled": true, "email": "Taken@example.org"}), is(409, "identifier-taken")),
        (json!({"email": "new@example.org", "phone_verified": true}), is(422, "invalid-request")),
    ] {
        assert_eq!(problem(&account.patch(body).await), refusal);
        assert_eq!(account.account().await, before);
    }
    let rows = app.audit().await;
    assert!(!rows.iter().any(|row| row.event == "account.email_set" || row.event == "account.disabled"));
    app.open_link(&mut browser, &mail).await;
    app.finish().await;
}

// SECURITY.md, requirement 50: ASVS 6.4.6
#[on_both_databases]
async fn no_password_is_set_or_read_by_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let account = Changed::new(&app, &Scope::ALL).await;
    for name in [
        "password",
        "new_password",
        "password_hash",
        "has_password",
        "password_changed_at",
        "id",
        "username",
        "created_at",
    ] {
        let answer = account.patch(json!({ name: NEW_PASSWORD })).await;
        assert_eq!(problem(&answer), is(422, "invalid-request"), "{name}");
    }
    let posted =
        account.program.post("/api/v1/accounts", json!({"email": "jane@example.org", "password": NEW_PASSWORD})).await;
    assert_eq!(problem(&posted), is(409, "identifier-taken"));
    assert_eq!(app.authenticate("jane@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    let told = account.account().await.to_string();
    assert!(!told.contains("argon2") && !told.contains("hash"), "{told}");
    app.finish().await;
}

// SECURITY.md, requirements 5 and 27
#[on_both_databases]
async fn what_is_no_change_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let account = Changed::new(&app, &SCOPES).await;
    for body in [
        json!({"email": null}),
        json!({"disabled": null}),
        json!({"email": ["a@example.org"]}),
        json!({"email": "no address"}),
        json!({"phone": "0"}),
        json!({"disabled": "true"}),
        json!([]),
        json!(["new@example.org"]),
        json!(null),
    ] {
        assert_eq!(problem(&account.patch(body.clone()).await), is(422, "invalid-request"), "{body}");
    }
    for id in ["AAAAAAAAAAAAAAAAAAAAAAAA", "x", "%00"] {
        let answer = account
            .program
            .call(Method::PATCH, &format!("/api/v1/accounts/{id}"), Some(json!({"disabled": true})))
            .await;
        assert_eq!(problem(&answer), is(404, "not-found"), "{id}");
    }
    app.finish().await;
}
