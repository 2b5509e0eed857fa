//! `keyback check --sms`: the real program sends one message and says what to fix.

use super::{NUMBER, PROVIDERS, SECRETS, settings};
use crate::support::{Database, Finished, Program, Provider, ProviderBehaviour};

/// The program with an account with that provider.
fn program(database: &Database, name: &str, url: &str) -> Program {
    let Database::Sqlite(folder) = database else { unreachable!("it is SQLite") };
    let program = Program::new(database, &format!("file:{}", folder.path().join("mails").display()));
    settings(name, url).iter().fold(program, |program, (name, value)| program.with(name, value))
}

async fn check(program: &Program, number: &str) -> Finished {
    let finished = program.run(&["check", "--sms", number]).await;
    for secret in SECRETS {
        assert!(!finished.stderr.contains(secret), "{}", finished.stderr);
    }
    finished
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_flag_nothing_is_sent_and_it_says_so() {
    let database = Database::sqlite();
    let provider = Provider::start().await;
    let told = program(&database, "twilio", &provider.url()).succeed(&["check"]).await;
    assert_eq!(
        told,
        "configuration: ok\ndatabase: ok\nmail: ok\n\
         sms: 0 of today's 1000 text messages used; 0 of 0 codes entered\n\
         sms: configured (Twilio), not tested: add --sms NUMBER to send a message\n\
         webhooks: off\n"
    );
    assert!(provider.received().is_empty());
}

// SECURITY.md, requirement 35: the hard stop is seen where an operator looks
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_is_used_up_is_told() {
    let database = Database::sqlite();
    let program = program(&database, "twilio", "http://localhost:1").with("SMS__DAILY_BUDGET", "5");
    program.succeed(&["migrate"]).await;
    let used = "INSERT INTO limits (rule, subject, window_started_at, window_ends_at, hits) \
                VALUES ('texts_day', 'everybody', 0, 9000000000000, 5)";
    database.change(used).await;
    let told = program.succeed(&["check"]).await;
    assert!(told.contains("sms: 5 of today's 5 text messages used"), "{told}");
    assert!(told.contains("if this traffic is genuine, raise sms.daily_budget"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_message_goes_to_the_number() {
    let well: [&str; PROVIDERS.len()] = [
        "{\"sid\": \"SM1\"}",
        "{\"messages\": [{\"status\": \"0\"}]}",
        "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
        "",
    ];
    let database = Database::sqlite();
    for (name, answer) in PROVIDERS.into_iter().zip(well) {
        let provider = Provider::start().await;
        provider.behave(ProviderBehaviour::answer(200, answer));
        let finished = check(&program(&database, name, &provider.url()), "+1 (202) 555-0123").await;
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""), "{finished:?}");
        assert!(finished.stdout.contains("\nsms: ok: "), "{}", finished.stdout);
        let received = provider.received();
        let body = &received[0].body;
        assert_eq!(received.len(), 1);
        assert!(body.contains(NUMBER.trim_start_matches('+')), "{body}");
        assert!(body.replace('+', " ").contains("Keyback test message for reset.example.org"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_refuses_is_told_with_the_fix() {
    let database = Database::sqlite();
    let unknown_key = "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>";
    let mut messages = Vec::new();
    for (name, status, answer) in [
        ("twilio", 401, "{\"code\": 20003}"),
        ("twilio", 400, "{\"code\": 21608}"),
        ("twilio", 400, "{\"code\": 21606}"),
        ("twilio", 403, "{\"code\": 21408}"),
        ("vonage", 200, "{\"messages\": [{\"status\": \"4\"}]}"),
        ("vonage", 200, "{\"messages\": [{\"status\": \"29\"}]}"),
        ("sns", 403, unknown_key),
        ("http", 404, ""),
        ("http", 422, ""),
        ("twilio", 200, "garbage"),
    ] {
        let provider = Provider::start().await;
        provider.behave(ProviderBehaviour::answer(status, answer));
        let finished = check(&program(&database, name, &provider.url()), NUMBER).await;
        assert_eq!(finished.code, 2, "{finished:?}");
        assert!(finished.stdout.ends_with("0 of 0 codes entered\n"), "{}", finished.stdout);
        messages.push(finished.stderr.trim_end().to_owned());
    }
    insta::assert_snapshot!("refusals", messages.join("\n"));
}

// SECURITY.md, requirement 35: nothing is sent to a number that people may not have
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_gets_no_messages_is_told_and_not_tried() {
    let database = Database::sqlite();
    let provider = Provider::start().await;
    let program = program(&database, "twilio", &provider.url());
    for number in ["+4915123456789", "+18765551234", "+18003569377", "+15555550100"] {
        let finished = program.run(&["check", "--sms", number]).await;
        assert_eq!(finished.code, 2, "{finished:?}");
        assert!(finished.stderr.contains("sms.allowed_countries"), "{}", finished.stderr);
    }
    let finished = program.run(&["check", "--sms", "jane"]).await;
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("--sms: ") && finished.stderr.contains("+12025550123"), "{}", finished.stderr);
    assert!(provider.received().is_empty());

    let Database::Sqlite(folder) = &database else { unreachable!("it is SQLite") };
    let off = Program::new(&database, &format!("file:{}", folder.path().join("mails").display()));
    let finished = off.run(&["check", "--sms", NUMBER]).await;
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("sms.provider"), "{}", finished.stderr);
}

// SECURITY.md, requirement 75: at the finest level of every library
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_holds_the_number_the_text_or_a_secret() {
    let database = Database::sqlite();
    for name in PROVIDERS {
        let provider = Provider::start().await;
        provider.behave(ProviderBehaviour::answer(400, "+12025550123"));
        let program = program(&database, name, &provider.url());
        let finished = program.run(&["--log", "trace,rlibphonenumber=trace", "check", "--sms", NUMBER]).await;
        assert_eq!(finished.code, 2);
        assert!(finished.stderr.contains("TRACE"), "{}", finished.stderr);
        for secret in SECRETS.iter().chain(&["Keyback test message"]) {
            assert!(!finished.stderr.contains(secret), "{name}: {secret}: {}", finished.stderr);
        }
    }
}
