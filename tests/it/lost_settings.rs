//! Settings and arguments that would silently weaken the service stop the start (SECURITY.md, requirements 11, 51, 72
//! and 79), and deleted data is gone from the files of the database (requirement 78).

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Method;

use crate::support::{Database, Program, TestApp, on_both_databases};

const HIDDEN: &str = "(hidden)";

async fn refusal(program: &Program, arguments: &[&str]) -> String {
    let finished = program.run(arguments).await;
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{arguments:?}: {}", finished.stderr);
    finished.stderr
}

// SECURITY.md, requirement 79
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_set_but_empty_stops_the_start() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails");
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, " \n").unwrap();
    let empty = empty.display().to_string();
    for (name, key) in [
        ("SERVER__SECRET_KEY", "server.secret_key"),
        ("DATABASE__URL", "database.url"),
        ("MAIL__URL", "mail.url"),
        ("SMS__HTTP_SECRET", "sms.http_secret"),
        ("WEBHOOKS__SECRETS", "webhooks.secrets"),
        ("TELEMETRY__OTLP_HEADERS", "telemetry.otlp_headers"),
    ] {
        for (name, value) in [(name.to_owned(), ""), (name.to_owned(), "  "), (format!("{name}_FILE"), empty.as_str())]
        {
            let words = refusal(&program.clone().with(&name, value), &["check"]).await;
            assert!(words.contains(&format!("{key} = {HIDDEN}: is set, but empty")), "{name}: {words}");
        }
    }
    let file = folder.path().join("keyback.toml");
    std::fs::write(&file, "[server]\nsecret_key = \"\"\n").unwrap();
    let words = refusal(&program.with_variable("KEYBACK_CONFIG", &file.display().to_string()), &["check"]).await;
    assert!(words.contains("server.secret_key = (hidden): is set, but empty"), "{words}");
}

// SECURITY.md, requirements 11 and 72
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_trusts_the_whole_internet_by_mistake() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails");
    for network in
        ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/7", "2000::/3", "2001::/15", "::/1", "fc00::/6"]
    {
        for name in ["SERVER__TRUSTED_PROXIES", "WEBHOOKS__ALLOWED_NETWORKS"] {
            let words = refusal(&program.clone().with(name, &format!("10.0.0.1,{network}")), &["check"]).await;
            assert!(words.contains(&format!("{network} is a large part of the Internet")), "{name}: {words}");
        }
    }
    let words = refusal(&program.clone().with("SERVER__TRUSTED_PROXIES", "::ffff:10.0.0.0/104"), &["check"]).await;
    assert!(words.contains("write IPv4 networks as 10.0.0.0/8"), "{words}");
    let trusted = "10.0.0.0/8,172.16.0.0/12,192.0.2.1,fc00::/7,fd00::/8,fe80::/10,2001:db8::/32,::1";
    program.with("SERVER__TRUSTED_PROXIES", trusted).succeed(&["migrate"]).await;
}

// SECURITY.md, requirements 51 and 70
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_not_made_with_what_the_configuration_refuses() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails");
    for url in [
        "https://*.example.org/x",
        "https://%2a.example.org/x",
        "https://app.example.org/*",
        "https://user:hunter2@app.example.org/x",
        "https://app.example.org/x#y",
        "http://app.example.org/x",
        "//app.example.org/x",
        "javascript:alert(1)",
    ] {
        let made = program.run(&["keys", "create", "shop", "--redirect-url", url]).await;
        assert_eq!((made.code, made.stdout.as_str()), (2, ""), "{url}");
        refusal(&program.clone().with("REDIRECTS__ALLOWED", url), &["check"]).await;
    }
    for origin in [
        "https://*.example.org",
        "https://%2a.example.org",
        "https://a:b@app.example.org",
        "https://app.example.org/x",
        "null",
        "*",
    ] {
        let made = program.run(&["keys", "create", "shop", "--origin", origin]).await;
        assert_eq!((made.code, made.stdout.as_str()), (2, ""), "{origin}");
        refusal(&program.clone().with("API__ALLOWED_ORIGINS", origin), &["check"]).await;
    }
    for url in ["https://user:hunter2@app.example.org/", "https://*.example.org/"] {
        refusal(&program.clone().with("REDIRECTS__RETURN_TO", url), &["check"]).await;
        refusal(&program.clone().with("PAGES__SUPPORT_URL", url), &["check"]).await;
    }
    let url = "https://app.example.org/x?y=1";
    program
        .succeed(&["keys", "create", "shop", "--redirect-url", url, "--origin", "https://app.example.org:8443"])
        .await;
}

// SECURITY.md, requirement 69
#[on_both_databases]
async fn the_same_idempotency_key_with_another_password_is_another_request(database: Database) {
    let app = TestApp::start(database).await;
    let key =
        app.key_with(keyback::model::KeyKind::Secret, |new| new.scopes = keyback::model::Scope::ALL.to_vec()).await;
    let bearer = format!("Bearer {}", key.key.expose());
    let add = async |body: serde_json::Value| {
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", "the-key")];
        app.browser().send(Method::POST, "/api/v1/accounts", &headers, Some(body.to_string().into_bytes())).await
    };
    let with = |password: &str| serde_json::json!({ "email": "known@example.org", "password": password });
    let first = add(with("meadow-copper-violin")).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(add(with("meadow-copper-violin")).await.body, first.body);
    for body in [with("meadow-copper-violim"), with("short"), serde_json::json!({ "email": "known@example.org" })] {
        let answer = add(body).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert!(answer.body.contains("idempotency-key-reused"), "{}", answer.body);
    }
    assert_eq!(app.authenticate("known@example.org", "meadow-copper-violin").await.status, 200);
    assert!(!app.database.dump().await.contains("meadow"));
    app.finish().await;
}

/// How often a text is in the files of a SQLite database.
fn copies(database: &Database, text: &str) -> usize {
    let file = PathBuf::from(database.url().strip_prefix("sqlite:").unwrap());
    let log = PathBuf::from(format!("{}-wal", file.display()));
    [file, log].iter().filter_map(|file| std::fs::read(file).ok()).fold(0, |copies, octets| {
        copies + octets.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
    })
}

// SECURITY.md, requirement 78
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_its_time_no_copy_of_an_address_is_left_in_the_files() {
    let app = TestApp::start_with(Database::sqlite(), &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    for number in 0..40 {
        app.ask(&mut app.browser(), &format!("walrus-4711{number}@example.org")).await;
    }
    app.deliver().await;
    assert!(copies(&app.database, "walrus-4711") > 40);
    app.clock.advance(Duration::from_secs(400 * 24 * 60 * 60));
    app.application.worker().purge().await;
    assert_eq!(copies(&app.database, "walrus-4711"), 0);
    app.finish().await;
}

// A file that an older Keyback has written
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_after_an_upgrade_removes_what_was_deleted_before() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails");
    program.succeed(&["migrate"]).await;
    database.change("PRAGMA user_version = 0").await;
    database.change("CREATE TABLE filler (text TEXT)").await;
    for number in 0..200 {
        database.change(&format!("INSERT INTO filler (text) VALUES ('walrus-4711{number}@example.org')")).await;
    }
    database.change("DROP TABLE filler").await;
    assert!(copies(&database, "walrus-4711") > 0);
    program.succeed(&["migrate"]).await;
    assert_eq!(copies(&database, "walrus-4711"), 0);
    assert_eq!(database.number("PRAGMA user_version").await, 1);
    program.succeed(&["accounts", "add", "--email", "known@example.org", "--no-password"]).await;
}
