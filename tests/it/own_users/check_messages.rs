//! The likeliest mistakes: `keyback check` fails, and its sentence names the fix.

use super::check::{program, without_directory};
use super::{AppDatabase, OLD_HASH, on_app_databases};
use crate::support::{Database, Finished, Program};

const ARGON2ID: &str =
    "$argon2id$v=19$m=65536,t=4,p=1$Z0Y4eTZXL2NPVGlaaU1YUQ$w10jLLpjXk75UoNxcFYGGTgISVmNOtBgmy4F755cB4Q";

async fn fails(program: &Program, arguments: &[&str], expected: &[&str]) -> Finished {
    let finished = program.run(arguments).await;
    assert_eq!(finished.code, 2, "{}{}", finished.stdout, finished.stderr);
    assert!(!finished.stdout.contains("directory: ok"), "{}", finished.stdout);
    for text in expected {
        assert!(finished.stderr.contains(text), "{text}\nis not in\n{}", finished.stderr);
    }
    finished
}

/// The same, for what is found after everything else was said.
async fn fails_in_the_end(program: &Program, arguments: &[&str], expected: &[&str]) {
    let finished = program.run(arguments).await;
    assert_eq!(finished.code, 2, "{}{}", finished.stdout, finished.stderr);
    for text in expected {
        assert!(finished.stderr.contains(text), "{text}\nis not in\n{}", finished.stderr);
    }
}

/// The app's URL as another user.
fn url_as(app: &AppDatabase, user: &str, password: &str) -> String {
    let mut url = url::Url::parse(&app.url()).unwrap();
    url.set_username(user).unwrap();
    url.set_password(Some(password)).unwrap();
    url.to_string()
}

fn url_with(app: &AppDatabase, change: impl FnOnce(&mut url::Url)) -> String {
    let mut url = url::Url::parse(&app.url()).unwrap();
    change(&mut url);
    url.to_string()
}

#[on_app_databases]
async fn a_database_that_cannot_be_opened_is_told_with_its_reason(app: AppDatabase) {
    let ours = Database::sqlite();
    if matches!(app, AppDatabase::Sqlite(_)) {
        let url = [("DIRECTORY__URL", "sqlite:/nowhere/app.db")];
        fails(&program(&app, &ours, &url), &["check"], &["directory.url: could not open the file /nowhere/app.db"])
            .await;
        return;
    }
    let stranger = url_as(&app, "stranger", "hunter2");
    let refused = ["directory.url: the server refused user \"stranger\": password or host is wrong (", "@ is %40"];
    let finished = fails(&program(&app, &ours, &[("DIRECTORY__URL", &stranger)]), &["check"], &refused).await;
    assert!(!finished.stderr.contains("hunter2"));

    let elsewhere = url_with(&app, |url| url.set_path("/no_such_database"));
    let expected = ["directory.url: there is no database \"no_such_database\""];
    fails(&program(&app, &ours, &[("DIRECTORY__URL", &elsewhere)]), &["check"], &expected).await;

    let closed = url_with(&app, |url| url.set_port(Some(1)).unwrap());
    let expected = ["directory.url: could not connect to 127.0.0.1:1/", "Check host and port"];
    fails(&program(&app, &ours, &[("DIRECTORY__URL", &closed)]), &["check"], &expected).await;
    app.remove().await;
}

#[on_app_databases]
async fn a_missing_table_is_told_with_those_that_are_there(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    let wrong = [("DIRECTORY__TABLE", "member")];
    let expected = [
        "directory.table: there is no table \"member\" in ",
        "It has: members, ",
        ". Set directory.table, for WordPress directory.table_prefix",
    ];
    fails(&program(&app, &ours, &wrong), &["check"], &expected).await;
    let wrong = [("DIRECTORY__FROM", "members JOIN mailboxes m ON m.member = members.id")];
    fails(&program(&app, &ours, &wrong), &["check"], &["directory.from: there is no table \"mailboxes\" in "]).await;
    let wrong = [("DIRECTORY__THEN", "DELETE FROM sessions WHERE member_id = :id")];
    let expected = ["directory.then: there is no table \"sessions\" in ", "leave the statement out"];
    fails(&program(&app, &ours, &wrong), &["check"], &expected).await;
    app.remove().await;
}

#[on_app_databases]
async fn a_missing_column_is_told_with_those_that_are_near(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    let wrong = [("DIRECTORY__USERNAME", "loginname")];
    let expected =
        ["directory.username: \"members\" has no column \"loginname\"; near it: login. Set directory.username"];
    fails(&program(&app, &ours, &wrong), &["check"], &expected).await;
    let wrong = [("DIRECTORY__ALSO_SET", "remember_tokens = :random")];
    let expected = ["directory.also_set: \"members\" has no column \"remember_tokens\"; near it: remember_token"];
    fails(&program(&app, &ours, &wrong), &["check"], &expected).await;
    let wrong = [("DIRECTORY__ACTIVE", "\"banned\" IS NULL")];
    fails(&program(&app, &ours, &wrong), &["check"], &["\"members\" has no column \"banned\""]).await;
    let wrong = [("DIRECTORY__FILTER", "status = ")];
    fails(&program(&app, &ours, &wrong), &["check"], &["directory.filter: status = does not work: "]).await;

    // A table of Rails with the preset of Laravel.
    app.execute(
        "CREATE TABLE users (id BIGINT NOT NULL PRIMARY KEY, email_address VARCHAR(190), password_digest VARCHAR(255))",
    )
    .await;
    let of_laravel = without_directory(&ours).with("DIRECTORY__URL", &app.url()).with("DIRECTORY__PRESET", "laravel");
    let expected = [
        "directory.email: \"users\" has no column \"email\"; near it: email_address",
        "The preset \"rails\" reads email_address: is this rails rather than laravel?",
    ];
    fails(&of_laravel, &["check"], &expected).await;
    app.remove().await;
}

#[on_app_databases]
async fn an_app_that_hashes_in_another_form_is_told_with_the_setting(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    for id in 1..=3 {
        app.add_member(id, &format!("member{id}@example.org"), Some(ARGON2ID)).await;
    }
    app.add_member(4, "member4@example.org", Some(OLD_HASH)).await;
    let expected = [
        "directory.hash: new passwords would be bcrypt $2y$, but 3 of the newest 4 rows are argon2id m=65536,t=4,p=1",
        "Set directory.hash = \"argon2id\" and directory.hash_options = [\"memory=65536\", \"passes=4\", \"lanes=1\"]",
    ];
    fails_in_the_end(&program(&app, &ours, &[]), &["check"], &expected).await;
    let fixed = [("DIRECTORY__HASH", "argon2id"), ("DIRECTORY__HASH_OPTIONS", "memory=65536\npasses=4\nlanes=1")];
    program(&app, &ours, &fixed).succeed(&["check"]).await;
    app.remove().await;
}

#[on_app_databases]
async fn a_column_that_is_too_short_is_told_before_the_first_reset(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    app.add_member(7, "jane@example.org", None).await;
    let argon2id = [("DIRECTORY__HASH", "argon2id"), ("DIRECTORY__HASH_OPTIONS", "")];
    if matches!(app, AppDatabase::Sqlite(_)) {
        program(&app, &ours, &argon2id).succeed(&["check"]).await;
    } else {
        let change = match &app {
            AppDatabase::MySql { .. } => "ALTER TABLE members MODIFY pw VARCHAR(60)",
            _ => "ALTER TABLE members ALTER COLUMN pw TYPE VARCHAR(60)",
        };
        app.execute(change).await;
        let expected = ["directory.hash: members.pw holds 60 characters, the hash has 97."];
        fails(&program(&app, &ours, &argon2id), &["check"], &expected).await;
    }
    app.remove().await;
}

#[on_app_databases]
async fn a_trigger_that_hashes_again_is_found_by_a_rehearsal(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let statements: &[&str] = match &app {
        AppDatabase::Sqlite(_) => &["CREATE TRIGGER encrypt_pass AFTER UPDATE OF pw ON members BEGIN \
             UPDATE members SET pw = 'again ' || NEW.pw WHERE id = NEW.id; END"],
        AppDatabase::MySql { .. } => &["CREATE TRIGGER encrypt_pass BEFORE UPDATE ON members FOR EACH ROW \
             SET NEW.pw = concat('again ', NEW.pw)"],
        _ => &[
            "CREATE FUNCTION encrypt_pass() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN NEW.pw = ''again '' || NEW.pw; RETURN NEW; END'",
            "CREATE TRIGGER encrypt_pass BEFORE UPDATE ON members FOR EACH ROW EXECUTE FUNCTION encrypt_pass()",
        ],
    };
    for statement in statements {
        app.execute_raw(statement).await;
    }
    let arguments = ["check", "--user", "jane@example.org", "--rehearse"];
    let expected = [
        "directory: what was written was not what is there afterwards: a trigger (encrypt_pass) changes members.pw itself",
        "set directory.hash = \"plain\"",
    ];
    fails_in_the_end(&program(&app, &ours, &[]), &arguments, &expected).await;
    assert_eq!(app.password(7).await.as_deref(), Some(OLD_HASH));
    let plain = [("DIRECTORY__HASH", "plain"), ("DIRECTORY__HASH_OPTIONS", "")];
    program(&app, &ours, &plain).succeed(&arguments).await;
    assert_eq!(app.password(7).await.as_deref(), Some(OLD_HASH));
    app.remove().await;
}

#[on_app_databases]
async fn somebody_who_would_get_no_message_is_told_why(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    app.add_member(7, "twice@example.org", Some(OLD_HASH)).await;
    app.add_member(4711, "Twice@example.org", Some(OLD_HASH)).await;
    app.add_member(9, "ldap@example.org", None).await;
    app.add_member(10, "banned@example.org", Some(OLD_HASH)).await;
    app.execute("UPDATE members SET status = 'banned', confirmed_at = NULL WHERE id = 10").await;
    let program = program(&app, &ours, &[]);
    for (user, expected) in [
        ("twice@example.org", "directory: 2 rows have the address t•••@e•••.org (ids 7, 4711). Keyback cannot choose"),
        ("ldap@example.org", "directory: id 9 has no password of its own"),
        ("nobody@example.org", "directory: no row has the address n•••@e•••.org."),
    ] {
        fails_in_the_end(&program, &["check", "--user", user], &[expected]).await;
    }
    let told = program.succeed(&["check", "--user", "banned@example.org"]).await;
    assert!(told.contains("not verified: gets no message there, not active: gets no message"), "{told}");
    app.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_written_is_told() {
    let ours = Database::sqlite();
    let app = AppDatabase::sqlite();
    app.create().await;
    let path = app.url().replace("sqlite:", "");
    let mut octets = std::fs::read(&path).unwrap();
    // A version of the format that may be read but not written (https://sqlite.org/fileformat2.html, 1.3.3).
    octets[18] = 3;
    std::fs::write(&path, octets).unwrap();
    let expected =
        ["directory: the SQLite file ", "app.db is not writable by uid ", "or its folder is not (the journal)"];
    fails(&program(&app, &ours, &[]), &["check"], &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn a_connection_that_cannot_write_is_told() {
    let ours = Database::sqlite();
    let app = AppDatabase::postgres().await;
    app.create().await;
    let url = format!("{}&options[default_transaction_read_only]=on", app.url());
    let expected = ["directory: the connection is read-only: remove default_transaction_read_only"];
    fails(&program(&app, &ours, &[("DIRECTORY__URL", &url)]), &["check"], &expected).await;
    app.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(mysql), ignore = "TEST_MYSQL_URL is not set")]
async fn a_table_that_cannot_roll_back_is_told_and_not_rehearsed_on() {
    let ours = Database::sqlite();
    let app = AppDatabase::mysql().await;
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    app.execute("ALTER TABLE web_sessions ENGINE = MyISAM").await;
    let program = program(&app, &ours, &[]);
    let told = program.succeed(&["check"]).await;
    assert!(told.contains("web_sessions is a table of the engine MyISAM, which cannot roll back"), "{told}");
    let arguments = ["check", "--user", "jane@example.org", "--rehearse"];
    fails_in_the_end(&program, &arguments, &["directory: nothing was tried: web_sessions"]).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM web_sessions").await, 2);
    assert_eq!(app.password(7).await.as_deref(), Some(OLD_HASH));
    app.remove().await;
}
