//! Every answer of the contract that does not depend on the number of requests.

use std::time::Duration;

use keyback::model::{KeyKind, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::{MEDIA_TYPE, NEW_PASSWORD, NUMBER, PATH, Program, call, delivery, error, name, phone, username, wrong};
use crate::support::{Answer, Database, OLD_PASSWORD, TestApp, on_both_databases};

/// Sends what no client sends.
async fn send(app: &TestApp, target: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    let headers = [("content-type", content_type), ("x-amz-target", target)];
    let headers: Vec<_> = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    app.browser().send(Method::POST, PATH, &headers, Some(body.into())).await
}

#[on_both_databases]
async fn a_client_without_a_secret_sets_a_password_with_the_code_of_the_mail(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let asked = program.forgot(&app, "Jane@Example.org").await;
    assert_eq!(
        asked.json(),
        json!({ "CodeDeliveryDetails":
            { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "j***@e***" } })
    );
    let code = app.deliver().await[0].code();
    let done = program.confirm(&app, "jane@example.org", &code, NEW_PASSWORD).await;
    assert_eq!((done.status.as_u16(), done.json()), (200, json!({})));
    assert_eq!(app.authenticate("jane@example.org", NEW_PASSWORD).await.status, 200);
    assert_eq!(app.authenticate("jane@example.org", OLD_PASSWORD).await.status, 401);
    assert_eq!(app.deliver().await.len(), 1, "the owner is told");
    app.finish().await;
}

#[on_both_databases]
async fn a_client_with_a_secret_is_told_the_verified_phone_and_the_code_goes_there(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.add_account_with("jane@example.org", |account| {
        (account.phone, account.phone_verified, account.username) = (phone(NUMBER), true, username("jane"));
    })
    .await;
    let program = Program::new(&app, KeyKind::Secret).await;
    let names = [
        ("jane", "meadow-copper-violin"),
        ("jane@example.org", "meadow-silver-violin"),
        (NUMBER, "meadow-golden-violin"),
    ];
    for (known_by, password) in names {
        let asked = program.forgot(&app, known_by).await;
        assert_eq!(delivery(&asked), ("SMS".to_owned(), "+*******0123".to_owned()), "{known_by}");
        let code = app.deliver_texts().await[0].code();
        let done = program.confirm(&app, known_by, &code, password).await;
        assert_eq!(done.status, 200, "{known_by}: {}", done.body);
        app.deliver().await;
        app.clock.advance(Duration::from_secs(16 * 60));
    }
    app.finish().await;
}

#[on_both_databases]
async fn without_a_verified_phone_the_code_goes_to_the_verified_address(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.add_account_with("jane@example.org", |account| {
        (account.phone, account.username) = (phone(NUMBER), username("jane"));
    })
    .await;
    let program = Program::new(&app, KeyKind::Secret).await;
    let asked = program.forgot(&app, "jane").await;
    assert_eq!(delivery(&asked), ("EMAIL".to_owned(), "j***@e***".to_owned()));
    let code = app.deliver().await[0].code();
    assert_eq!(program.confirm(&app, "jane", &code, NEW_PASSWORD).await.status, 200);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn the_operator_may_want_mail_before_text_messages(database: Database) {
    let app = TestApp::start_with_texts(database, &[("RESET__USERNAME_DELIVERY", "email,sms")]).await;
    app.add_account_with("jane@example.org", |account| {
        (account.phone, account.phone_verified, account.username) = (phone(NUMBER), true, username("jane"));
    })
    .await;
    let program = Program::new(&app, KeyKind::Secret).await;
    for known_by in ["jane", NUMBER] {
        assert_eq!(delivery(&program.forgot(&app, known_by).await).0, "EMAIL", "{known_by}");
        assert_eq!(app.deliver().await.len(), 1);
        app.wait_for_cooldown();
    }
    app.finish().await;
}

// SECURITY.md, requirements 5, 27, 44, 68 and 77
#[on_both_databases]
async fn every_refusal_has_its_name(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let (secret, publishable) =
        (Program::new(&app, KeyKind::Secret).await, Program::new(&app, KeyKind::Publishable).await);
    let narrow: Program = app.key_with(KeyKind::Publishable, |new| new.scopes = Vec::new()).await.into();
    let asks_alone: Program =
        app.key_with(KeyKind::Publishable, |new| new.scopes = vec![Scope::ResetsRequest]).await.into();
    let revoked = Program::new(&app, KeyKind::Publishable).await;
    assert!(app.application.keys.revoke(&revoked.id).await.unwrap());
    let without_hash = Program { secret: None, ..secret.clone() };
    let of_another = Program { secret: Some("another".into()), ..secret.clone() };
    let with_hash = Program { secret: Some("one".into()), ..publishable.clone() };
    let mut unencoded = secret.about("jane@example.org");
    unencoded["SecretHash"] = "not base64!".into();
    let unknown = Program { id: "a".repeat(26), secret: None };

    let (forgot, confirm) = ("ForgotPassword", "ConfirmForgotPassword");
    let given = |program: &Program| program.with_code("jane@example.org", "12345678", NEW_PASSWORD);
    let mut table = Vec::new();
    for (what, operation, body) in [
        ("an unknown client", forgot, unknown.about("jane@example.org")),
        ("an unknown client", confirm, given(&unknown)),
        ("a revoked client", forgot, revoked.about("jane@example.org")),
        ("no secret hash", forgot, without_hash.about("jane@example.org")),
        ("no secret hash", confirm, given(&without_hash)),
        ("a wrong secret hash", forgot, of_another.about("jane@example.org")),
        ("a wrong secret hash", confirm, given(&of_another)),
        ("a secret hash that is none", forgot, unencoded),
        ("a secret hash of a client without a secret", forgot, with_hash.about("jane@example.org")),
        ("a client without the scope", forgot, narrow.about("jane@example.org")),
        ("a client without the scope", confirm, given(&asks_alone)),
        ("no code was asked for", confirm, given(&publishable)),
        ("another operation", "InitiateAuth", publishable.about("jane@example.org")),
        ("an operation in other letters", "forgotpassword", publishable.about("jane@example.org")),
        ("half an address", forgot, publishable.about("jane@")),
    ] {
        table.push(format!("{operation}, {what}: {}", error(&call(&app, operation, &body).await)));
    }
    let table = table
        .join("\n")
        .replace(&secret.id, "SECRET")
        .replace(&publishable.id, "PUBLISHABLE")
        .replace(&revoked.id, "REVOKED");
    insta::assert_snapshot!("every_refusal", table);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0, "nothing was asked for");
    app.finish().await;
}

// SECURITY.md, requirements 5 and 27: lengths, types and patterns of the contract
#[on_both_databases]
async fn a_parameter_that_cannot_be_is_refused_and_counts_nowhere(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let right = program.with_code("jane@example.org", "12345678", NEW_PASSWORD);
    let mut table = Vec::new();
    for (member, values) in [
        (
            "ClientId",
            vec![
                json!(null),
                json!(""),
                json!("a".repeat(129)),
                json!("no-client"),
                json!("two words"),
                json!(7),
                json!(["an_id"]),
            ],
        ),
        (
            "Username",
            vec![
                json!(null),
                json!(""),
                json!("a".repeat(129)),
                json!("jane\u{0}"),
                json!(" jane@example.org"),
                json!("jane doe"),
                json!(true),
                json!(["jane@example.org", "evil@example.org"]),
                json!({ "$gt": "" }),
            ],
        ),
        (
            "ConfirmationCode",
            vec![
                json!(null),
                json!(""),
                json!("1".repeat(2049)),
                json!("1234 567"),
                json!("12345678 "),
                json!("\t"),
                json!(12_345_678),
                json!({ "$gt": 0 }),
            ],
        ),
        (
            "Password",
            vec![
                json!(null),
                json!(""),
                json!(" \u{a0} "),
                json!("é".repeat(257)),
                json!(12_345_678),
                json!([NEW_PASSWORD]),
            ],
        ),
        ("SecretHash", vec![json!(7), json!([])]),
        ("ClientMetadata", vec![json!("text"), json!([]), json!({ "a": 1 }), json!({ "a": { "b": "c" } })]),
        (
            "UserContextData",
            vec![
                json!("192.0.2.1"),
                json!({ "IpAddress": 1 }),
                json!({ "EncodedData": {} }),
                json!(["192.0.2.1", "x"]),
            ],
        ),
        ("AnalyticsMetadata", vec![json!("x"), json!({ "AnalyticsEndpointId": ["x"] }), json!(["x"])]),
    ] {
        for value in values {
            let mut body = right.clone();
            body[member] = value.clone();
            let text: String = value.to_string().chars().take(40).collect();
            table.push(format!("{member} {text}: {}", error(&call(&app, "ConfirmForgotPassword", &body).await)));
        }
    }
    for member in ["ClientId", "Username", "ConfirmationCode", "Password"] {
        let mut body = right.clone();
        body.as_object_mut().unwrap().remove(member);
        assert_eq!(name(&call(&app, "ConfirmForgotPassword", &body).await), "InvalidParameterException", "{member}");
    }
    insta::assert_snapshot!("parameters", table.join("\n"));
    let longest = program.with_code(&"ü".repeat(128), &"1".repeat(2048), &"ü".repeat(256));
    assert_eq!(
        name(&call(&app, "ConfirmForgotPassword", &longest).await),
        "ExpiredCodeException",
        "no code was asked for"
    );
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}

#[on_both_databases]
async fn what_is_no_call_is_refused_in_the_form_of_the_protocol(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let target = "AWSCognitoIdentityProviderService.ForgotPassword";
    let right = program.about("jane@example.org").to_string();
    let twice = right.replace("{", r#"{"Username":"evil@example.org","#);
    let mut table = Vec::new();
    for (what, answer) in [
        ("no target", send(&app, "", MEDIA_TYPE, right.clone()).await),
        ("the target of another service", send(&app, "DynamoDB_20120810.ListTables", MEDIA_TYPE, right.clone()).await),
        ("a target without a service", send(&app, "ForgotPassword", MEDIA_TYPE, right.clone()).await),
        ("no content type", send(&app, target, "", right.clone()).await),
        ("another content type", send(&app, target, "application/json", right.clone()).await),
        ("a form", send(&app, target, "application/x-www-form-urlencoded", "Username=jane").await),
        ("no body", send(&app, target, MEDIA_TYPE, "").await),
        ("no JSON", send(&app, target, MEDIA_TYPE, "Username=jane").await),
        ("a list", send(&app, target, MEDIA_TYPE, format!(r#"["{}","jane@example.org"]"#, program.id)).await),
        ("a word", send(&app, target, MEDIA_TYPE, "null").await),
        ("a member twice", send(&app, target, MEDIA_TYPE, twice).await),
        ("no UTF-8", send(&app, target, MEDIA_TYPE, b"{\"Username\":\"\xff\"}".to_vec()).await),
        ("a body that is cut off", send(&app, target, MEDIA_TYPE, right[..right.len() - 1].to_owned()).await),
        ("very deep", send(&app, target, MEDIA_TYPE, format!("{{\"a\":{}", "[".repeat(10_000))).await),
        ("more than 16 KiB", send(&app, target, MEDIA_TYPE, " ".repeat(17 * 1024)).await),
        ("another method", app.browser().send(Method::GET, PATH, &[("x-amz-target", target)], None).await),
        ("another path", app.browser().send(Method::POST, "/cognito/idp", &[("x-amz-target", target)], None).await),
        (
            "a foreign host",
            app.browser()
                .with_header("host", "evil.example")
                .send(Method::POST, PATH, &[("x-amz-target", target)], None)
                .await,
        ),
    ] {
        assert_eq!(answer.header("content-type"), Some(MEDIA_TYPE), "{what}: {}", answer.body);
        assert!(answer.header("x-amzn-requestid").is_some(), "{what}");
        let allow = answer.header("allow").map(|allow| format!(" (allow: {allow})")).unwrap_or_default();
        table.push(format!("{what}: {}{allow}", error(&answer)));
    }
    insta::assert_snapshot!("no_call", table.join("\n"));
    let with_charset = send(&app, target, "Application/X-Amz-Json-1.1; charset=utf-8", right).await;
    assert_eq!(with_charset.status, 200, "{}", with_charset.body);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 24: nothing else that is said decides anything
#[on_both_databases]
async fn what_else_a_client_says_is_read_and_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    app.add_account("other@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let more = json!({
        "ClientMetadata": { "lang": "xx", "email": "evil@example.org" },
        "UserContextData": { "IpAddress": "198.51.100.7", "EncodedData": "…" },
        "AnalyticsMetadata": { "AnalyticsEndpointId": "d70b2ba36a8c4dc5a04a0451a31a1e12" },
        "UserId": "1", "email": "evil@example.org", "baseURL": "https://evil.example",
    });
    let with_more = |mut body: Value| {
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let asked = call(&app, "ForgotPassword", &with_more(program.about("jane@example.org"))).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    let mails = app.deliver().await;
    assert_eq!((mails.len(), mails[0].recipients.as_slice()), (1, ["jane@example.org".to_owned()].as_slice()));
    assert!(!mails[0].raw.contains("evil"));
    let body = with_more(program.with_code("jane@example.org", &mails[0].code(), NEW_PASSWORD));
    assert_eq!(call(&app, "ConfirmForgotPassword", &body).await.status, 200);
    assert_eq!(app.authenticate("other@example.org", OLD_PASSWORD).await.status, 200);
    let by_program = format!("key:{}", program.id);
    let audit = app.audit().await;
    let by_program: Vec<_> = audit.iter().filter(|row| row.actor == by_program).collect();
    assert_eq!(by_program.len(), 3, "{audit:?}");
    assert!(by_program.iter().all(|row| row.caller_address.as_deref() == Some("127.0.0.1")), "{by_program:?}");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn the_number_of_a_request_is_the_one_in_the_audit(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let asked = program.forgot(&app, "jane@example.org").await;
    let audit = app.audit().await;
    let row = audit.iter().find(|row| row.event == "reset.requested").unwrap();
    assert_eq!(row.correlation_id.as_deref(), asked.header("x-amzn-requestid"));
    let door = app.database.texts("SELECT door FROM challenges").await;
    assert_eq!(door, ["cognito"]);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 37: the message names the rule, and the code stays good
#[on_both_databases]
async fn a_password_that_breaks_the_policy_costs_no_new_code(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    program.forgot(&app, "jane@example.org").await;
    let code = app.deliver().await[0].code();
    let mut table = Vec::new();
    // More often than a wrong code may be given.
    for password in ["short", "password123456", "jane@example.org", "aaaaaaaaaaaa", "Example1", "short", "short"] {
        let refused = program.confirm(&app, "jane@example.org", &code, password).await;
        table.push(format!("{password}: {}", error(&refused)));
    }
    insta::assert_snapshot!("rejected_passwords", table.join("\n"));
    let phrase = program.confirm(&app, "jane@example.org", &code, "violet anchor tundra biscuit").await;
    assert_eq!(phrase.status, 200, "spaces make a passphrase: {}", phrase.body);
    assert_eq!(app.authenticate("jane@example.org", "violet anchor tundra biscuit").await.status, 200);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_code_is_taken_as_the_mail_prints_it(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    program.forgot(&app, "jane@example.org").await;
    let mail = app.deliver().await.remove(0);
    let printed = format!("{} {}", &mail.code()[..4], &mail.code()[4..]);
    assert!(mail.text().contains(&printed));
    let refused = program.confirm(&app, "jane@example.org", &wrong(&mail.code()), NEW_PASSWORD).await;
    assert_eq!(error(&refused), "400 CodeMismatchException: Invalid verification code provided, please try again.");
    assert_eq!(program.confirm(&app, "jane@example.org", &printed, NEW_PASSWORD).await.status, 200);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn the_old_secret_is_good_for_as_long_as_the_old_key(database: Database) {
    let app = TestApp::start(database).await;
    let old = Program::new(&app, KeyKind::Secret).await;
    let new: Program = app.application.keys.rotate(&old.id, Duration::from_secs(60 * 60)).await.unwrap().into();
    assert_eq!(old.id, new.id);
    assert_eq!(old.forgot(&app, "one@example.org").await.status, 200);
    assert_eq!(new.forgot(&app, "two@example.org").await.status, 200);
    app.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(name(&old.forgot(&app, "three@example.org").await), "NotAuthorizedException");
    assert_eq!(new.forgot(&app, "three@example.org").await.status, 200);
    app.deliver().await;
    app.finish().await;
}
