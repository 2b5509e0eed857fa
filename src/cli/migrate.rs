//! `keyback migrate`: migrates the schema and, on request, copies everything from another database.

use clap::Args;

use super::output::Output;
use super::{Failure, StartError};
use crate::config::{Config, DatabaseUrl};
use crate::store::Store;

#[derive(Args)]
pub(super) struct MigrateArguments {
    /// Copy everything from this database (`sqlite:FILE` or `postgres://…`) into the empty database at
    /// `database.url`. First stop the service that uses it. The new service needs the same server.secret_key. The
    /// schema of the old database is migrated, too.
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
        return Err(Failure::wrong("--from: this is the same database as database.url"));
    }
    // Connecting would create a missing file.
    if from.sqlite_file().is_some_and(|file| !file.exists()) {
        return Err(Failure::wrong("--from: the file does not exist"));
    }
    let source = Store::connect(&from, connections).await.map_err(opened)?;
    source.migrate().await.map_err(opened)?;
    let mut copied = Vec::new();
    store.copy_from(&source, |table, rows| copied.push((table, rows))).await?;
    for (table, rows) in copied {
        output.say(&format!("{table}: {rows}"))?;
    }
    output.say("Everything was copied to the database at database.url.")
}

fn opened(error: impl std::fmt::Display) -> Failure {
    Failure { message: format!("--from: could not open the database: {error}"), code: 1 }
}
