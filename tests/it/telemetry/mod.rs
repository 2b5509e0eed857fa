//! Observability from outside: health checks, metrics, logs and traces.

mod connections;
mod health;
mod logs;
mod metrics;
mod traces;

use crate::support::TestApp;

/// What Prometheus gets from the listener for operators.
async fn scrape(app: &TestApp) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let router = keyback::server::metrics(app.application.server_parts());
    let serving = tokio::spawn(keyback::server::serve(listener, router, std::future::pending()));
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), reqwest::StatusCode::OK);
    let text = answer.text().await.unwrap();
    serving.abort();
    text
}

/// Every line is among what was told.
fn assert_told(told: &str, lines: &[&str]) {
    for line in lines {
        assert!(told.lines().any(|found| found == *line), "{line} is not in\n{told}");
    }
}
