//! The demo keeps text messages as well as mail, and shows both.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use keyback::delivery::{Inbox, TextTransport};
use keyback::demo::{DemoState, routes};
use tower::ServiceExt;

use super::{NUMBER, message};
use crate::support::{Database, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_inbox_shows_text_messages() {
    let app = TestApp::start(Database::sqlite()).await;
    let inbox = Inbox::default();
    TextTransport::Memory(inbox.clone()).send(&message()).await.unwrap();
    let pages = routes(DemoState { inbox, sign_in: app.application.sign_in.clone(), accounts: &[] });
    let get = |path| {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let pages = pages.clone();
        async move { pages.oneshot(request).await.unwrap() }
    };
    let answer = get("/dev/inbox").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = to_bytes(answer.into_body(), 100_000).await.unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(page.contains("Text message") && page.contains(NUMBER), "{page}");
    assert!(page.contains("@reset.example.org #493021"), "{page}");
    assert!(!page.contains("/dev/inbox/1"), "a text message has no other form: {page}");
    assert_eq!(get("/dev/inbox/1").await.status(), StatusCode::NOT_FOUND);
    app.finish().await;
}
