//! The paths of the protocol: `/cognito`, with or without a slash, and `/` for requests that name an operation. Every
//! other request for `/` gets the page. Also the origins from which browsers may call it.

use keyback::model::{KeyKind, WebOrigin};
use reqwest::Method;

use super::{MEDIA_TYPE, PATH, Program, error, name};
use crate::support::{Answer, Database, TestApp, on_both_databases};

const TARGET: (&str, &str) = ("x-amz-target", "AWSCognitoIdentityProviderService.ForgotPassword");

/// What the two clients for browsers ask whether they may send.
const PREFLIGHTS: [&str; 2] = [
    "amz-sdk-invocation-id,amz-sdk-request,content-type,x-amz-target,x-amz-user-agent",
    "cache-control,content-type,x-amz-target,x-amz-user-agent",
];

async fn post(app: &TestApp, path: &str, program: &Program, email: &str) -> Answer {
    let body = program.about(email).to_string().into_bytes();
    app.browser().send(Method::POST, path, &[("content-type", MEDIA_TYPE), TARGET], Some(body)).await
}

/// Everything that anybody may do at `/` without naming an operation.
async fn at_the_page(app: &TestApp) -> Vec<(u16, Vec<(String, String)>, String)> {
    let ours = [("origin", crate::support::PUBLIC_URL), ("sec-fetch-site", "same-origin")];
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let form = [("content-type", "application/x-www-form-urlencoded"), ours[0], ours[1]];
    let preflight = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    let mut answers = Vec::new();
    for (method, headers) in [
        (Method::GET, &[] as &[(&str, &str)]),
        (Method::GET, &[TARGET]),
        (Method::HEAD, &[TARGET]),
        (Method::POST, &[]),
        (Method::POST, &ours),
        (Method::POST, &foreign),
        (Method::POST, &form),
        (Method::PUT, &[TARGET]),
        (Method::PUT, &ours),
        (Method::OPTIONS, &[]),
        (Method::OPTIONS, &preflight),
    ] {
        let answer = app.browser().send(method, "/", headers, None).await;
        let (status, headers, body) = answer.comparable();
        answers.push((status.as_u16(), headers, body));
    }
    answers
}

#[on_both_databases]
async fn calls_come_to_three_places(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    for (number, path) in ["/cognito", "/cognito/", "/"].into_iter().enumerate() {
        let answer = post(&app, path, &program, &format!("{number}@example.org")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.header("x-amzn-requestid"), answer.header("x-request-id"), "{path}");
        assert!(answer.header("set-cookie").is_none(), "{path}");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 3);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 60: a page of somebody else cannot name an operation without being asked about
#[on_both_databases]
async fn at_the_root_everything_else_is_the_pages(database: Database) {
    let off = TestApp::start_with(Database::sqlite(), &[("API__COGNITO", "false")]).await;
    let app = TestApp::start(database).await;
    let (with, without) = (at_the_page(&app).await, at_the_page(&off).await);
    assert_eq!(with, without);
    let statuses: Vec<u16> = with.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [200, 200, 200, 403, 405, 403, 405, 403, 405, 405, 405]);
    off.finish().await;
    app.finish().await;
}

#[on_both_databases]
async fn the_protocol_can_be_switched_off(database: Database) {
    let app = TestApp::start_with(database, &[("API__COGNITO", "false")]).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    for (path, status) in [("/cognito", 404), ("/cognito/", 404), ("/", 405)] {
        let answer = post(&app, path, &program, "jane@example.org").await;
        assert_eq!(answer.status, status, "{path}");
        assert!(error(&answer).contains("UnknownOperationException"), "{path}");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}

// SECURITY.md, requirement 70
#[on_both_databases]
async fn browsers_come_from_the_origins_of_the_client_and_of_the_configuration_alone(database: Database) {
    let app = TestApp::start_with(database, &[("API__ALLOWED_ORIGINS", "https://app.example.org")]).await;
    let program: Program = app
        .key_with(KeyKind::Publishable, |new| new.origins = vec![WebOrigin::parse("https://shop.example.org").unwrap()])
        .await
        .into();
    let other = Program::new(&app, KeyKind::Publishable).await;
    for (origin, by_it, by_other) in [
        ("https://app.example.org", true, true),
        ("https://shop.example.org", true, false),
        ("https://evil.example", false, false),
        ("null", false, false),
    ] {
        for (path, asked_for) in [PATH, "/"].into_iter().zip(PREFLIGHTS) {
            let preflight = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", asked_for),
            ];
            let answer = app.browser().send(Method::OPTIONS, path, &preflight, None).await;
            assert_eq!(answer.header("access-control-allow-origin"), by_it.then_some(origin), "{origin} {path}");
            let granted = answer.header("access-control-allow-headers").unwrap_or_default().to_owned();
            assert!(asked_for.split(',').all(|name| granted.split(',').any(|granted| granted == name)), "{granted}");
            assert!(answer.header("access-control-allow-credentials").is_none());
        }
        for (program, allowed) in [(&program, by_it), (&other, by_other)] {
            let headers = [("content-type", MEDIA_TYPE), TARGET, ("origin", origin), ("sec-fetch-site", "cross-site")];
            let email = format!("{}-{}@example.org", program.id, origin.len());
            let body = program.about(&email).to_string().into_bytes();
            let answer = app.browser().send(Method::POST, PATH, &headers, Some(body)).await;
            if allowed {
                assert_eq!(answer.status, 200, "{origin}: {}", answer.body);
                let exposed = answer.header("access-control-expose-headers").unwrap();
                assert_eq!(exposed, "x-amzn-requestid,x-amzn-errortype,retry-after");
            } else {
                assert_eq!(name(&answer), "NotAuthorizedException", "{origin}");
            }
        }
    }
    app.deliver().await;
    app.finish().await;
}
