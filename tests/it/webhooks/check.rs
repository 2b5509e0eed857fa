//! `keyback check --webhook`: the real program sends one event and says what to fix.

use super::{SECRET, SECRETS};
use crate::support::{Authority, Database, Finished, Program, Provider, ProviderBehaviour};

const HEAD: &str = "configuration: ok\ndatabase: ok\nmail: ok\nsms: off\n";

/// The program without an endpoint.
fn bare(database: &Database) -> Program {
    let Database::Sqlite(folder) = database else { unreachable!("it is SQLite") };
    Program::new(database, &format!("file:{}", folder.path().join("mails").display()))
}

/// The program with an endpoint on this machine.
fn program(database: &Database, url: &str) -> Program {
    bare(database)
        .with("WEBHOOKS__URL", &format!("{url}/hook?key=url-secret"))
        .with("WEBHOOKS__SECRETS", SECRET)
        .with("WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.0/8,::1")
}

async fn check(program: &Program) -> Finished {
    let finished = program.run(&["--log", "trace", "check", "--webhook"]).await;
    assert!(finished.stderr.contains("TRACE"), "{}", finished.stderr);
    for secret in SECRETS.iter().chain(&["keyback.check"]) {
        assert!(!finished.stderr.contains(secret), "SECURITY.md, requirement 75: {secret}: {}", finished.stderr);
    }
    finished
}

fn complaint(finished: &Finished) -> &str {
    assert_eq!((finished.code, finished.stdout.as_str()), (2, HEAD));
    finished.stderr.lines().find_map(|line| line.strip_prefix("keyback: ")).expect("our own message")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_flag_nothing_is_sent_and_it_says_so() {
    let database = Database::sqlite();
    let endpoint = Provider::start().await;
    let told = program(&database, &endpoint.url()).succeed(&["check"]).await;
    assert_eq!(told, format!("{HEAD}webhooks: configured, not tested: add --webhook to send an event\n"));
    assert!(endpoint.received().is_empty());
    assert_eq!(bare(&database).succeed(&["check"]).await, format!("{HEAD}webhooks: off\n"));
    let finished = bare(&database).run(&["check", "--webhook"]).await;
    assert_eq!(complaint(&finished), "webhooks: off: set webhooks.url first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_goes_to_the_endpoint() {
    let database = Database::sqlite();
    let endpoint = Provider::start().await;
    endpoint.behave(ProviderBehaviour::answer(200, ""));
    let finished = check(&program(&database, &endpoint.url())).await;
    assert_eq!(
        finished.stdout,
        format!("{HEAD}webhooks: ok: the endpoint accepted the event\n"),
        "{}",
        finished.stderr
    );
    let received = endpoint.received();
    assert_eq!(received.len(), 1);
    assert!(received[0].header("webhook-id").starts_with("check-"));
    assert!(received[0].header("webhook-signature").starts_with("v1,"));
    let body: serde_json::Value = serde_json::from_str(&received[0].body).unwrap();
    let timestamp: jiff::Timestamp = body["timestamp"].as_str().unwrap().parse().unwrap();
    assert_eq!(body, serde_json::json!({ "type": "keyback.check", "timestamp": timestamp.to_string(), "data": {} }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_taken_with_a_certificate_that_the_machine_trusts_and_else_not() {
    let database = Database::sqlite();
    let authority = Authority::new();
    let endpoint = Provider::start_at("127.0.0.1:0".parse().unwrap(), Some(authority.acceptor())).await;
    endpoint.behave(ProviderBehaviour::answer(204, ""));
    let program = program(&database, &format!("https://localhost:{}", endpoint.port()));
    let trusting = program.clone().with_variable("SSL_CERT_FILE", authority.file().to_str().unwrap());
    let finished = check(&trusting).await;
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_eq!(endpoint.received().len(), 1);

    let other = Authority::new();
    let doubting = program.with_variable("SSL_CERT_FILE", other.file().to_str().unwrap());
    let finished = check(&doubting).await;
    let expected = "webhooks: the webhook endpoint cannot be reached. Check its port and its certificate";
    assert!(complaint(&finished).starts_with(expected), "{}", finished.stderr);
    assert_eq!(endpoint.received().len(), 1);
}

// A proxy would look the name up itself, and nobody would look at what it finds
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_of_the_system_is_passed_by() {
    let database = Database::sqlite();
    let (endpoint, proxy) = (Provider::start().await, Provider::start().await);
    endpoint.behave(ProviderBehaviour::answer(200, ""));
    let mut program = program(&database, &endpoint.url());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        program = program.with_variable(name, &proxy.url());
    }
    assert_eq!(check(&program).await.code, 0);
    assert_eq!((endpoint.received().len(), proxy.received().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_of_it_is_told_with_the_fix() {
    let database = Database::sqlite();
    for (status, told) in [
        (302, "answered 302. webhooks.url redirects"),
        (401, "answered 401. It rejected the signature: give it a key from webhooks.secrets"),
        (404, "answered 404. Nothing accepts events at webhooks.url"),
        (410, "answered 410. It no longer accepts events"),
        (500, "answered 500. It failed to process the event"),
    ] {
        let endpoint = Provider::start().await;
        endpoint.behave(ProviderBehaviour::answer(status, "payload-secret"));
        let finished = check(&program(&database, &endpoint.url())).await;
        assert!(complaint(&finished).starts_with(&format!("webhooks: the webhook endpoint {told}")), "{status}");
    }
    let endpoint = Provider::start().await;
    let inside = program(&database, &format!("https://localhost:{}", endpoint.port()));
    let finished = inside.with("WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.9").run(&["check", "--webhook"]).await;
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("localhost is not public"), "{}", finished.stderr);
    let nowhere = program(&database, "https://hooks.invalid");
    let finished = check(&nowhere).await;
    let expected = "webhooks: no address is found for the host of webhooks.url. Check its spelling, and DNS";
    assert!(complaint(&finished).starts_with(expected), "{}", finished.stderr);
    assert!(endpoint.received().is_empty());
}
