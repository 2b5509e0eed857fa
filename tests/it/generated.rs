//! Generated files must match the code. `cargo xtask generate` writes them.

use std::path::Path;

#[test]
fn generated_documentation_of_the_configuration_is_up_to_date() {
    same("docs/configuration.md", &keyback::config::documentation());
}

#[test]
fn generated_openapi_document_is_up_to_date() {
    same("docs/openapi.json", &keyback::api::openapi_text().unwrap());
}

#[expect(clippy::disallowed_methods, reason = "whether to write or to compare, only the environment knows")]
fn same(path: &str, content: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("KEYBACK_UPDATE_GENERATED").is_some() {
        std::fs::write(&file, content).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == content, "{path} is not up to date: cargo xtask generate");
}
