//! What an endpoint receives, and how its answer is judged.

use std::time::Duration;

use keyback::clock::Clock;
use keyback::delivery::{Refusal, SendError, WebhookTransport};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::net::TcpListener;

use super::{ID, NEW_SECRET, NOW, PAYLOAD, SECRET, SECRETS, config, read, transport};
use crate::support::{Provider, ProviderBehaviour, Received, logs};

async fn endpoint(behaviour: ProviderBehaviour) -> Provider {
    let endpoint = Provider::start().await;
    endpoint.behave(behaviour);
    endpoint
}

/// Whether the library that receivers use takes it. It compares with the clock of the machine.
fn is_good(request: &Received, secret: &str) -> bool {
    let header = |(name, value): (&String, &String)| {
        (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap())
    };
    let headers: HeaderMap = request.headers.iter().map(header).collect();
    standardwebhooks::Webhook::new(secret).unwrap().verify(request.body.as_bytes(), &headers).is_ok()
}

fn reason_of(refusal: &Refusal) -> String {
    let told = format!("{} {}", refusal.error, refusal.hint.unwrap_or_default());
    assert!(SECRETS.iter().all(|secret| !told.contains(secret)), "{told}");
    refusal.error.to_string()
}

// SECURITY.md, requirement 71
#[tokio::test]
async fn an_event_is_one_signed_post() {
    let endpoint = endpoint(ProviderBehaviour::answer(204, "")).await;
    transport(&endpoint, Clock::System).send(ID, PAYLOAD).await.unwrap();
    let mut received = endpoint.received();
    assert_eq!(received.len(), 1);
    let mut request = received.remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hook?key=url-secret"));
    assert_eq!((request.header("content-type"), request.body.as_str()), ("application/json", PAYLOAD));
    assert_eq!(request.header("webhook-id"), ID);
    assert!(request.header("user-agent").starts_with("Keyback/"));
    assert!(is_good(&request, SECRET));
    assert!(!is_good(&request, NEW_SECRET));
    request.body = PAYLOAD.replace("completed", "cancelled");
    assert!(!is_good(&request, SECRET));
}

// SECURITY.md, requirement 71
#[tokio::test]
async fn while_a_key_is_exchanged_both_are_good() {
    let endpoint = endpoint(ProviderBehaviour::answer(200, "")).await;
    let both = [NEW_SECRET, SECRET].join(",");
    let settings = [("URL", &*endpoint.url()), ("SECRETS", &both), ("ALLOWED_NETWORKS", "127.0.0.1")];
    let transport = WebhookTransport::new(&read(&settings).unwrap().unwrap(), Clock::System).unwrap();
    transport.send(ID, PAYLOAD).await.unwrap();
    let request = &endpoint.received()[0];
    assert!(is_good(request, SECRET) && is_good(request, NEW_SECRET));
    let signatures: Vec<&str> = request.header("webhook-signature").split(' ').collect();
    assert!(signatures.len() == 2 && signatures.iter().all(|signature| signature.starts_with("v1,")), "{signatures:?}");
}

// SECURITY.md, requirement 71
#[tokio::test]
async fn a_second_try_has_the_same_id_and_a_time_of_its_own() {
    let endpoint = endpoint(ProviderBehaviour::answer(500, "")).await;
    let clock = Clock::manual(NOW);
    let transport = transport(&endpoint, clock.clone());
    transport.send(ID, PAYLOAD).await.unwrap_err();
    clock.advance(Duration::from_secs(90));
    endpoint.behave(ProviderBehaviour::answer(200, ""));
    transport.send(ID, PAYLOAD).await.unwrap();
    let received = endpoint.received();
    let header = |name: &str| [received[0].header(name), received[1].header(name)];
    assert_eq!(header("webhook-id"), [ID, ID]);
    assert_eq!(header("webhook-timestamp"), ["1795356180", "1795356270"]);
    let [first, second] = header("webhook-signature");
    assert_ne!(first, second);
    assert_eq!(received[0].body, received[1].body);
}

#[tokio::test]
async fn all_but_gone_is_worth_another_try() {
    logs::keep_all();
    let answer = |status| ProviderBehaviour::answer(status, "payload-secret");
    let date = "Sun, 22 Nov 2026 14:05:30 GMT";
    for (behaviour, status, wait, hint) in [
        (answer(301).with("location", "https://app.example.org/"), 301, None, "webhooks.url redirects"),
        (answer(400), 400, None, "check its log"),
        (answer(401), 401, None, "a key from webhooks.secrets"),
        (answer(403), 403, None, "both clocks"),
        (answer(404), 404, None, "check its path"),
        (answer(409), 409, None, "check its log"),
        (answer(429).with("retry-after", "120"), 429, Some(120), "too busy"),
        (answer(429).with("retry-after", "soon"), 429, None, "too busy"),
        (answer(500).with("retry-after", "7"), 500, Some(7), "failed to process"),
        (answer(503).with("retry-after", date), 503, Some(150), "too busy"),
        (answer(599), 599, None, "failed to process"),
    ] {
        let endpoint = endpoint(behaviour).await;
        let refusal = transport(&endpoint, Clock::manual(NOW)).try_out(ID, PAYLOAD).await.unwrap_err();
        assert_eq!(reason_of(&refusal), format!("the webhook endpoint answered {status}"));
        assert!(refusal.hint.is_some_and(|told| told.contains(hint)), "{status}: {:?}", refusal.hint);
        let SendError::Transient { retry_after, .. } = refusal.error else { panic!("{status}: {refusal:?}") };
        assert_eq!(retry_after, wait.map(Duration::from_secs), "{status}");
        assert_eq!(endpoint.received().len(), 1, "nothing is sent twice");
    }
    let endpoint = endpoint(answer(410)).await;
    let refusal = transport(&endpoint, Clock::manual(NOW)).try_out(ID, PAYLOAD).await.unwrap_err();
    assert_eq!(reason_of(&refusal), "the webhook endpoint answered 410");
    assert!(matches!(refusal.error, SendError::Permanent(_)), "{refusal:?}");
    assert_eq!(logs::lines_with(&SECRETS.map(str::to_owned)), [""; 0], "SECURITY.md, requirement 75");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_or_breaks_off_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let nobody = WebhookTransport::new(&config(&url), Clock::manual(NOW)).unwrap();
    let refusal = nobody.try_out(ID, PAYLOAD).await.unwrap_err();
    assert_eq!(reason_of(&refusal), "the webhook endpoint cannot be reached");
    assert!(matches!(refusal.error, SendError::Transient { retry_after: None, .. }));

    let endpoint = endpoint(ProviderBehaviour::HangUp).await;
    let refusal = transport(&endpoint, Clock::manual(NOW)).try_out(ID, PAYLOAD).await.unwrap_err();
    assert!(reason_of(&refusal).ends_with("broke off before it answered"), "{refusal}");
    assert!(matches!(refusal.error, SendError::Transient { .. }));
    assert_eq!(endpoint.received().len(), 1);
}

// The time of the runtime is moved on, for ten seconds are long
#[tokio::test]
async fn an_endpoint_that_says_nothing_is_left_after_ten_seconds_and_its_words_are_not_waited_for() {
    let endpoint = endpoint(ProviderBehaviour::Hang).await;
    let slow = transport(&endpoint, Clock::manual(NOW));
    let sending = tokio::spawn(async move { slow.try_out(ID, PAYLOAD).await });
    endpoint.request().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(9)).await;
    assert!(!sending.is_finished());
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    let refusal = sending.await.unwrap().unwrap_err();
    assert_eq!(reason_of(&refusal), "the webhook endpoint does not answer in time");
    assert!(matches!(refusal.error, SendError::Transient { .. }));

    endpoint.behave(ProviderBehaviour::HangInsideAnswer);
    transport(&endpoint, Clock::manual(NOW)).send(ID, PAYLOAD).await.unwrap();
}
