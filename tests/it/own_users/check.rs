//! `keyback check` of an app's table: the real program says what is there, and writes nothing.

use super::app_database::MAPPING;
use super::{AppDatabase, OLD_HASH, on_app_databases};
use crate::support::{Database, OLD_PASSWORD, Program};

/// The program with the accounts of that app.
pub(super) fn program(app: &AppDatabase, ours: &Database, settings: &[(&str, &str)]) -> Program {
    let program = without_directory(ours).with("DIRECTORY__URL", &app.url());
    MAPPING.iter().chain(settings).fold(program, |program, (name, value)| program.with(name, value))
}

/// The program with accounts of its own.
pub(super) fn without_directory(ours: &Database) -> Program {
    let Database::Sqlite(folder) = ours else { unreachable!("it is SQLite") };
    Program::new(ours, &format!("file:{}", folder.path().join("mails").display()))
}

/// The lines about the app's table.
pub(super) fn about_directory(stdout: &str) -> Vec<&str> {
    stdout.lines().filter(|line| line.starts_with("directory: ")).collect()
}

/// Everything that a mapping could touch.
async fn everything(app: &AppDatabase, ids: &[i64]) -> Vec<Option<String>> {
    let mut all = Vec::new();
    for id in ids {
        for column in ["email", "pw", "remember_token", "updated_at", "note"] {
            all.push(app.text(column, *id).await);
        }
    }
    all.push(Some(app.number("SELECT COUNT(*) FROM web_sessions").await.to_string()));
    all
}

#[on_app_databases]
async fn check_says_what_is_there_and_writes_nothing(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    app.add_member(8, "Twice@example.org", Some(OLD_HASH)).await;
    app.add_member(9, "twice@example.org", Some("$2y$10$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG")).await;
    app.add_member(10, "ldap@example.org", None).await;
    let before = everything(&app, &[7, 8, 9, 10]).await;

    let told = program(&app, &ours, &[]).succeed(&["check"]).await;
    let lines = about_directory(&told);
    assert!(lines[0].starts_with("directory: ok: ") && lines[0].ends_with(", preset custom"), "{told}");
    assert_eq!(
        lines[1],
        "directory: reads members (6 columns), writes members.pw, updated_at, remember_token; deletes from web_sessions"
    );
    assert_eq!(
        lines[2],
        "directory: 4 rows; 1 address belongs to more than one row: it gets no message (--duplicates lists ids)"
    );
    assert!(lines[3].starts_with("directory: look-up by email reads the whole table (4 rows): "), "{told}");
    assert_eq!(
        lines[4],
        "directory: newest 3 passwords: 2 bcrypt $2y$ cost 12, 1 bcrypt $2y$ cost 10. New ones: bcrypt $2y$ cost 4"
    );
    assert!(told.starts_with("configuration: ok\ndatabase: ok\nmail: ok\ndirectory: ") && lines.len() == 5, "{told}");

    let told = program(&app, &ours, &[]).succeed(&["check", "--duplicates"]).await;
    assert!(told.contains("directory: t•••@e•••.org: ids 8, 9\n"), "{told}");
    assert_eq!(everything(&app, &[7, 8, 9, 10]).await, before);
    app.remove().await;
}

#[on_app_databases]
async fn check_names_the_index_that_finds_an_address(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    app.execute("CREATE INDEX members_email ON members (email)").await;
    let exact = [("DIRECTORY__EMAIL_MATCH", "exact")];
    let told = program(&app, &ours, &exact).succeed(&["check"]).await;
    assert!(told.contains("directory: look-up by email uses the index members_email\n"), "{told}");
    let told = program(&app, &ours, &[]).succeed(&["check"]).await;
    assert!(told.contains("reads the whole table (1 row): "), "in lower case it is another look-up: {told}");
    let fix = match &app {
        AppDatabase::MySql { .. } => "set directory.email_match = \"collation\"",
        _ => "CREATE INDEX keyback_email ON members (lower(email))",
    };
    assert!(told.contains(fix), "{told}");
    if !matches!(app, AppDatabase::MySql { .. }) {
        app.execute(fix).await;
        let told = program(&app, &ours, &[]).succeed(&["check"]).await;
        assert!(told.contains("directory: look-up by email uses the index keyback_email\n"), "{told}");
    }
    app.remove().await;
}

#[on_app_databases]
async fn one_person_is_shown_masked_and_a_right_password_proves_the_hash(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    app.add_member(4711, "jane@example.org", Some(OLD_HASH)).await;
    let program = program(&app, &ours, &[]);
    let before = everything(&app, &[4711]).await;

    let arguments = ["check", "--user", "jane@example.org", "--password"];
    let right = program.run_with_input(&arguments, format!("{OLD_PASSWORD}\n").as_bytes()).await;
    assert_eq!(right.code, 0, "{}", right.stderr);
    let person = "directory: one person: id 4711, j•••@e•••.org, verified, active, password: bcrypt $2y$ cost 12";
    assert!(right.stdout.lines().any(|line| line == person), "{}", right.stdout);
    assert!(right.stdout.contains("the password is right: format, pepper and spelling are proven"));

    let wrong = program.run_with_input(&arguments, b"walnut-river\n").await;
    assert_eq!(wrong.code, 2, "{}", wrong.stdout);
    assert!(wrong.stderr.contains("directory: the password is not right for id 4711."), "{}", wrong.stderr);
    for finished in [&right, &wrong] {
        let all = format!("{}{}", finished.stdout, finished.stderr);
        for secret in ["jane", OLD_HASH, OLD_PASSWORD, "walnut-river"] {
            assert!(!all.contains(secret), "{secret}: {all}");
        }
    }
    assert_eq!(everything(&app, &[4711]).await, before);
    app.remove().await;
}

#[on_app_databases]
async fn a_rehearsal_says_what_a_reset_would_do_and_takes_it_back(app: AppDatabase) {
    let ours = Database::sqlite();
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let before = everything(&app, &[7]).await;
    let told = program(&app, &ours, &[]).succeed(&["check", "--user", "member7", "--rehearse"]).await;
    let line = "directory: a write was tried and rolled back: 1 row, read back as written; 2 rows of web_sessions would \
                go or change";
    assert!(told.lines().any(|found| found == line), "{told}");
    assert_eq!(everything(&app, &[7]).await, before);
    app.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_about_the_directory_need_one() {
    let ours = Database::sqlite();
    let program = without_directory(&ours);
    for arguments in [["check", "--grants"].as_slice(), &["check", "--duplicates"], &["check", "--user", "jane"]] {
        let finished = program.run(arguments).await;
        assert_eq!(finished.code, 2);
        let message = format!("{}: Keyback keeps the accounts itself: set directory.url first", arguments[1]);
        assert!(finished.stderr.contains(&message), "{}", finished.stderr);
    }
    for flag in ["--password", "--rehearse"] {
        assert_eq!(program.run(&["check", flag]).await.code, 2, "{flag} needs --user");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shown_mapping_is_a_configuration_and_presets_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keyback.toml");
    let bare = Program::bare();
    let listed = bare.succeed(&["directory", "show"]).await;
    for preset in ["django", "laravel", "wordpress", "custom"] {
        assert!(listed.lines().any(|line| line.starts_with(&format!("{preset} "))), "{listed}");
    }
    let shown = bare.succeed(&["directory", "show", "wordpress"]).await;
    assert!(shown.contains("table = \"wp_users\"\n"), "{shown}");
    std::fs::write(&file, &shown).unwrap();
    let with_url = bare.clone().with("DIRECTORY__URL", "mysql://keyback:hunter2@db/blog");
    let again = with_url.succeed(&["--config", file.to_str().unwrap(), "directory", "show"]).await;
    let section =
        |text: &str| text.lines().skip_while(|line| *line != "[directory]").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(section(&again), section(&shown));
    assert!(!again.contains("hunter2"), "{again}");

    let unknown = bare.run(&["directory", "show", "joomla"]).await;
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("joomla: must be one of aspnet-identity, "), "{}", unknown.stderr);
}
