//! The OpenAPI document, and the page that is generated from it (SECURITY.md, requirements 55, 58 and 77).

use std::collections::BTreeSet;

use keyback::model::Scope;
use serde_json::Value;

use crate::support::{Database, Program, TestApp};

fn document() -> Value {
    serde_json::from_str(&keyback::api::openapi_text().unwrap()).unwrap()
}

/// Every operation.
fn operations(document: &Value) -> Vec<&Value> {
    let paths = document["paths"].as_object().unwrap().values();
    paths.flat_map(|item| item.as_object().unwrap().values()).collect()
}

#[test]
fn every_operation_names_its_scope_and_what_can_go_wrong() {
    let document = document();
    let mut ids = BTreeSet::new();
    for operation in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} is there twice");
        let scope = operation["security"][0]["key"][0].as_str().unwrap();
        assert!(Scope::from_word(scope).is_some(), "{id}: {scope}");
        let statuses: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
        for status in ["401", "403", "405", "413", "421", "500", "503"] {
            assert!(statuses.iter().any(|known| *known == status), "{id}: {status}");
        }
        let has_body = operation.get("requestBody").is_some();
        for status in ["400", "415", "422"] {
            assert!(!has_body || statuses.iter().any(|known| *known == status), "{id}: {status}");
        }
    }
    assert_eq!(ids.len(), 11, "{ids:?}");
}

#[tokio::test]
async fn the_document_is_served_and_printed() {
    let app = TestApp::start(Database::sqlite()).await;
    let served = app.browser().get("/api/v1/openapi.json").await;
    assert_eq!((served.status.as_u16(), served.header("content-type")), (200, Some("application/json")));
    assert_eq!(served.json(), document());
    // It says nothing of this service, so it needs neither a configuration nor a database.
    assert_eq!(Program::bare().succeed(&["openapi"]).await, keyback::api::openapi_text().unwrap());
    app.finish().await;
}

#[tokio::test]
async fn the_page_shows_every_operation_and_loads_nothing_from_elsewhere() {
    let app = TestApp::start(Database::sqlite()).await;
    let mut browser = app.browser();
    let page = browser.get("/api/v1/docs").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    for operation in operations(&document()) {
        let id = operation["operationId"].as_str().unwrap();
        let scope = operation["security"][0]["key"][0].as_str().unwrap();
        let shown = page.body.split(&format!("<article class=\"card operation\" id=\"{id}\"")).nth(1);
        let shown = shown.and_then(|rest| rest.split("</article>").next()).unwrap_or_else(|| panic!("{id} is missing"));
        assert!(shown.contains(&format!("<code>{scope}</code>")), "{id}");
        assert!(shown.contains("<code>missing-api-key</code>"), "{id}");
    }
    assert!(!page.body.contains(" style=") && !page.body.contains("<style") && !page.body.contains("javascript:"));
    assert!(page.body.split("<script").skip(1).all(|script| script.starts_with(" src=\"/api/v1/docs/docs.js\"")));
    let hosts = page.body.split(['"', '\'']).filter(|value| value.contains("//")).collect::<Vec<_>>();
    assert!(hosts.is_empty(), "{hosts:?}");
    for (path, kind) in [("/api/v1/docs/docs.css", "text/css"), ("/api/v1/docs/docs.js", "text/javascript")] {
        let file = browser.get(path).await;
        assert_eq!((file.status.as_u16(), file.header("content-type")), (200, Some(kind)), "{path}");
        assert!(!file.body.contains("http"), "{path}");
    }
    app.finish().await;
}
