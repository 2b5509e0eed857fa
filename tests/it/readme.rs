//! The README is true: its commands work with its own configuration, it is short, and its badges agree with `Cargo.toml`.

use std::collections::BTreeMap;

use keyback::config::{Config, DirectoryConfig, Environment};
use reqwest::StatusCode;

use crate::support::{Program, SmtpServer};

const README: &str = include_str!("../../README.md");
const CARGO: &str = include_str!("../../Cargo.toml");
/// What runs the commands that need a whole clone.
const RUN_ELSEWHERE: [&str; 2] = [include_str!("../../.ci/run"), include_str!("../../Dockerfile")];
/// The mail server of the README, which does not exist.
const MAIL_URL: &str = "smtp://user:password@mail.example.org:587";

/// The fenced blocks in a language, without indentation, and the text outside all blocks.
fn blocks(language: &str) -> (Vec<String>, String) {
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut lines = README.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("```") {
            let block: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            if found == language {
                blocks.push(block.join("\n"));
            }
        } else {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    (blocks, prose)
}

/// Every command, in the order in which a reader meets them, and those inside of sentences.
fn commands() -> Vec<String> {
    let (shell, prose) = blocks("sh");
    let spans = prose.split('`').skip(1).step_by(2);
    let inline = spans.filter(|span| span.starts_with("cargo xtask ") || span.starts_with("keyback "));
    shell.iter().flat_map(|block| block.lines()).chain(inline).map(str::to_owned).collect()
}

/// Serves with the configuration in the folder, behind the proxy that it trusts.
async fn serves(program: &Program, arguments: &[&str]) {
    let serving = program.serve_by(arguments).await;
    let request = reqwest::Client::new()
        .get(format!("{}/forgot-password", serving.base))
        .header("host", "reset.example.org")
        .header("x-forwarded-for", "203.0.113.7")
        .header("x-forwarded-proto", "https");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("Example"), "the page names the product");
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_of_the_readme_works_with_its_own_configuration() {
    let smtp = SmtpServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (configurations, _) = blocks("toml");
    let [configuration, of_app] = configurations.as_slice() else { panic!("the README has two configurations") };
    let with_app = folder.path().join("with-app.toml");
    std::fs::write(&with_app, format!("{configuration}\n{of_app}")).unwrap();
    let database = format!("sqlite:{}", folder.path().join("with-app.db").display());
    let environment = BTreeMap::from([("KEYBACK_DATABASE__URL".to_owned(), database)]);
    let with_app = Config::load(Some(&with_app), &Environment::from(environment)).unwrap();
    assert!(matches!(with_app.directory, Some(DirectoryConfig::Sql(table)) if table.preset == "laravel"));
    assert_eq!(configuration.lines().count(), 5, "{configuration}");
    assert!(configuration.contains(MAIL_URL), "{configuration}");
    std::fs::write(folder.path().join("keyback.toml"), configuration.replace(MAIL_URL, &smtp.url())).unwrap();
    std::fs::write(folder.path().join("accounts.csv"), "email,email_verified\njane@example.org,true\n").unwrap();
    let program = Program::bare().with("SERVER__LISTEN", "127.0.0.1:0").inside(folder.path());

    let mut names = Vec::new();
    for command in commands() {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["keyback", arguments @ ..] if arguments.ends_with(&["serve"]) => serves(&program, arguments).await,
            ["keyback", arguments @ ..] => {
                program.succeed(arguments).await;
            }
            ["cargo", "xtask", ..] => {
                assert!(RUN_ELSEWHERE.iter().any(|text| text.contains(&command)), "nothing runs `{command}`");
            }
            _ => panic!("no test runs `{command}`"),
        }
        names.push(words[words.len().min(4) - 1].to_owned());
    }
    for expected in ["demo", "test", "check", "serve", "accounts", "keys"] {
        assert!(names.iter().any(|name| name == expected), "{expected} is missing: {names:?}");
    }
}

#[test]
fn the_readme_has_at_most_900_words() {
    let words = README.split_whitespace().count();
    assert!(words <= 900, "{words} words: move some to docs/");
}

#[test]
fn the_badges_of_the_readme_agree_with_the_manifest() {
    let value = |key: &str| {
        let line = CARGO.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = ")).unwrap();
        line.trim_matches('"').to_owned()
    };
    assert!(README.contains(&format!("/badge/rust-{}%2B-", value("rust-version"))));
    assert!(README.contains(&format!("/badge/edition-{}-", value("edition"))));
    let licence = value("license").replace('-', "--").replace("OR", "or").replace(' ', "_");
    assert!(README.contains(&format!("/badge/licence-{licence}-")), "{licence}");
}
