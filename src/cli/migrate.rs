//! `keyback migrate`: brings the schema up to date, and on request moves everything from another database.

use clap::Args;

use super::output::Output;
use super::{Failure, StartError};
use crate::config::{Config, DatabaseUrl};
use crate::store::Store;

#[derive(Args)]
pub(super) struct MigrateArguments {
    /// Copy everything from this database (`sqlite:FILE` or `postgres://…`) into the empty one of
    /// `database.url`. Stop the service that uses it first, and give the new one the same server.secret_key. The
    /// schema of the old one is brought up to date, too.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

pub(super) async fn migrate(arguments: MigrateArguments, config: Config, output: &mut Output) -> Result<(), Failure> {
    let connections = config.database.max_connections;
    let store = Store::connect(&config.database.url, connections).await.map_err(StartError::Store)?;
    store.migrate().await.map_err(StartError::Store)?;
    let Some(from) = arguments.from else { return output.say("The database is up to date.") };
    let from = DatabaseUrl::parse(&from).map_err(|fix| Failure::wrong(format!("--from: {fix}")))?;
    if from == config.database.url {
        return Err(Failure::wrong("--from: that is database.url itself"));
    }
    // A file that is not there would be made.
    if from.sqlite_file().is_some_and(|file| !file.exists()) {
        return Err(Failure::wrong("--from: there is no such file"));
    }
    let source = Store::connect(&from, connections).await.map_err(opened)?;
    source.migrate().await.map_err(opened)?;
    let mut copied = Vec::new();
    store.copy_from(&source, |table, rows| copied.push((table, rows))).await?;
    for (table, rows) in copied {
        output.say(&format!("{table}: {rows}"))?;
    }
    output.say("Everything is in the database of database.url.")
}

fn opened(error: impl std::fmt::Display) -> Failure {
    Failure { message: format!("--from: the database cannot be opened: {error}"), code: 1 }
}
