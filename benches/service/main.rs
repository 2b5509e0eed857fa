//! Measures Keyback from outside: the release binary as a child process, real HTTP over loopback, a real database, mail
//! as files. `cargo xtask bench` runs it on SQLite, and again on PostgreSQL if `TEST_DATABASE_URL` is set. The client
//! shares the machine with the server, so every figure is what remains after the client has used its part of the cores.
//!
//! - [`pass`] measures what a service does (`service`).
//! - [`dialects`] compares the same request through each protocol.
//! - [`doors`] tests whether times reveal who has an account, [`arrival`] whether the arrival of the attacker's own
//!   mail does.
//! - [`sizes`] takes the same steps in a small and in a large database.
//! - [`instances`] compares two instances with one.
//! - [`costs`] measures a request by the length of its contents.
//! - [`crowds`] measures connections that are never used to the end.
//! - [`lockout`] counts how many people get through during a flood.
//!
//! [`report`] says how each figure was measured. To run one part: `cargo xtask bench -- sizes`. The long ones
//! (`doors`, `arrival`, `lockout`) leave SQLite out with `--postgres-only`.
#![expect(clippy::print_stdout, reason = "the output is what a benchmark is for")]

mod api_costs;
mod arrival;
mod asking;
mod client;
mod cognito_local;
mod completing;
mod costs;
mod crowds;
mod database;
mod dialects;
mod doors;
mod flood;
mod guessing;
mod hashing;
mod instances;
mod lockout;
mod mail_server;
mod mailbox;
mod pages;
mod parallel;
mod pass;
#[path = "../../tests/it/support/population.rs"]
mod population;
mod report;
mod server;
mod sizes;
mod statistics;

use database::Database;

/// A benchmark that cannot go on says why and ends, so errors need no types.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    // `cargo test --all-targets` also starts benchmarks, but without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("This is a benchmark: cargo xtask bench");
        return Ok(());
    }
    // The HTTP client is built without a default TLS provider and cannot be created without one.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(measure())
}

async fn measure() -> Result<()> {
    report::machine();
    let server = database::postgres_server();
    if is_wanted("service") {
        report::pass(&pass::run(Database::Sqlite).await?);
        if let Some(server) = &server {
            report::pass(&pass::run(Database::postgres(server).await?).await?);
        }
    }
    if is_wanted("dialects") {
        report::dialects(&dialects::run(Database::Sqlite).await?);
        if let Some(server) = &server {
            report::dialects(&dialects::run(Database::postgres(server).await?).await?);
        }
        match dialects::emulator().await? {
            Some(rates) => report::dialects(&rates),
            None => println!("\ncognito-local: left out, its npm package is not installed (end2end)"),
        }
    }
    if is_wanted("doors") {
        if with_sqlite() {
            report::doors(&doors::run(Database::Sqlite).await?);
        }
        if let Some(server) = &server {
            report::doors(&doors::run(Database::postgres(server).await?).await?);
        }
    }
    if is_wanted("arrival") {
        if with_sqlite() {
            arrival::run(async || Ok(Database::Sqlite), report::arrivals).await?;
        }
        if let Some(server) = &server {
            arrival::run(async || Database::postgres(server).await, report::arrivals).await?;
        }
    }
    if is_wanted("costs") {
        report::costs("SQLite", &costs::run(Database::Sqlite).await?);
        if let Some(server) = &server {
            report::costs("PostgreSQL", &costs::run(Database::postgres(server).await?).await?);
        }
    }
    if is_wanted("crowds") {
        report::crowds(&crowds::run().await?);
    }
    if is_wanted("lockout") {
        lockout_cases(server.as_deref()).await?;
    }
    if is_wanted("sizes") {
        for accounts in sizes::ACCOUNTS {
            report::sizes("SQLite", &sizes::run(Database::Sqlite, accounts).await?);
            if let Some(server) = &server {
                report::sizes("PostgreSQL", &sizes::run(Database::postgres(server).await?, accounts).await?);
            }
        }
    }
    match &server {
        Some(server) if is_wanted("instances") => {
            report::instances(&instances::run(Database::postgres(server).await?).await?);
        }
        Some(_) => {}
        None => println!("\nPostgreSQL: left out, TEST_DATABASE_URL is not set"),
    }
    Ok(())
}

async fn lockout_cases(server: Option<&str>) -> Result<()> {
    let databases = [with_sqlite().then_some(None), server.map(Some)];
    for server in databases.into_iter().flatten() {
        for source in flood::Source::ALL {
            for rate in lockout::RATES {
                for with_script in [true, false] {
                    let database = match server {
                        Some(server) => Database::postgres(server).await?,
                        None => Database::Sqlite,
                    };
                    let name = database.name();
                    report::lockout(&name, &lockout::run(database, source, rate, with_script).await?);
                }
            }
        }
    }
    Ok(())
}

fn with_sqlite() -> bool {
    !std::env::args().any(|argument| argument == "--postgres-only")
}

/// Whether a part is named on the command line, or none is.
fn is_wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    named.peek().is_none() || named.any(|argument| argument == part)
}
