//! Nobody can lock everybody else out by asking without end (security.md row 10).

mod networks;
mod sessions;
mod shares;

use crate::support::{Browser, Database, TestApp};

/// A person behind a proxy that we trust.
fn person_at(app: &TestApp, address: &str) -> Browser {
    app.browser().with_header("x-forwarded-for", address)
}

async fn app_with(database: Database, settings: &[(&str, &str)]) -> TestApp {
    let proxy = [("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")];
    let settings: Vec<(&str, &str)> = proxy.into_iter().chain(settings.iter().copied()).collect();
    TestApp::start_with(database, &settings).await
}

/// Asks for somebody new from an address; tells where that leads.
async fn ask_from(app: &TestApp, address: &str, name: &str) -> String {
    app.ask(&mut person_at(app, address), &format!("{name}@example.org")).await.location().to_owned()
}
