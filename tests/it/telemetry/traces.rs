//! Traces of the real program, as a collector receives them.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};

use crate::support::collector::{Collector, CollectorBehaviour, attribute};
use crate::support::test_app::token_in;
use crate::support::{Database, Program, SmtpServer, on_both_databases};

const OLD_PASSWORD: &str = "walnut-river-lantern";
const NEW_PASSWORD: &str = "meadow-copper-violin";

/// As a proxy sends it: version, trace, span, sampled.
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const ITS_TRACE: [u8; 16] =
    [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];

fn traced(database: &Database, mail_url: &str, collector: &Collector) -> Program {
    Program::new(database, mail_url).with("TELEMETRY__OTLP_ENDPOINT", &collector.url)
}

/// Looks at a page as a proxy's request; gives what then came to the collector, in all traces.
async fn trace_of_a_page(
    settings: &[(&str, &str)],
    traceparent: &str,
) -> Vec<opentelemetry_proto::tonic::trace::v1::Span> {
    let (database, collector) = (Database::sqlite(), Collector::start(CollectorBehaviour::Take).await);
    let mut program = traced(&database, "smtp://localhost:1?tls=none", &collector);
    for (name, value) in settings {
        program = program.with(name, value);
    }
    let serving = program.serve().await;
    let mut browser = serving.browser().with_header("traceparent", traceparent).with_header("tracestate", "a=secret");
    assert_eq!(browser.get("/forgot-password").await.status, StatusCode::OK);
    serving.stop().await;
    assert!(!collector.received().contains("secret"));
    collector.spans()
}

// SECURITY.md, requirement 75
#[on_both_databases]
async fn a_journey_is_traced_step_by_step_and_no_secret_and_no_address_goes_along(database: Database) {
    let (smtp, collector) = (SmtpServer::start().await, Collector::start(CollectorBehaviour::Take).await);
    let program = traced(&database, &smtp.url(), &collector)
        .with("TELEMETRY__OTLP_HEADERS", "x-tenant=people, authorization=Basic a2V5");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    std::fs::write(&file, "email,email_verified,username\njane@example.org,true,jane-the-person\n").unwrap();
    program.succeed(&["accounts", "import", file.to_str().unwrap()]).await;
    let key = program.succeed(&["keys", "create", "an-app"]).await;
    let key = key.split_whitespace().find(|word| word.starts_with("kb-")).expect("a key").to_owned();
    // However much is logged.
    let serving = program.serve_by(&["serve", "--log", "trace"]).await;

    let mut browser = serving.browser().with_header("user-agent", "Firefox/made-for-this-test");
    let asked = browser.post("/actions/ask", &[("identifier", "jane@example.org")]).await;
    let number = asked.header("x-request-id").unwrap();
    let path = "/somebody@example.org?typed=jane-the-person";
    assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND);
    smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    let mail = smtp.mails().remove(0);
    browser.post("/actions/check-code", &[("code", "00000000")]).await;
    let opened = browser.get(&format!("/verify?key={}&action=reset-pwd", mail.link_key())).await;
    let token = token_in(opened.location());
    browser.follow(&opened).await;
    let form = browser.form_name().await;
    let cookie = browser.cookie.clone().unwrap().split_off("__Host-keyback=".len());
    let fields = [("form", form.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    assert_eq!(browser.post("/actions/set-password", &fields).await.location(), "/done");
    smtp.wait_until("the notice", |state| state.mails.len() == 2).await;
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = format!("{{\"email\": \"jane@example.org\", \"password\": \"{OLD_PASSWORD}\"}}");
    browser.send(Method::POST, "/api/v1/accounts/authenticate", &headers, Some(body.into_bytes())).await;
    serving.stop().await;

    let spans = collector.spans();
    let asking = spans.iter().find(|span| attribute(span, "id").as_deref() == Some(number)).expect("the request");
    assert_eq!(asking.name, "POST /actions/ask");
    assert_eq!(attribute(asking, "http.response.status_code").as_deref(), Some("303"));
    let mut steps = collector.names_in(&asking.trace_id);
    steps.sort();
    assert_eq!(steps, ["POST /actions/ask", "request_reset"]);
    for (root, step) in [
        ("GET /verify", "open_link"),
        ("POST /actions/check-code", "check_code"),
        ("POST /actions/set-password", "complete"),
        ("POST /actions/set-password", "hash"),
        ("message", "dispatch"),
        ("message", "send"),
        ("POST /api/v1/accounts/authenticate", "hash"),
    ] {
        let of_root = spans.iter().filter(|span| span.name == root && span.parent_span_id.is_empty());
        let found = of_root.filter(|span| collector.names_in(&span.trace_id).contains(&step.to_owned())).count();
        assert!(
            found > 0,
            "{step} is not a step of {root}: {:?}",
            spans.iter().map(|span| &span.name).collect::<Vec<_>>()
        );
    }
    assert!(spans.iter().any(|span| span.name == "GET other"), "a path that a caller made up");
    assert!(spans.iter().all(|span| span.events.is_empty()), "events of the log stay in the log");
    assert_eq!(collector.header("x-tenant").as_deref(), Some("people"));
    assert_eq!(collector.header("authorization").as_deref(), Some("Basic a2V5"));

    let received = collector.received();
    assert!(received.contains(number) && received.contains("keyback"), "{received}");
    let cancel_key = smtp.mails().into_iter().find_map(|mail| mail.cancel_key_if_any()).expect("a cancel key");
    for secret in [
        mail.link_key(),
        mail.code(),
        cancel_key,
        token,
        key,
        NEW_PASSWORD.into(),
        OLD_PASSWORD.into(),
        form,
        cookie,
        "jane".into(),
        "example.org".into(),
        "somebody".into(),
        "00000000".into(),
        "made-for-this-test".into(),
        "127.0.0.1".into(),
    ] {
        assert!(!received.contains(&secret), "{secret} is in {received}");
    }
    database.remove().await;
}

// SECURITY.md, requirement 11: a trace, too, is continued for a trusted proxy alone
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trace_of_a_trusted_proxy_goes_on_and_anybody_elses_does_not() {
    let trusted = ("SERVER__TRUSTED_PROXIES", "127.0.0.1");
    let spans = trace_of_a_page(&[trusted], TRACEPARENT).await;
    assert_eq!(spans.len(), 1);
    assert_eq!(
        (spans[0].trace_id.as_slice(), hex(&spans[0].parent_span_id).as_str()),
        (&ITS_TRACE[..], "b7ad6b7169203331")
    );
    for (settings, traceparent) in [(&[][..], TRACEPARENT), (&[trusted][..], "nonsense")] {
        let spans = trace_of_a_page(settings, traceparent).await;
        assert_eq!(spans.len(), 1);
        assert!(spans[0].trace_id != ITS_TRACE && spans[0].parent_span_id.is_empty(), "{:?}", spans[0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_part_that_was_asked_for_is_traced_unless_a_trusted_proxy_decides() {
    let (nothing, trusted) = (("TELEMETRY__SAMPLE_RATIO", "0"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1"));
    assert!(trace_of_a_page(&[nothing], TRACEPARENT).await.is_empty());
    assert_eq!(trace_of_a_page(&[nothing, trusted], TRACEPARENT).await.len(), 1);
    let unsampled = TRACEPARENT.replace("-01", "-00");
    assert!(trace_of_a_page(&[trusted], &unsampled).await.is_empty());
}

// SECURITY.md, requirement 75: not even what libraries say of themselves when everything is logged
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_log_lets_through_changes_nothing_about_what_is_traced() {
    // A request for nobody stays in the outbox as long as no mail server can be reached.
    let smtp = SmtpServer::start().await;
    for filter in ["trace", "error", "warn,keyback=info"] {
        let (database, collector) = (Database::sqlite(), Collector::start(CollectorBehaviour::Take).await);
        let program = traced(&database, &smtp.url(), &collector);
        let serving = program.serve_by(&["serve", "--log", filter]).await;
        serving.browser().get("/forgot-password").await;
        serving.browser().post("/actions/ask", &[("identifier", "nobody@example.org")]).await;
        while database.number("SELECT COUNT(*) FROM outbox WHERE finished_at IS NULL").await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        serving.stop().await;
        let spans = collector.spans();
        let mut names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["GET /forgot-password", "POST /actions/ask", "dispatch", "message", "request_reset"],
            "{filter}"
        );
        assert!(spans.iter().all(|span| span.events.is_empty()), "{filter}");
        assert!(!collector.received().contains("nobody"), "{filter}");
    }
}

// A collector costs spans, never a request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_ill_or_gone_is_told_once_and_holds_nobody_up() {
    for behaviour in [Some(CollectorBehaviour::Refuse), Some(CollectorBehaviour::Hang), None] {
        let collector = Collector::start(behaviour.unwrap_or(CollectorBehaviour::Take)).await;
        let database = Database::sqlite();
        let mut program = traced(&database, "smtp://localhost:1?tls=none", &collector);
        if behaviour.is_none() {
            program = program.with("TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:1/with-a-key-of-the-operator");
        }
        let mut serving = program.serve().await;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(4500) {
            let asked = Instant::now();
            assert_eq!(serving.browser().get("/forgot-password").await.status, StatusCode::OK);
            assert!(asked.elapsed() < Duration::from_secs(1), "{behaviour:?}: {:?}", asked.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let begun = Instant::now();
        serving.tell_to_stop().await;
        assert!(serving.ended().await.success());
        assert!(begun.elapsed() < Duration::from_secs(4), "{behaviour:?}: {:?}", begun.elapsed());
        let log = serving.log();
        assert_eq!(log.matches("traces are lost").count(), 1, "{behaviour:?}: {log}");
        assert!(!log.contains("with-a-key"), "{log}");
    }
}

// SECURITY.md, requirement 79
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_cannot_be_stops_the_start_and_no_key_of_its_is_shown() {
    let database = Database::sqlite();
    for (name, value) in [
        ("OTLP_ENDPOINT", "collector:4318"),
        ("OTLP_ENDPOINT", "grpc://collector:4317"),
        ("OTLP_ENDPOINT", "http://user:hunter2@collector:4318"),
        ("OTLP_ENDPOINT", "http://collector:4318/v1/traces"),
        ("OTLP_HEADERS", "hunter2"),
        ("OTLP_HEADERS", "authorization=\u{7f}hunter2"),
        ("OTLP_HEADERS", "author ization=hunter2"),
        ("SAMPLE_RATIO", "1.5"),
        ("SAMPLE_RATIO", "NaN"),
    ] {
        let program = Program::new(&database, "file:mails").with(&format!("TELEMETRY__{name}"), value);
        let finished = program.run(&["serve"]).await;
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{name} = {value}: {}", finished.stderr);
        assert!(
            finished.stderr.starts_with(&format!("keyback: telemetry.{}", name.to_lowercase())),
            "{}",
            finished.stderr
        );
        assert!(!finished.stderr.contains("hunter2") || name == "OTLP_ENDPOINT", "{}", finished.stderr);
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
