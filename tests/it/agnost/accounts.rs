//! What the protocol reveals about accounts: to a server everything that the contract has a word for, to a page
//! nothing.

use keyback::model::KeyKind;

use super::{add, refusal, refused, send_reset, send_reset_code};
use crate::support::{Database, TestApp, assert_all_alike, on_both_databases};

/// An address and a number of each class.
const CLASSES: [(&str, &str, &str); 6] = [
    ("known", "known@example.org", "+12025550121"),
    ("unknown", "unknown@example.org", "+12025550122"),
    ("disabled", "disabled@example.org", "+12025550123"),
    ("unverified", "unverified@example.org", "+12025550124"),
    ("signs in elsewhere", "federated@example.org", "+12025550125"),
    ("number out of reach", "abroad@example.org", "+447400123456"),
];

async fn start(database: Database) -> TestApp {
    let app = TestApp::start_with_texts(database, &[]).await;
    for (class, email, phone) in CLASSES.into_iter().filter(|(class, ..)| *class != "unknown") {
        add(&app, email, phone, |account, has_password| {
            account.disabled = class == "disabled";
            account.email_verified = class != "unverified";
            account.phone_verified = class != "unverified";
            *has_password = class != "signs in elsewhere";
        })
        .await;
    }
    app
}

// SECURITY.md, requirement 1
#[on_both_databases]
async fn a_page_gets_one_answer_for_every_account(database: Database) {
    let app = start(database).await;
    let key = app.key(KeyKind::Publishable).await;
    for _ in 0..2 {
        let mut answers = Vec::new();
        for (_, email, phone) in CLASSES {
            for answer in
                [send_reset(&app, key.key.expose(), email).await, send_reset_code(&app, key.key.expose(), phone).await]
            {
                answers.push(format!("{:?}", answer.comparable()));
            }
        }
        assert_all_alike(&answers);
    }
    let mut recipients: Vec<String> = app.deliver().await.into_iter().flat_map(|mail| mail.recipients).collect();
    recipients.sort();
    assert_eq!(recipients, ["abroad@example.org", "federated@example.org", "known@example.org"]);
    app.finish().await;
}

#[on_both_databases]
async fn a_server_is_told_what_stands_against_it_and_nothing_is_sent_then(database: Database) {
    let app = start(database).await;
    let key = app.key(KeyKind::Secret).await;
    let mut table = Vec::new();
    for (class, email, phone) in CLASSES {
        for (way, answer) in [
            ("e-mail", send_reset(&app, key.key.expose(), email).await),
            ("phone", send_reset_code(&app, key.key.expose(), phone).await),
        ] {
            table.push(format!("{class}, by {way}: {} {}", answer.status.as_u16(), answer.body));
        }
    }
    insta::assert_snapshot!("told_to_a_server", table.join("\n"));
    let mails = app.deliver().await;
    let mut recipients: Vec<String> = mails.into_iter().flat_map(|mail| mail.recipients).collect();
    recipients.sort();
    assert_eq!(recipients, ["abroad@example.org", "known@example.org"]);
    assert_eq!(app.provider.received().len(), 1, "one text message");
    app.finish().await;
}

// SECURITY.md, requirement 10: what is refused in the contract's words has been counted all the same
#[on_both_databases]
async fn limits_are_the_same_for_every_account_and_every_key(database: Database) {
    let app = start(database).await;
    for kind in [KeyKind::Secret, KeyKind::Publishable] {
        let key = app.key(kind).await;
        app.clock.advance(std::time::Duration::from_secs(24 * 60 * 60));
        let mut answers = Vec::new();
        for (_, email, _) in CLASSES {
            send_reset(&app, key.key.expose(), email).await;
            let again = send_reset(&app, key.key.expose(), email).await;
            assert_eq!(refusal(&again), refused(429, "rate_limit_exceeded"));
            assert_eq!(again.header("retry-after"), Some("60"));
            answers.push(format!("{:?}", again.comparable()));
        }
        assert_all_alike(&answers);
    }
    app.deliver().await;
    app.finish().await;
}

// an account that signs in elsewhere is left alone by servers: its request opens nothing
#[on_both_databases]
async fn a_request_without_a_message_has_no_code_and_no_link(database: Database) {
    let app = start(database).await;
    let answer = send_reset(&app, app.api_key(), "federated@example.org").await;
    assert_eq!(refusal(&answer), refused(401, "invalid_provider"));
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 1, "it is counted and on record");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM outbox").await, 0);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM link_keys").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ways_that_are_switched_off_are_told_to_everybody() {
    let database = Database::sqlite;
    let no_texts = TestApp::start(database()).await;
    let no_mail = TestApp::start_with_texts(database(), &[("RESET__CHANNELS", "sms")]).await;
    let no_phone = TestApp::start_with_texts(database(), &[("RESET__CHANNELS", "email")]).await;
    for kind in [KeyKind::Secret, KeyKind::Publishable] {
        let (first, second, third) = (no_texts.key(kind).await, no_mail.key(kind).await, no_phone.key(kind).await);
        let no_provider = send_reset_code(&no_texts, first.key.expose(), super::NUMBER).await;
        assert_eq!(refusal(&no_provider), refused(401, "phone_verification_disabled"));
        let by_mail = send_reset(&no_mail, second.key.expose(), "known@example.org").await;
        assert_eq!(refusal(&by_mail), refused(401, "not_allowed"));
        let by_phone = send_reset_code(&no_phone, third.key.expose(), super::NUMBER).await;
        assert_eq!(refusal(&by_phone), refused(401, "not_allowed"));
    }
    for app in [no_texts, no_mail, no_phone] {
        app.deliver().await;
        app.finish().await;
    }
}
