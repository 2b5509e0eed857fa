//! What `keyback check` says about the users table of an app. Nothing is written, except by `--rehearse`, which rolls
//! back.

mod endpoint;
mod finding;
mod forms;
mod grants;
mod person;
mod summary;
mod words;

use clap::Args;

use super::output::Output;
use super::{Application, Failure};
use crate::accounts::{AppAccounts, Directory, Recipe};
use crate::config::{Access, Config, DirectoryConfig, SqlDialect, SqlDirectory};
use crate::model::SqlName;
use crate::store::{AppFault, AppTable, ServerFacts, StoreError};

#[derive(Args)]
pub(super) struct DirectoryFlags {
    /// Show what Keyback reads about one person in the app's users table, masked.
    #[arg(long, value_name = "IDENTIFIER")]
    user: Option<String>,
    /// Compare that person's current password with the stored hash. It is typed at a prompt or read from standard
    /// input. This proves hash, pepper and spelling before Keyback writes anything.
    #[arg(long, requires = "user")]
    password: bool,
    /// Replace that person's password in a transaction that is rolled back. This finds triggers that hash again and
    /// columns that are too short.
    #[arg(long, requires = "user")]
    rehearse: bool,
    /// List the ids of accounts that share an address.
    #[arg(long)]
    duplicates: bool,
    /// Print only the SQL that gives the user of `directory.url` exactly what the mapping needs.
    #[arg(long)]
    grants: bool,
}

impl DirectoryFlags {
    fn first(&self) -> Option<&'static str> {
        let flags =
            [("--grants", self.grants), ("--duplicates", self.duplicates), ("--user", self.user.is_some())].into_iter();
        flags.filter(|(_, is_set)| *is_set).map(|(name, _)| name).next()
    }

    pub(super) fn wants_grants(&self) -> bool {
        self.grants
    }
}

/// An app's table with everything that is known about it.
struct Subject<'a> {
    config: &'a SqlDirectory,
    accounts: &'a AppAccounts,
    table: &'a AppTable,
    recipe: Recipe,
    access: Option<Access>,
    server: ServerFacts,
}

impl Subject<'_> {
    fn dialect(&self) -> SqlDialect {
        self.config.url.dialect()
    }

    /// The name of the user for sentences.
    fn user(&self) -> String {
        let (user, _) = self.config.url.user_and_database();
        if user.is_empty() { "Keyback".to_owned() } else { user }
    }

    /// `users.password`.
    fn password_column(&self) -> String {
        match self.config.mapping.password.column() {
            Some(column) => format!("{}.{}", self.config.mapping.table.written(), column.written()),
            None => self.config.mapping.password.written(),
        }
    }

    /// The table that is written, if it has a plain name.
    fn written_table(&self) -> Option<SqlName> {
        self.config.mapping.table.name()
    }
}

/// Prints the grants and nothing else.
pub(super) async fn print_grants(config: &Config, output: &mut Output) -> Result<(), Failure> {
    let Some(DirectoryConfig::Sql(directory)) = &config.directory else { return Err(not_configured("--grants")) };
    let table = AppTable::new(directory)?;
    // The role is often created after this, so its connection may not work yet.
    let schema = table.server().await.ok().and_then(|server| server.schema);
    for line in grants::all(directory, schema.as_deref()).map_err(Failure::wrong)? {
        output.say(&line)?;
    }
    Ok(())
}

/// Prints what is found, and fails with everything that has to be fixed.
pub(super) async fn check_directory(
    flags: &DirectoryFlags,
    application: &Application,
    output: &mut Output,
) -> Result<(), Failure> {
    let (config, accounts) = match (&application.config.directory, &application.directory) {
        (Some(DirectoryConfig::Sql(config)), Directory::App(accounts)) => (config, accounts),
        (_, Directory::Http(app)) => return endpoint::check(app, flags, output).await,
        _ => return flags.first().map_or(Ok(()), |flag| Err(not_configured(flag))),
    };
    let table = accounts.table();
    let server = match table.server().await {
        Ok(server) => server,
        Err(error) => return Err(Failure::wrong(words::not_connected(config, &fault_of(error)?))),
    };
    let recipe = Recipe::parse(&config.recipe.hash, &config.recipe.options, config.recipe.pepper.as_ref())
        .map_err(|fix| Failure::wrong(format!("directory.hash: {fix}")))?;
    let subject = Subject { config, accounts, table, recipe, access: config.mapping.access(), server };

    let problems = finding::problems(&subject).await?;
    output.say(&summary::place(&subject, problems.is_empty()))?;
    refuse(problems)?;
    output.say(&summary::access(&subject))?;
    summary::numbers(&subject, output).await?;
    let mut problems = forms::compare(&subject, output).await?;
    if flags.duplicates {
        summary::list_duplicates(&subject, output).await?;
    }
    if let Some(identifier) = &flags.user {
        person::check(&subject, flags, identifier, output, &mut problems).await?;
    }
    refuse(problems)
}

/// Fails with all of them, each on its own line.
fn refuse(problems: Vec<String>) -> Result<(), Failure> {
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure::wrong(problems.join("\n"))),
    }
}

fn not_configured(flag: &str) -> Failure {
    Failure::wrong(format!("{flag}: Keyback keeps the accounts itself: set directory.url first"))
}

/// What the app's database answered; any other error fails the command.
fn fault_of(error: StoreError) -> Result<AppFault, Failure> {
    match error.app_fault() {
        Some(fault) => Ok(fault),
        None => Err(error.into()),
    }
}
