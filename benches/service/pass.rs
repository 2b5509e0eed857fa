//! All measurements on one database, in order: each one starts from what the preceding one leaves behind.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::asking::{self, OneByOne};
use crate::client::Client;
use crate::completing::{self, Completions};
use crate::database::Database;
use crate::guessing::{self, Guesses};
use crate::pages::{self, Views};
use crate::server::{Memory, Server, Setup};
use crate::{Result, hashing, mailbox};

/// Accounts in the directory.
pub const ACCOUNTS: usize = 10_000;

/// How often the server is started.
pub const STARTS: usize = 5;

/// How long the server may rest before its memory is read.
const REST: Duration = Duration::from_secs(1);

/// The results.
pub struct Figures {
    pub database: String,
    pub import: Duration,
    pub starts: Vec<Duration>,
    pub memory_idle: Option<Memory>,
    pub memory_after: Option<Memory>,
    pub guesses: Guesses,
    pub one_by_one: OneByOne,
    pub asked_per_second: f64,
    pub mail_lag: Duration,
    pub raw_rate: f64,
    pub completions: Completions,
    pub idle: Views,
    pub hashing: Views,
    pub times_while_hashing: Vec<Duration>,
}

/// One pass. The database is removed afterwards, even after a failure.
pub async fn run(database: Database) -> Result<Figures> {
    let figures = measure(&database).await;
    let removed = database.remove().await;
    let figures = figures?;
    removed?;
    Ok(figures)
}

async fn measure(database: &Database) -> Result<Figures> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), database.settings(folder.path())?)?;
    setup.run(&["migrate"]).await?;
    let import = import(&setup, folder.path()).await?;

    let (mut server, took) = setup.start().await?;
    let mut starts = vec![took];
    while starts.len() < STARTS {
        server.stop().await?;
        let (again, took) = setup.start().await?;
        server = again;
        starts.push(took);
    }
    tokio::time::sleep(REST).await;
    let memory_idle = server.memory();

    let figures = load(&setup, &server, folder.path(), Prepared { database, import, starts, memory_idle }).await;
    server.stop().await?;
    figures
}

struct Prepared<'a> {
    database: &'a Database,
    import: Duration,
    starts: Vec<Duration>,
    memory_idle: Option<Memory>,
}

async fn load(setup: &Setup, server: &Server, folder: &Path, prepared: Prepared<'_>) -> Result<Figures> {
    let client = Client::new(setup.base())?;
    let mail = folder.join("mail");
    let guesses = guessing::guess(&client, &mail).await?;
    let one_by_one = asking::one_by_one(&client).await?;
    mailbox::wait_for(&mail, asking::ONE_BY_ONE).await?;
    let asked_per_second = asking::in_parallel(&client).await?;
    let mail_lag = mailbox::wait_for(&mail, asking::KNOWN).await?;

    let mut forms = completing::prepare(&client, mailbox::links(&mail, setup.base())?).await?;
    let viewer = forms.pop().ok_or("no form was prepared")?;
    let idle = pages::while_idle(&client, &viewer.cookie).await?;
    let rest = forms.split_off(completing::COUNTED);
    let before = hashing::raw_rate().await?;
    let completions = completing::complete(&client, forms).await?;
    let raw_rate = f64::midpoint(before, hashing::raw_rate().await?);
    let (hashing, times_while_hashing) = pages::while_hashing(&client, &viewer.cookie, rest).await?;
    tokio::time::sleep(REST).await;

    Ok(Figures {
        database: prepared.database.name(),
        import: prepared.import,
        starts: prepared.starts,
        memory_idle: prepared.memory_idle,
        memory_after: server.memory(),
        guesses,
        one_by_one,
        asked_per_second,
        mail_lag,
        raw_rate,
        completions,
        idle,
        hashing,
        times_while_hashing,
    })
}

async fn import(setup: &Setup, folder: &Path) -> Result<Duration> {
    let mut rows = "email,email_verified\n".to_owned();
    for number in 0..ACCOUNTS {
        writeln!(rows, "{},true", asking::known(number))?;
    }
    let file = folder.join("accounts.csv");
    std::fs::write(&file, rows)?;
    let start = Instant::now();
    setup.run(&["accounts", "import", &file.display().to_string()]).await?;
    Ok(start.elapsed())
}
