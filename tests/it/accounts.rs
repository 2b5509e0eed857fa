//! `keyback accounts` and `keyback keys` from outside: the real program with a real database.

use std::path::{Path, PathBuf};

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Database, OLD_PASSWORD, Program, Serving, on_both_databases};

/// Of `OLD_PASSWORD`, made by Python's hashlib, by crypt(3) and, the last, by Django's recipe.
const HASHES: [(&str, &str); 5] = [
    ("scrypt", "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$ctVeTErlSVv0SvQqbUZTssnjRG94AsYEwkI7p5Mc53w"),
    ("pbkdf2-sha256", "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$5+5m3BLgiNjGrz/krg3tmcWRx4CJjm5n4p91sKnMTyo"),
    (
        "pbkdf2-sha512",
        "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$\
         opxn5YHWaDrfJRaCtjAI1axpUJr0AyQ8KUaTkdPXrUL20ptba+VqAeaaTi2TEezilkt9otptYwHpzi7Sofz5+w",
    ),
    ("bcrypt", "$2b$05$abcdefghijklmnopqrstuuK9EL1W2iE1caVbZ6tVGlsteY8Uxrz1a"),
    ("django", "pbkdf2_sha256$1000$seasalt$Mu1QpEvIEL3FL2ZPULjsABYjZqe6RAQRJCRPqwwy1vg="),
];

/// Of `password`, made by the argon2 reference tool, with other parameters than ours.
const ARGON2: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

/// How our own hashes begin (SECURITY.md, requirement 42).
const OURS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

fn program(database: &Database) -> Program {
    Program::new(database, "smtp://localhost:1?tls=none")
}

fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// The lines of a `--json` answer.
fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn sign_in(serving: &Serving, key: &str, name: (&str, &str), password: &str) -> StatusCode {
    let headers = [("authorization", &*format!("Bearer {key}")), ("content-type", "application/json")];
    let body = serde_json::json!({ name.0: name.1, "password": password }).to_string();
    let path = "/api/v1/accounts/authenticate";
    serving.browser().send(Method::POST, path, &headers, Some(body.into_bytes())).await.status
}

#[on_both_databases]
async fn bad_rows_are_told_by_line_and_the_good_ones_are_accounts(database: Database) {
    let (program, folder) = (program(&database), tempfile::tempdir().unwrap());
    let csv = file(
        folder.path(),
        "people.csv",
        b"\xef\xbb\xbfemail,email_verified,username,phone\r\n\
            a@example.org,true,a,+12025550123\r\n\
            not an address,true,b,\r\n\
            c@example.org,maybe,c,\r\n\
            \xff@example.org,true,d,\r\n\
            e@example.org,true\r\n\
            ,,,\r\n\
            A@EXAMPLE.org,true,g,\r\n\
            h@example.org,no,A,\r\n\
            i@example.org,yes,i,+12025550123\r\n\
            j@example.org,1,j,+12025550199\r\n",
    );
    let name = csv.display().to_string();
    let finished = program.run(&["accounts", "import", &name]).await;
    assert_eq!((finished.code, finished.stdout.as_str()), (1, "2 accounts added, 8 rows refused.\n"));
    insta::assert_snapshot!("csv", finished.stderr.replace(&name, "people.csv"));

    // The fixed rows again, and those that are already there.
    let jsonl = file(
        folder.path(),
        "mended.jsonl",
        b"{\"email\":\"b@example.org\",\"email_verified\":true}\n\
            \n\
            {\"email\":\"j@example.org\"}\n\
            {\"username\":\"J\"}\n\
            {\"email\":[\"c@example.org\"]}\n\
            {\"email\":\"c@example.org\",\"email\":\"d@example.org\"}\n\
            {\"emial\":\"c@example.org\"}\n\
            {\"email\":\"c@example.org\",\"password_hash\":\"md5:5f4dcc3b5aa765d61d8327deb882cf99\"}\n\
            {\"email\":\"c@example.org\",\"disabled\":true,\"mfa_required\":true}\n\
            {\"username\":\"k\"",
    );
    let name = jsonl.display().to_string();
    let finished = program.run(&["accounts", "import", &name]).await;
    assert_eq!((finished.code, finished.stdout.as_str()), (1, "2 accounts added, 7 rows refused.\n"));
    insta::assert_snapshot!("json_lines", finished.stderr.replace(&name, "mended.jsonl"));

    let accounts = json_lines(&program.succeed(&["accounts", "list", "--json"]).await);
    let mut emails: Vec<_> = accounts.iter().map(|account| account["email"].as_str().unwrap()).collect();
    emails.sort_unstable();
    assert_eq!(emails, ["a@example.org", "b@example.org", "c@example.org", "j@example.org"]);
    let there_already = program.run(&["accounts", "import", &csv.display().to_string()]).await;
    assert_eq!((there_already.code, there_already.stdout.as_str()), (1, "0 accounts added, 10 rows refused.\n"));
    database.remove().await;
}

#[on_both_databases]
async fn two_thousand_rows_are_imported_without_a_mark_of_the_progress_bar(database: Database) {
    let (program, folder) = (program(&database), tempfile::tempdir().unwrap());
    let rows: String = (0..2000).map(|number| format!("person{number}@example.org,true,person{number}\n")).collect();
    let rows = format!("email,email_verified,username\n{rows}");
    let path = file(folder.path(), "people", rows.as_bytes()).display().to_string();
    let finished = program.run(&["accounts", "import", "--format", "csv", &path]).await;
    assert_eq!((finished.code, finished.stdout.as_str()), (0, "2000 accounts added, 0 rows refused.\n"));
    assert_eq!(finished.stderr, "", "no bar where there is no terminal");
    assert_eq!(database.number("SELECT COUNT(*) FROM accounts WHERE email_verified_at IS NOT NULL").await, 2000);
    assert_eq!(json_lines(&program.succeed(&["accounts", "list", "--json"]).await).len(), 2000);
    database.remove().await;
}

// SECURITY.md, requirement 42
#[on_both_databases]
async fn hashes_of_other_systems_are_verified_and_upgraded_at_the_first_sign_in(database: Database) {
    let (program, folder) = (program(&database), tempfile::tempdir().unwrap());
    let people = HASHES.iter().map(|(name, hash)| (*name, *hash, OLD_PASSWORD)).chain([("argon2", ARGON2, "password")]);
    let people: Vec<_> = people.collect();
    let rows: String = people
        .iter()
        .map(|(name, hash, _)| serde_json::json!({ "username": name, "password_hash": hash }).to_string() + "\n")
        .collect();
    let path = file(folder.path(), "people.jsonl", rows.as_bytes()).display().to_string();
    assert_eq!(program.succeed(&["accounts", "import", &path]).await, "6 accounts added, 0 rows refused.\n");

    let serving = program.serve().await;
    let key = program.succeed(&["keys", "create", "tests"]).await;
    for (name, hash, password) in people {
        let stored = format!("SELECT password_hash FROM accounts WHERE username = '{name}'");
        assert_eq!(sign_in(&serving, key.trim(), ("username", name), "something else").await, StatusCode::UNAUTHORIZED);
        assert_eq!(database.texts(&stored).await, [hash], "a wrong password changes nothing");
        assert_eq!(sign_in(&serving, key.trim(), ("username", name), password).await, StatusCode::OK, "{name}");
        let upgraded = database.texts(&stored).await.remove(0);
        assert!(upgraded.starts_with(OURS), "{name}: {upgraded}");
        assert_eq!(sign_in(&serving, key.trim(), ("username", name), password).await, StatusCode::OK, "{name}");
        assert_eq!(database.texts(&stored).await, [upgraded], "{name}: once is enough");
    }
    let log = serving.log();
    assert!(!log.contains(OLD_PASSWORD) && !log.contains(key.trim()) && !log.contains(OURS));
    serving.stop().await;
    database.remove().await;
}

// SECURITY.md, requirements 22 and 79: a password is read from standard input and shown nowhere
#[on_both_databases]
async fn an_account_is_added_shown_changed_and_locked(database: Database) {
    let program = program(&database);
    let add = ["accounts", "add", "--email", "Jane@example.org", "--email-verified", "--username", "jane"];
    let added = program.run_with_input(&add, format!("{OLD_PASSWORD}\n").as_bytes()).await;
    assert_eq!(added.code, 0, "{}", added.stderr);
    let id = added.stdout.trim();
    let again = program.run_with_input(&add, OLD_PASSWORD.as_bytes()).await;
    assert_eq!((again.code, again.stderr.as_str()), (1, "keyback: the email already belongs to another account\n"));

    let shown = json_lines(&program.succeed(&["accounts", "show", "--json", "jane@EXAMPLE.org"]).await).remove(0);
    assert_eq!((&shown["id"], &shown["email"]), (&id.into(), &"Jane@example.org".into()));
    assert_eq!((&shown["email_verified"], &shown["has_password"]), (&true.into(), &true.into()));
    let told = [
        program.succeed(&["accounts", "show", "jane"]).await,
        program.succeed(&["accounts", "list"]).await,
        program.succeed(&["accounts", "list", "--json"]).await,
        shown.to_string(),
    ];
    assert!(told.iter().all(|text| !text.contains("argon2") && !text.contains(OLD_PASSWORD)), "{told:?}");
    assert_eq!(told[1], format!("{id}  Jane@example.org, jane\n"));

    let serving = program.serve().await;
    let key = program.succeed(&["keys", "create", "tests"]).await;
    let key = key.trim();
    let jane = ("username", "jane");
    assert_eq!(sign_in(&serving, key, jane, OLD_PASSWORD).await, StatusCode::OK);
    for (password, reason) in [
        ("x", "It is too short."),
        ("janejanejane", "It is made of the person's own identifiers or the name of the service."),
    ] {
        let refused = program.run_with_input(&["accounts", "set-password", "jane"], password.as_bytes()).await;
        assert_eq!((refused.code, refused.stderr), (1, format!("keyback: the password was rejected: {reason}\n")));
    }
    let weak = program.run_with_input(&["accounts", "add", "--username", "john"], b"password1").await;
    assert_eq!((weak.code, weak.stdout.as_str()), (1, ""), "{}", weak.stderr);
    let set = program.run_with_input(&["accounts", "set-password", "jane"], "m\u{e9}adow copper\r\n".as_bytes()).await;
    assert_eq!(set.code, 0, "{}", set.stderr);
    assert_eq!(sign_in(&serving, key, jane, OLD_PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&serving, key, jane, "me\u{301}adow copper").await, StatusCode::OK);

    program.succeed(&["accounts", "set-email", "jane", "new@example.org"]).await;
    let changed = json_lines(&program.succeed(&["accounts", "show", "--json", "jane"]).await).remove(0);
    assert_eq!((&changed["email"], &changed["email_verified"]), (&"new@example.org".into(), &false.into()));
    program.succeed(&["accounts", "set-email", "new@example.org", "newer@example.org", "--verified"]).await;
    assert!(program.succeed(&["accounts", "show", "jane"]).await.contains("newer@example.org (verified)"));

    program.succeed(&["accounts", "set-phone", "jane", "+1 202 555 0123"]).await;
    assert!(program.succeed(&["accounts", "show", "jane"]).await.contains("+12025550123 (not verified)"));
    program.succeed(&["accounts", "set-phone", "jane", "+12025550124", "--verified"]).await;
    assert!(program.succeed(&["accounts", "show", "+1 (202) 555-0124"]).await.contains("codes:            open"));
    program.succeed(&["accounts", "open-codes", "jane"]).await;

    program.succeed(&["accounts", "disable", "jane"]).await;
    assert_eq!(sign_in(&serving, key, jane, "m\u{e9}adow copper").await, StatusCode::UNAUTHORIZED);
    assert!(program.succeed(&["accounts", "list"]).await.ends_with("(disabled)\n"));
    program.succeed(&["accounts", "enable", "jane"]).await;
    assert_eq!(sign_in(&serving, key, jane, "m\u{e9}adow copper").await, StatusCode::OK);
    let audit = database.texts("SELECT event FROM audit WHERE actor = 'operator' ORDER BY happened_at").await;
    assert_eq!(
        audit.join(", "),
        "account.added, key.created, account.password_set, account.email_set, account.email_set, account.phone_set, \
             account.phone_set, account.codes_opened, account.disabled, account.enabled"
    );
    serving.stop().await;
    database.remove().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn a_key_is_shown_once_and_ends_at_once(database: Database) {
    let program = program(&database);
    program.run_with_input(&["accounts", "add", "--username", "jane"], OLD_PASSWORD.as_bytes()).await;
    let made = program.run(&["keys", "create", "shop", "--json", "--expires-in", "90d"]).await;
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    let made = json_lines(&made.stdout).remove(0);
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(made["expires_at"].as_i64().unwrap() - made["created_at"].as_i64().unwrap(), 90 * 24 * 3600 * 1000);
    let plain = program.run(&["keys", "create", "other"]).await;
    assert_eq!((plain.code, plain.stdout.lines().count()), (0, 1), "the key alone, for a pipe");
    assert!(!plain.stderr.contains(plain.stdout.trim()));

    let listed = program.succeed(&["keys", "list", "--json"]).await;
    let text = program.succeed(&["keys", "list"]).await;
    assert!(!listed.contains(key) && !text.contains(key) && !database.dump().await.contains(key));
    let states = |text: &str| -> Vec<_> {
        json_lines(text).iter().map(|line| (line["name"].to_string(), line["state"].to_string())).collect()
    };
    assert_eq!(states(&listed).iter().filter(|(_, state)| state == "\"in force\"").count(), 2);

    let serving = program.serve().await;
    assert_eq!(sign_in(&serving, key, ("username", "jane"), OLD_PASSWORD).await, StatusCode::OK);
    program.succeed(&["keys", "revoke", id]).await;
    assert_eq!(sign_in(&serving, key, ("username", "jane"), OLD_PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(program.run(&["keys", "revoke", id]).await.code, 2, "it is ended already");
    let listed = states(&program.succeed(&["keys", "list", "--json"]).await);
    assert!(listed.contains(&("\"shop\"".into(), "\"revoked\"".into())), "{listed:?}");
    serving.stop().await;
    database.remove().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn a_key_has_a_kind_and_scopes_and_is_exchanged_without_a_gap(database: Database) {
    let program = program(&database);
    program.run_with_input(&["accounts", "add", "--username", "jane"], OLD_PASSWORD.as_bytes()).await;
    let made = program.succeed(&["keys", "create", "shop", "--json"]).await;
    let made = json_lines(&made).remove(0);
    let (id, old) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!((&made["kind"], id.len()), (&"secret".into(), 26));
    assert_eq!(made["client_secret"].as_str().unwrap().len(), 43);
    assert_eq!(
        made["scopes"],
        serde_json::json!(["resets:request", "resets:complete", "resets:read", "accounts:authenticate"])
    );
    let page = program
        .succeed(&[
            "keys",
            "create",
            "page",
            "--kind",
            "publishable",
            "--origin",
            "https://App.example.org",
            "--redirect-url",
            "https://app.example.org/auth",
            "--json",
        ])
        .await;
    let page = json_lines(&page).remove(0);
    assert_eq!(page["scopes"], serde_json::json!(["resets:request", "resets:complete"]));
    assert_eq!(
        (&page["origins"], &page["redirect_urls"]),
        (&serde_json::json!(["https://app.example.org"]), &serde_json::json!(["https://app.example.org/auth"]))
    );
    assert!(page["client_secret"].is_null(), "everybody could read it");

    let serving = program.serve().await;
    let rotated = program.succeed(&["keys", "rotate", id, "--overlap", "1h", "--json"]).await;
    let new = json_lines(&rotated).remove(0)["key"].as_str().unwrap().to_owned();
    for key in [old, new.as_str()] {
        assert_eq!(sign_in(&serving, key, ("username", "jane"), OLD_PASSWORD).await, StatusCode::OK);
    }
    let again = program.succeed(&["keys", "rotate", id, "--overlap", "0s"]).await;
    assert_eq!(sign_in(&serving, again.trim(), ("username", "jane"), OLD_PASSWORD).await, StatusCode::OK);
    for key in [old, new.as_str()] {
        assert_eq!(sign_in(&serving, key, ("username", "jane"), OLD_PASSWORD).await, StatusCode::UNAUTHORIZED);
    }
    assert!(!database.dump().await.contains(again.trim()), "SECURITY.md, requirement 16: only its hash is stored");
    serving.stop().await;
    database.remove().await;
}

// DESIGN.md §7: exit codes that mean something. 1: it did not work; 2: it was asked for wrongly
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_done_is_told_in_one_line_with_an_exit_code() {
    let (database, folder) = (Database::sqlite(), tempfile::tempdir().unwrap());
    let program = program(&database);
    let directory = folder.path().display().to_string();
    let binary = file(folder.path(), "people.txt", b"x").display().to_string();
    for (arguments, input, code) in [
        (["accounts", "show", "nobody", "--json"].as_slice(), "", 1),
        (&["accounts", "show", "not@an address"], "", 2),
        (&["keys", "create", "page", "--kind", "publishable", "--scope", "accounts:read"], "", 2),
        (&["keys", "create", "page", "--origin", "https://*.example.org"], "", 2),
        (&["keys", "create", "page", "--scope", "everything"], "", 2),
        (&["keys", "rotate", "nobody"], "", 2),
        (&["accounts", "set-password", "nobody"], "meadow-copper-violin", 1),
        (&["accounts", "set-email", "nobody", "a@example.org"], "", 1),
        (&["accounts", "disable", "nobody@example.org"], "", 1),
        (&["accounts", "add", "--username", "jane"], "", 2),
        (&["accounts", "add", "--username", "jane"], "\n", 2),
        (&["accounts", "add", "--email", "jane"], "meadow-copper-violin", 2),
        (&["accounts", "add", "--phone", "0301234567"], "meadow-copper-violin", 2),
        (&["accounts", "import", "/nowhere/people.csv"], "", 2),
        (&["accounts", "import", &binary], "", 2),
        (&["accounts", "import", "--format", "csv", &directory], "", 1),
        (&["accounts", "import", "--format", "jsonl", &directory], "", 1),
        (&["keys", "revoke", "nothing"], "", 2),
        (&["keys", "create", "shop", "--expires-in", "soon"], "", 2),
        (&["keys", "create", "shop", "--expires-in", "0d"], "", 2),
    ] {
        let finished = program.run_with_input(arguments, input.as_bytes()).await;
        assert_eq!(finished.code, code, "{arguments:?}: {}", finished.stderr);
        assert!(!finished.stderr.is_empty() && !finished.stderr.contains("panicked"), "{arguments:?}");
        assert!(!finished.stderr.contains("meadow-copper-violin"), "{arguments:?}");
    }
    assert_eq!(database.number("SELECT COUNT(*) FROM accounts").await, 0);
}

// SECURITY.md, requirement 79: what stands on a command line, everybody on the machine can read
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_takes_a_secret_as_an_argument() {
    let program = program(&Database::sqlite());
    for arguments in [
        ["accounts", "add", "--username", "jane", "--password", OLD_PASSWORD].as_slice(),
        &["accounts", "set-password", "jane", OLD_PASSWORD],
        &["accounts", "set-password", "jane", "--password", OLD_PASSWORD],
        &["keys", "create", "shop", "--key", OLD_PASSWORD],
        &["serve", "--secret-key", OLD_PASSWORD],
    ] {
        assert_eq!(program.run(arguments).await.code, 2, "{arguments:?}");
    }
    let mut help = String::new();
    for verb in [["accounts", "add"], ["accounts", "set-password"], ["keys", "create"]] {
        help += &program.succeed(&[&verb[..], &["--help"]].concat()).await;
    }
    assert!(!help.contains("--password ") && !help.contains("--password="), "{help}");
}
