//! The settings from outside (SECURITY.md, requirement 79): an invalid setting stops the start, with one message that
//! names the key, the value (unless it is secret) and the fix.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keyback::config::{Config, ConfigError, Environment, MailUrl};
use keyback::model::ServerKey;
use reqwest::StatusCode;

use crate::support::{Browser, Database, Finished, Program};

/// With this the rest may be absent.
const NEEDED: &str = "[server]\npublic_url = \"https://reset.example.org\"\n\
    [mail]\nurl = \"file:mails\"\nfrom = \"no-reply@example.org\"\n";

/// The one message of a start that was refused.
fn message(finished: &Finished) -> String {
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{}", finished.stderr);
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    finished.stderr.strip_prefix("keyback: ").expect("our own message").trim_end().to_owned()
}

fn load(folder: &Path, file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let path = folder.join("keyback.toml");
    std::fs::write(&path, file).unwrap();
    let mut variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| (format!("KEYBACK_{name}"), (*value).to_owned())).collect();
    let database = format!("sqlite:{}", folder.join("keyback.db").display());
    variables.entry("KEYBACK_DATABASE__URL".into()).or_insert(database);
    Config::load(Some(&path), &Environment::from(variables))
}

// SECURITY.md, requirement 79
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_stops_the_start_with_one_message() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails");
    let mut messages = Vec::new();
    for (name, value) in [
        ("SERVER__PUBLIC_URL", ""),
        ("MAIL__URL", ""),
        ("MAIL__FROM", ""),
        ("SERVER__PUBLIC_URL", "http://reset.example.org"),
        ("SERVER__PUBLIC_URL", "https://reset.example.org/path"),
        ("SERVER__PUBLIC_URL", "https://*.example.org"),
        ("SERVER__LISTEN", "3000"),
        ("SERVER__TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
        ("DATABASE__MAX_CONNECTIONS", "0"),
        ("RESET__LINK_TTL", "25h"),
        ("RESET__CODE_TTL", "11m"),
        ("RESET__MAX_CODE_ATTEMPTS", "6"),
        ("REDIRECTS__ALLOWED", "https://*.example.org/auth"),
        ("REDIRECTS__ALLOWED", "https://app.example.org/auth,http://app.example.org/auth"),
        ("REDIRECTS__DEFAULT", "https://user@app.example.org/auth"),
        ("REDIRECTS__RETURN_TO", "javascript:alert(1)"),
        ("PASSWORD__POLICY", "strict"),
        ("PASSWORD__MIN_LENGTH", "7"),
        ("PAGES__LOCALES", "en,fr"),
        ("PAGES__ACCENT", "blue"),
        ("PAGES__LOGO", "/nowhere/logo.svg"),
        ("PAGES__FRAME_ANCESTORS", "*"),
        ("API__NATIVE", "yes"),
        ("SERVER__PUBLICURL", "https://reset.example.org"),
        ("DATABASE_URL", "sqlite:keyback.db"),
        ("SERVER__LOCALES", "en"),
        ("COLOUR", "blue"),
    ] {
        messages.push(message(&program.clone().with(name, value).run(&["serve"]).await));
    }
    let nist = program.clone().with("PASSWORD__POLICY", "nist").with("PASSWORD__MIN_LENGTH", "8");
    messages.push(message(&nist.run(&["serve"]).await));
    insta::assert_snapshot!("messages", messages.join("\n"));
}

// SECURITY.md, requirement 79: a secret's value is in no message
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_cannot_be_is_refused_and_not_shown() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails");
    let one_octet = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    let mut messages = Vec::new();
    for (name, value) in [
        ("SERVER__SECRET_KEY", one_octet),
        ("SERVER__SECRET_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("SERVER__SECRET_KEY", "hunter2"),
        ("DATABASE__URL", "mysql://user:hunter2@db.example.org/keyback"),
        ("DATABASE__URL", "sqlite::memory:"),
        ("DATABASE__URL", "postgres://user:hunter2@db.example.org/keyback"),
        ("MAIL__URL", "smtp://mail.example.org:25?tls=none"),
        ("MAIL__URL", "smtp://user:hunter2@mail.example.org?tls=opportunistic"),
        ("MAIL__URL", "smtps://user:hunter2@mail.example.org?tls=none"),
        ("MAIL__URL", "smtp://user@mail.example.org"),
        ("MAIL__URL", "https://user:hunter2@mail.example.org"),
        ("MAIL__URL", "file:"),
        ("SERVER__SECRET_KEY_FILE", "/nowhere/key"),
    ] {
        let message = message(&program.clone().with(name, value).run(&["check"]).await);
        assert!(!message.contains("hunter2") && !message.contains(one_octet) && !message.contains("mail.example.org"));
        messages.push(message);
    }
    insta::assert_snapshot!("secrets", messages.join("\n"));
}

/// An account with Twilio, whole.
const TWILIO: [(&str, &str); 5] = [
    ("SMS__PROVIDER", "twilio"),
    ("SMS__TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    ("SMS__TWILIO_AUTH_TOKEN", "hunter2"),
    ("SMS__FROM", "+12025550199"),
    ("SMS__ALLOWED_COUNTRIES", "US,DE"),
];

// SECURITY.md, requirements 35 and 79: no provider without countries, nothing half set, no secret shown
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_messages_need_all_that_their_provider_needs_and_nothing_of_another() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails");
    let twilio = TWILIO.iter().fold(program.clone(), |program, (name, value)| program.with(name, value));
    let gateway = [
        ("SMS__PROVIDER", "http"),
        ("SMS__ALLOWED_COUNTRIES", "US"),
        ("SMS__HTTP_URL", "https://sms.example.org/texts"),
        ("SMS__HTTP_BODY", "{\"to\": {{ to }}, \"text\": {{ text }}}"),
        ("SMS__HTTP_SECRET", "whsec_a2V5YmFjay1rZXliYWNrLWtleWJhY2sta2V5YmFjay0="),
    ];
    let gateway = gateway.iter().fold(program.clone(), |program, (name, value)| program.with(name, value));
    let mut messages = Vec::new();
    for (base, name, value) in [
        (&program, "SMS__PROVIDER", "nexmo"),
        (&program, "SMS__TWILIO_AUTH_TOKEN", "hunter2"),
        (&program, "SMS__DEFAULT_COUNTRY", "US"),
        (&program, "RESET__CHANNELS", "email,sms"),
        (&program, "RESET__CHANNELS", "email,pigeon"),
        (&program, "RESET__USERNAME_DELIVERY", "sms,email"),
        (&program, "RESET__USERNAME_DELIVERY", "phone"),
        (&program, "SMS__PROVIDER", "vonage"),
        (&program, "SMS__PROVIDER", "sns"),
        (&program, "SMS__PROVIDER", "http"),
        (&program, "SMS__PROVIDER", "file"),
        (&twilio, "SMS__TWILIO_AUTH_TOKEN", ""),
        (&twilio, "SMS__TWILIO_AUTH_TOKEN", "hunter2 "),
        (&twilio, "SMS__TWILIO_AUTH_TOKEN", "hunter2 hunter2"),
        (&twilio, "SMS__TWILIO_ACCOUNT_SID", "AC/../Accounts"),
        (&twilio, "SMS__FROM", ""),
        (&twilio, "SMS__FROM", "Our whole company"),
        (&twilio, "SMS__ALLOWED_COUNTRIES", ""),
        (&twilio, "SMS__ALLOWED_COUNTRIES", "US,Germany"),
        (&twilio, "SMS__DEFAULT_COUNTRY", "FR"),
        (&twilio, "SMS__DEFAULT_COUNTRY", "49"),
        (&twilio, "SMS__VONAGE_API_SECRET", "hunter2"),
        (&twilio, "SMS__PROVIDER", "none"),
        (&twilio, "SMS__API_URL", "http://api.twilio.com"),
        (&twilio, "SMS__API_URL", "https://hunter2@api.twilio.com"),
        (&twilio, "SMS__DAILY_BUDGET", "0"),
        (&twilio, "SMS__BLOCK_PER_HOUR", "1001"),
        (&twilio, "SMS__CALLER_PER_HOUR", "many"),
        (&gateway, "SMS__HTTP_URL", "http://sms.example.org"),
        (&gateway, "SMS__HTTP_BODY", "{\"to\": \"{{ to }}\", \"text\": \"{{ text }}\"}"),
        (&gateway, "SMS__HTTP_BODY", "{\"to\": {{ to }}, \"text\": {{ message }}}"),
        (&gateway, "SMS__HTTP_BODY", "{\"to\": {{ to }}}"),
        (&gateway, "SMS__HTTP_CONTENT_TYPE", "application/x-www-form-urlencoded"),
        (&gateway, "SMS__HTTP_CONTENT_TYPE", "json"),
        (&gateway, "SMS__HTTP_SECRET", "hunter2"),
        (&gateway, "SMS__HTTP_SECRET", "whsec_c2hvcnQ="),
        (&gateway, "SMS__API_URL", "https://sms.example.org"),
    ] {
        let finished = base.clone().with(name, value).run(&["check"]).await;
        // Blanks around a value are no part of it: this one is well.
        if value == "hunter2 " {
            assert!(finished.stdout.contains("sms: configured (Twilio)"), "{finished:?}");
            continue;
        }
        let message = message(&finished);
        assert!(!message.contains("hunter2") || value.starts_with("https"), "{message}");
        messages.push(message);
    }
    insta::assert_snapshot!("text_messages", messages.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_read_is_told_by_name_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyback.toml");
    let name = path.display().to_string();
    let program = Program::bare().inside(folder.path());
    let mut messages = vec![message(&program.run(&["check", "--config", &name]).await)];
    for file in [
        "[server\nsecret_key = \"hunter2\"",
        "[server]\nsecret_key = hunter2",
        "[mail]\nurl = \"file:mails\"\nurl = \"hunter2\"",
        "[server]\nlisten = [\"127.0.0.1:3000\"]",
        "[server]\nsecret_key_file = 7",
        "[pages]\nlocales = [7.5]",
        "[server]\npublic-url = \"https://reset.example.org\"",
        "[sever]\nlisten = \"127.0.0.1:3000\"",
        "product_name = \"Example\"",
    ] {
        // What is unknown is told when all else is well.
        let all =
            if file.contains("secret") || file.contains("url = \"file") { file.to_owned() } else { all_with(file) };
        std::fs::write(&path, all).unwrap();
        messages.push(message(&program.clone().with("CONFIG", &name).run(&["check"]).await));
    }
    let messages = messages.join("\n").replace(&folder.path().display().to_string(), "…");
    assert!(!messages.contains("hunter2"), "{messages}");
    insta::assert_snapshot!("files", messages);
}

/// The needed settings and these.
fn all_with(file: &str) -> String {
    match file.strip_prefix("[server]\n") {
        Some(rest) => NEEDED.replace("[server]\n", &format!("[server]\n{rest}\n")),
        None if file.starts_with('[') => format!("{NEEDED}{file}\n"),
        None => format!("{file}\n{NEEDED}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variable_that_is_not_utf_8_stops_the_start_with_its_name_and_without_its_value() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails");
    for (name, value, shown) in [
        (&b"KEYBACK_SERVER__SECRET_KEY"[..], &b"hunter2\xff"[..], "KEYBACK_SERVER__SECRET_KEY"),
        (b"KEYBACK_PAGES__PRODUCT_NAME", b"Caf\xe9", "KEYBACK_PAGES__PRODUCT_NAME"),
        (b"KEYBACK_MAIL__URL\xff", b"file:mails", "KEYBACK_MAIL__URL\u{fffd}"),
    ] {
        let message = message(&program.clone().with_octets(name, value).run(&["check"]).await);
        assert!(message.contains(&format!("{shown} is not UTF-8")), "{message}");
        assert!(!message.contains("hunter2") && !message.contains("Caf"), "{message}");
    }
    let finished = Program::bare().with_octets(b"KEYBACK_API_KEY", b"kb-\xff").run(&["mcp"]).await;
    assert!(message(&finished).contains("KEYBACK_API_KEY is not UTF-8"), "{}", finished.stderr);
    let other = program.with_octets(b"LANG", b"\xff").run(&["migrate"]).await;
    assert_eq!(other.code, 0, "somebody else's variable does no harm: {}", other.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keyback.toml"), NEEDED).unwrap();
    let program = Program::bare().inside(folder.path()).with("SERVER__LISTEN", "127.0.0.1:0");
    let serving = program.serve_by(&["serve", "--config", "keyback.toml"]).await;
    assert!(serving.printed[0].ends_with(" for https://reset.example.org"), "{:?}", serving.printed);
    serving.stop().await;
    let program = program.with("SERVER__PUBLIC_URL", "https://other.example.org").with("CONFIG", "keyback.toml");
    let serving = program.serve().await;
    assert!(serving.printed[0].ends_with(" for https://other.example.org"), "{:?}", serving.printed);
    serving.stop().await;
    assert!(folder.path().join("keyback.db").is_file(), "the default database is in the working directory");
}

#[test]
fn lists_are_arrays_in_the_file_and_parted_by_commas_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!(
        "{NEEDED}[redirects]\nallowed = [\"https://a.example.org/x\", \"https://b.example.org/y\"]\n[pages]\nlocales = [\"de\"]\n"
    );
    for (variables, known, unknown) in [
        ([].as_slice(), "https://b.example.org/y", "https://c.example.org/z"),
        (
            &[("REDIRECTS__ALLOWED", " https://c.example.org/z , https://a.example.org/x,")],
            "https://c.example.org/z",
            "https://b.example.org/y",
        ),
    ] {
        let config = load(folder.path(), &file, variables).unwrap();
        assert!(config.redirects.find(known).is_ok() && config.redirects.find("https://a.example.org/x").is_ok());
        assert!(config.redirects.find(unknown).is_err());
        assert_eq!(config.pages.locales.len(), 1);
    }
    let none = load(folder.path(), NEEDED, &[("PAGES__LOCALES", ",")]).unwrap_err().to_string();
    assert!(none.starts_with("pages.locales = \",\": name at least one language"), "{none}");
}

// SECURITY.md, requirement 79: secrets from files, as orchestrators mount them
#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (ServerKey::random().unwrap().to_base64(), ServerKey::random().unwrap().to_base64());
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("first"), format!("{}\n", first.as_str())).unwrap();
    std::fs::write(path("second"), second.as_str()).unwrap();
    std::fs::write(path("mail"), "smtp://user:hunter2@mail.example.org\n").unwrap();

    let in_table = NEEDED
        .replace("[mail]\n", &format!("secret_key_file = \"{}\"\n[mail]\n", path("first")))
        .replace("url = \"file:mails\"", &format!("url_file = \"{}\"", path("mail")));
    let config = load(folder.path(), &in_table, &[]).unwrap();
    assert_eq!(config.server.secret_key.to_base64(), first);
    assert!(
        matches!(&config.mail.url, MailUrl::Smtp { credentials: Some((_, password)), .. } if **password == "hunter2")
    );
    assert!(!format!("{config:?}").contains("hunter2") && !format!("{config:?}").contains(first.as_str()));

    let config = load(folder.path(), &in_table, &[("SERVER__SECRET_KEY_FILE", &path("second"))]).unwrap();
    assert_eq!(config.server.secret_key.to_base64(), second);
    let not_a_secret = load(folder.path(), NEEDED, &[("SERVER__LISTEN_FILE", &path("first"))]).unwrap_err();
    assert!(not_a_secret.to_string().starts_with("KEYBACK_SERVER__LISTEN_FILE is no setting"), "{not_a_secret}");
}

// SECURITY.md, requirement 79: no default secret
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_secret_key_is_made_beside_the_database_once_and_for_its_owner_alone() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:mails").inside(tempfile::tempdir().unwrap().path().parent().unwrap());
    let Database::Sqlite(folder) = &database else { unreachable!("it is SQLite") };
    let path = folder.path().join("keyback.db.key");
    let program = program.with("MAIL__URL", &format!("file:{}", folder.path().join("mails").display()));
    assert_eq!(
        program.succeed(&["check"]).await,
        "configuration: ok\ndatabase: ok\nmail: ok\nsms: off\nwebhooks: off\n"
    );
    let made = std::fs::read_to_string(&path).unwrap();
    assert!(ServerKey::parse(&made).is_ok());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    program.serve().await.stop().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), made, "the next start takes the same");

    for damaged in ["", "hunter2\n", &made[..20], "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="] {
        std::fs::write(&path, damaged).unwrap();
        let message = message(&program.run(&["serve"]).await);
        assert!(message.starts_with(&format!("{}: it ", path.display())), "{message}");
        assert!(damaged.is_empty() || !message.contains(damaged.trim()), "{message}");
    }
    let other = Database::sqlite();
    program.clone().with("DATABASE__URL", &other.url()).succeed(&["check"]).await;
    let Database::Sqlite(other) = &other else { unreachable!("it is SQLite") };
    assert_ne!(std::fs::read_to_string(other.path().join("keyback.db.key")).unwrap(), made);
}

// DESIGN.md §7: the demo's pages are the demo's
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serve_has_none_of_the_pages_of_the_demo() {
    let database = Database::sqlite();
    let Database::Sqlite(folder) = &database else { unreachable!("it is SQLite") };
    let program = Program::new(&database, &format!("file:{}", folder.path().join("mails").display()));
    let serving = program.serve().await;
    for path in ["/dev", "/dev/inbox", "/dev/inbox/1", "/dev/sign-in", "/dev/sign-out"] {
        assert_eq!(serving.browser().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        let answer = serving.browser().post(path, &[("identifier", "jane@example.com")]).await;
        assert!(matches!(answer.status.as_u16(), 404 | 405), "{path}: {}", answer.status);
    }
    serving.stop().await;
    assert!(program.succeed(&["accounts", "list"]).await.is_empty(), "no account that nobody added");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_says_where_to_look_and_answers_there() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let origin = format!("http://localhost:{port}");
    let serving = Program::bare().serve_by(&["demo", "--port", &port.to_string()]).await;
    assert_eq!(
        serving.printed[..3],
        [
            format!(
                "Request a reset:       {origin}/forgot-password  (as jane@example.com, amir@example.com, nora@example.com, +12025550123, amir)"
            ),
            format!("Read the messages:     {origin}/dev/inbox"),
            format!("Try the new password:  {origin}/dev/sign-in"),
        ]
    );
    let mut browser = Browser::new(&serving.base, &origin);
    for path in ["/forgot-password", "/dev/inbox", "/dev/sign-in"] {
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path}");
    }
    // A browser without Fetch Metadata: it says where the form comes from, as far as the page lets it.
    assert_eq!(browser.get("/dev/sign-in").await.header("referrer-policy"), Some("same-origin"));
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
    let credentials = b"email=jane%40example.com&password=walnut-river-lantern".to_vec();
    let signed_in = browser.send(reqwest::Method::POST, "/dev/sign-in", &form, Some(credentials)).await;
    assert_eq!(signed_in.location(), "/dev/sign-in");
    serving.stop().await;
}
