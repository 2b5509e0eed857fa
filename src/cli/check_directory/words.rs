//! The sentences about what does not work: what failed, why, and the fix.

use crate::config::{Preset, SqlDialect, SqlDirectory, preset_names};
use crate::model::SqlName;
use crate::store::{AppFault, Column};

/// More names than anybody reads in a sentence.
const MOST_NAMES: usize = 12;

/// MySQL's number for a database that is there, but not for this user.
const DENIED: &str = "1044";

/// Why there is no connection.
pub(super) fn not_connected(config: &SqlDirectory, fault: &AppFault) -> String {
    let (user, database) = config.url.user_and_database();
    let place = config.url.place();
    match fault {
        AppFault::Refused { code } => format!(
            "directory.url: the server refused user \"{user}\": password or host is wrong ({code}). The URL is \
             percent-encoded: @ is %40"
        ),
        AppFault::NoDatabase { code } if code == DENIED => format!(
            "directory.url: user \"{user}\" may not use the database \"{database}\" ({code}). Grant what keyback check \
             --grants prints"
        ),
        AppFault::NoDatabase { code } => {
            format!("directory.url: there is no database \"{database}\" for user \"{user}\" ({code}). Check its name")
        }
        AppFault::WantsTls => "directory: connected without TLS, and MySQL 8 then wants an RSA exchange that Keyback \
                               does not do. Add ?ssl-mode=REQUIRED, or connect by ?socket=/run/mysqld/mysqld.sock"
            .to_owned(),
        AppFault::Unreachable(error) if config.url.dialect() == SqlDialect::Sqlite => {
            format!("directory.url: could not open the file {place}: {error}. Check the path and its permissions")
        }
        AppFault::Unreachable(error) => {
            format!("directory.url: could not connect to {place}: {error}. Check host and port, and the firewall")
        }
        AppFault::NoTable
        | AppFault::NoColumn(_)
        | AppFault::Forbidden
        | AppFault::ReadOnly
        | AppFault::TooLong
        | AppFault::Other(_) => format!("directory.url: {place}: {}", in_words(fault)),
    }
}

/// Why nothing can be written.
pub(super) fn read_only(config: &SqlDirectory, is_replica: bool) -> String {
    match config.url.dialect() {
        SqlDialect::Sqlite => format!(
            "directory: the SQLite file {} is not writable by {}, or its folder is not (the journal). Give this user the \
             group of the app, and the group the right to write both",
            config.url.place(),
            this_user()
        ),
        SqlDialect::Postgres if !is_replica => "directory: the connection is read-only: remove \
                                                default_transaction_read_only from the role, the database or \
                                                directory.url"
            .to_owned(),
        SqlDialect::Postgres | SqlDialect::MySql => {
            "directory: the server is a replica (read-only): use the primary".to_owned()
        }
    }
}

/// A table is missing.
pub(super) fn no_table(config: &SqlDirectory, key: &str, table: &str, place: &str, known: &[String]) -> String {
    let start = format!("directory.{key}: there is no table \"{}\" in {place}", bare(table));
    if known.is_empty() {
        return format!(
            "{start}, nor any other that this user may see. Check the database in directory.url; keyback check --grants \
             prints what the user needs"
        );
    }
    let known = nearest(table, known.iter().map(String::as_str).collect());
    let rest = known.len().saturating_sub(MOST_NAMES);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let listed = known[..known.len() - rest].join(", ");
    let has_prefix = Preset::find(&config.preset).is_ok_and(|preset| preset.has_prefix());
    let fix = match key {
        "then" => "Change directory.then, or leave the statement out if the app has no such table",
        "from" => "Set directory.from",
        _ if has_prefix => "Set directory.table_prefix",
        _ => "Set directory.table, for WordPress directory.table_prefix",
    };
    format!("{start}. It has: {listed}{more}. {fix}")
}

/// A column is missing.
pub(super) fn no_column(config: &SqlDirectory, key: &str, column: &str, table: &SqlName, has: &[Column]) -> String {
    let column = column.rsplit('.').next().unwrap_or_default();
    let table = table.plain();
    let names: Vec<&str> = has.iter().map(|column| column.name.as_str()).collect();
    let is_near = |name: &&str| {
        let (name, column) = (name.to_lowercase(), column.to_lowercase());
        name.contains(&column) || column.contains(&name) || strsim::jaro_winkler(&name, &column) > 0.8
    };
    let near: Vec<&str> = nearest(column, names.clone()).into_iter().filter(is_near).take(3).collect();
    let hint = match (near.is_empty(), names.is_empty()) {
        (false, _) => format!("; near it: {}", near.join(", ")),
        (true, false) => format!(". It has: {}", names.into_iter().take(MOST_NAMES).collect::<Vec<_>>().join(", ")),
        (true, true) => String::new(),
    };
    let other = other_preset(config, key, has).map(|(preset, column)| {
        format!(". The preset \"{preset}\" reads {column}: is this {preset} rather than {}?", config.preset)
    });
    let fix = other.unwrap_or_else(|| format!(". Set directory.{key}"));
    format!("directory.{key}: \"{table}\" has no column \"{column}\"{hint}{fix}")
}

/// A preset that reads a column that is there.
fn other_preset(config: &SqlDirectory, key: &str, has: &[Column]) -> Option<(String, String)> {
    let own = config.mapping.table.name()?;
    let presets = preset_names().into_iter().filter(|name| *name != config.preset);
    presets.filter_map(|name| Preset::find(&name).ok()).find_map(|preset| {
        let table = preset.column("table").filter(|table| table.eq_ignore_ascii_case(own.plain()))?;
        let column = preset.column(key)?;
        has.iter().any(|known| known.name == column && !table.is_empty()).then(|| (preset.name().to_owned(), column))
    })
}

/// A fault that has no sentence of its own.
pub(super) fn in_words(fault: &AppFault) -> String {
    match fault {
        AppFault::Refused { code } => format!("the server refused the user ({code})"),
        AppFault::NoDatabase { code } => format!("there is no such database ({code})"),
        AppFault::WantsTls => "the server wants TLS".to_owned(),
        AppFault::NoTable => "there is no such table".to_owned(),
        AppFault::NoColumn(column) => format!("there is no column \"{column}\""),
        AppFault::Forbidden => "a privilege is missing".to_owned(),
        AppFault::ReadOnly => "nothing can be written".to_owned(),
        AppFault::TooLong => "the column is too short for the value".to_owned(),
        AppFault::Unreachable(error) | AppFault::Other(error) => error.clone(),
    }
}

/// Names with the most similar first.
fn nearest<'a>(to: &str, mut names: Vec<&'a str>) -> Vec<&'a str> {
    let to = bare(to).to_lowercase();
    let distance = |name: &&str| 1.0 - strsim::jaro_winkler(&to, &name.to_lowercase());
    names.sort_by(|one, other| distance(one).total_cmp(&distance(other)));
    names
}

/// Without quotes.
fn bare(name: &str) -> String {
    name.replace('"', "")
}

/// `uid 990`.
fn this_user() -> String {
    use std::os::unix::fs::MetadataExt;
    // The owner of this entry is the user of the process.
    std::fs::metadata("/proc/self").map_or_else(|_| "this user".to_owned(), |own| format!("uid {}", own.uid()))
}
