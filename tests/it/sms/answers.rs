//! How answers of providers are judged: whether the message waits, and until when, or is never sent. The codes are
//! those that the providers document; `src/delivery/sms` links to the pages.

use std::time::Duration;

use keyback::delivery::{Refusal, SendError};

use super::{SECRETS, message, transport};
use crate::support::{Provider, ProviderBehaviour, logs};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Later,
    LaterIn(u64),
    Perhaps,
    Never,
}

use Outcome::{Later, LaterIn, Never, Perhaps};

/// Sends a message to a provider that answers like this.
async fn send(name: &str, answer: ProviderBehaviour) -> Result<(), Refusal> {
    let provider = Provider::start().await;
    provider.behave(answer);
    let sent = transport(name, &provider).try_out(&message()).await;
    assert_eq!(provider.received().len(), 1, "nothing is sent twice");
    sent
}

/// The outcome, and the reason that holds nothing about anybody.
fn outcome(refusal: &Refusal) -> (Outcome, String) {
    let outcome = match &refusal.error {
        SendError::Transient { retry_after: None, .. } => Later,
        SendError::Transient { retry_after: Some(wait), .. } => LaterIn(wait.as_secs()),
        SendError::Unreached(_) => Later,
        SendError::Unanswered(_) => Perhaps,
        SendError::Permanent(_) => Never,
    };
    let reason = refusal.error.to_string();
    for secret in SECRETS {
        assert!(!reason.contains(secret) && !refusal.hint.unwrap_or_default().contains(secret), "{reason}");
    }
    (outcome, reason)
}

/// Sends a message for each answer. Where a fix is named, `hint` is a part of it.
async fn judge(name: &str, answers: &[(ProviderBehaviour, Outcome, &str, &str)]) {
    logs::keep_all();
    for (answer, expected, reason, hint) in answers {
        let refusal = send(name, answer.clone()).await.unwrap_err();
        assert_eq!(outcome(&refusal), (*expected, (*reason).to_owned()), "{answer:?}");
        let told = refusal.hint.unwrap_or_default();
        assert!(told.contains(hint), "{reason}: {told:?}");
    }
    let secrets = SECRETS.map(str::to_owned);
    assert_eq!(logs::lines_with(&secrets), [""; 0]);
}

fn twilio(status: u16, code: u32) -> ProviderBehaviour {
    // Their words repeat the number.
    let body = format!("{{\"code\": {code}, \"message\": \"'To' number +12025550123\", \"status\": {status}}}");
    ProviderBehaviour::answer(status, &body)
}

// SECURITY.md, requirement 75
#[tokio::test]
async fn twilio_is_understood() {
    let later = twilio(429, 20429).with("retry-after", "120");
    judge(
        "twilio",
        &[
            (twilio(400, 21211), Never, "Twilio answered 400 (21211)", "not a valid phone number"),
            (twilio(400, 21610), Never, "Twilio answered 400 (21610)", "START"),
            (twilio(400, 21614), Never, "Twilio answered 400 (21614)", "try another one"),
            (twilio(400, 21635), Never, "Twilio answered 400 (21635)", "landline"),
            (twilio(400, 29999), Never, "Twilio answered 400 (29999)", ""),
            (twilio(400, 1_202_555_012), Never, "Twilio answered 400", ""),
            (twilio(401, 20003), Later, "Twilio answered 401 (20003)", "sms.twilio_auth_token"),
            (twilio(404, 20404), Later, "Twilio answered 404 (20404)", "sms.twilio_account_sid"),
            (twilio(403, 21408), Later, "Twilio answered 403 (21408)", "Geo permissions"),
            (twilio(400, 21606), Later, "Twilio answered 400 (21606)", "sms.from"),
            (twilio(400, 21212), Later, "Twilio answered 400 (21212)", "sms.from"),
            (twilio(400, 21608), Later, "Twilio answered 400 (21608)", "trial account"),
            (twilio(400, 21612), Later, "Twilio answered 400 (21612)", "sms.from"),
            (twilio(429, 20429), Later, "Twilio answered 429 (20429)", "higher rate"),
            (later, LaterIn(120), "Twilio answered 429 (20429)", "higher rate"),
            (twilio(402, 29998), Later, "Twilio answered 402 (29998)", "credit"),
            (twilio(500, 20500), Perhaps, "Twilio answered 500 (20500)", "internal error"),
            (ProviderBehaviour::answer(503, "<html>"), Later, "Twilio answered 503", "internal error"),
            (
                ProviderBehaviour::answer(201, "<html>+12025550123</html>"),
                Perhaps,
                "the answer of Twilio cannot be understood",
                "check the URL",
            ),
            (ProviderBehaviour::answer(200, "{}"), Perhaps, "the answer of Twilio cannot be understood", ""),
        ],
    )
    .await;
}

fn vonage(status: &str) -> ProviderBehaviour {
    let body = format!(
        "{{\"message-count\": \"1\", \"messages\": [{{\"to\": \"12025550123\", \"status\": \"{status}\", \"error-text\": \"12025550123\"}}]}}"
    );
    ProviderBehaviour::answer(200, &body)
}

// SECURITY.md, requirement 75
#[tokio::test]
async fn vonage_is_understood() {
    let garbled = "the answer of Vonage cannot be understood";
    let parts = "{\"messages\": [{\"status\": \"0\"}, {\"status\": \"7\"}]}";
    judge(
        "vonage",
        &[
            (vonage("6"), Never, "Vonage answered 200 (6)", "not a valid phone number"),
            (vonage("7"), Never, "Vonage answered 200 (7)", "barred"),
            (vonage("33"), Never, "Vonage answered 200 (33)", "out of use"),
            (ProviderBehaviour::answer(200, parts), Never, "Vonage answered 200 (7)", "barred"),
            (vonage("4"), Later, "Vonage answered 200 (4)", "sms.vonage_api_secret"),
            (
                ProviderBehaviour::answer(401, "{\"title\": \"Unauthorized\"}"),
                Later,
                "Vonage answered 401",
                "sms.vonage_api_key",
            ),
            (vonage("9"), Later, "Vonage answered 200 (9)", "credit"),
            (vonage("15"), Later, "Vonage answered 200 (15)", "sms.from"),
            (vonage("29"), Later, "Vonage answered 200 (29)", "demo account"),
            (vonage("1"), Later, "Vonage answered 200 (1)", "higher rate"),
            (vonage("1").with("retry-after", "7"), LaterIn(7), "Vonage answered 200 (1)", "higher rate"),
            (
                ProviderBehaviour::answer(429, "").with("retry-after", "Sun, 22 Nov 2026 14:05:00 GMT"),
                LaterIn(120),
                "Vonage answered 429",
                "Too many requests",
            ),
            (vonage("5"), Perhaps, "Vonage answered 200 (5)", "internal error"),
            (ProviderBehaviour::answer(502, "<html>"), Perhaps, "Vonage answered 502", "internal error"),
            (ProviderBehaviour::answer(200, "<html>"), Perhaps, garbled, ""),
            (ProviderBehaviour::answer(200, "{\"messages\": []}"), Perhaps, garbled, ""),
            (vonage("12025"), Perhaps, garbled, ""),
            (vonage("ok"), Perhaps, garbled, ""),
        ],
    )
    .await;
}

fn sns(status: u16, code: &str) -> ProviderBehaviour {
    let body = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>+12025550123 is not well</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    );
    ProviderBehaviour::answer(status, &body)
}

// SECURITY.md, requirement 75
#[tokio::test]
async fn amazon_is_understood() {
    let garbled = "the answer of Amazon SNS cannot be understood";
    let later = sns(429, "Throttled").with("retry-after", "30");
    judge(
        "sns",
        &[
            (sns(400, "OptedOut"), Never, "Amazon SNS answered 400 (OptedOut)", "opt the number in"),
            (sns(400, "InvalidParameter"), Never, "Amazon SNS answered 400 (InvalidParameter)", "sms.from"),
            (sns(400, "SomethingNew"), Never, "Amazon SNS answered 400 (SomethingNew)", ""),
            (sns(400, "+12025550123"), Never, "Amazon SNS answered 400", ""),
            (
                sns(403, "InvalidClientTokenId"),
                Later,
                "Amazon SNS answered 403 (InvalidClientTokenId)",
                "sns_access_key_id",
            ),
            (
                sns(403, "SignatureDoesNotMatch"),
                Later,
                "Amazon SNS answered 403 (SignatureDoesNotMatch)",
                "sms.sns_secret_access_key",
            ),
            (sns(403, "AuthorizationError"), Later, "Amazon SNS answered 403 (AuthorizationError)", "sns:Publish"),
            (sns(400, "RequestExpired"), Later, "Amazon SNS answered 400 (RequestExpired)", "clock"),
            (sns(400, "Throttling"), Later, "Amazon SNS answered 400 (Throttling)", "quota"),
            (later, LaterIn(30), "Amazon SNS answered 429 (Throttled)", "quota"),
            (sns(500, "InternalError"), Perhaps, "Amazon SNS answered 500 (InternalError)", "internal error"),
            (ProviderBehaviour::answer(503, "{}"), Later, "Amazon SNS answered 503", "internal error"),
            (ProviderBehaviour::answer(200, "<html>"), Perhaps, garbled, "check the URL"),
            (ProviderBehaviour::answer(200, "<MessageId/>"), Perhaps, garbled, ""),
            (ProviderBehaviour::answer(200, &"<a>".repeat(100_000)), Perhaps, garbled, ""),
        ],
    )
    .await;
}

// SECURITY.md, requirement 75
#[tokio::test]
async fn a_gateway_of_ones_own_is_understood() {
    let answer = |status| ProviderBehaviour::answer(status, "+12025550123");
    judge(
        "http",
        &[
            (answer(400), Never, "the gateway answered 400", ""),
            (answer(410), Never, "the gateway answered 410", ""),
            (answer(422), Never, "the gateway answered 422", ""),
            (answer(401), Later, "the gateway answered 401", "sms.http_secret"),
            (answer(403), Later, "the gateway answered 403", "sms.http_secret"),
            (answer(404), Later, "the gateway answered 404", "sms.http_url"),
            (answer(408), Later, "the gateway answered 408", "wait"),
            (answer(425), Later, "the gateway answered 425", "wait"),
            (answer(429), Later, "the gateway answered 429", "wait"),
            (answer(429).with("retry-after", "3600"), LaterIn(3600), "the gateway answered 429", "wait"),
            (answer(503).with("retry-after", "5"), LaterIn(5), "the gateway answered 503", "internal error"),
        ],
    )
    .await;
    // A gateway says by the status alone that it has the message.
    for status in [200, 202, 204] {
        send("http", answer(status)).await.unwrap();
    }
}

#[test]
fn a_refusal_without_a_time_is_one_that_may_go_at_any_time() {
    assert_eq!(SendError::transient("busy").to_string(), "busy");
    let later = SendError::Transient { reason: "busy".into(), retry_after: Some(Duration::from_secs(1)) };
    assert_eq!(later.to_string(), "busy");
}
