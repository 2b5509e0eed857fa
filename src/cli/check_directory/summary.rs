//! What is there: the place, what is touched, how many rows, and how they are found.

use super::{Failure, Subject};
use crate::cli::output::Output;
use crate::config::{MatchRule, SqlDialect, TableAccess};
use crate::model::{EmailAddress, SqlName};
use crate::store::Plan;

/// `directory: ok: MariaDB 10.11.19 at db/shop, TLS 1.3, as keyback@10.0.0.7, preset laravel`
pub(super) fn place(subject: &Subject<'_>, is_ok: bool) -> String {
    let server = &subject.server;
    let tls = match (subject.dialect(), &server.tls) {
        (SqlDialect::Sqlite, _) => None,
        (_, Some(version)) => Some(version.clone()),
        (_, None) => Some("no TLS".to_owned()),
    };
    let user = server.user.as_ref().map(|user| format!("as {user}"));
    let preset = format!("preset {}", subject.config.preset);
    let start = format!("{} at {}", server.product, subject.config.url.place());
    let parts: Vec<String> = [Some(start), tls, user, Some(preset)].into_iter().flatten().collect();
    format!("directory: {}{}", if is_ok { "ok: " } else { "" }, parts.join(", "))
}

/// `directory: reads users (4 columns), writes users.password, updated_at; deletes from sessions`
pub(super) fn access(subject: &Subject<'_>) -> String {
    let Some(access) = &subject.access else {
        let mapping = &subject.config.mapping;
        return format!("directory: reads {}, writes {}", mapping.from.written(), mapping.table.written());
    };
    let mut parts: Vec<String> = Vec::new();
    let columns = |names: &[SqlName]| names.iter().map(SqlName::written).collect::<Vec<_>>().join(", ");
    let is_only_read = |entry: &&TableAccess| entry.written.is_empty() && !entry.deletes && !entry.inserts;
    let own = &access.tables[0];
    let read = std::iter::once(own).chain(access.tables[1..].iter().filter(is_only_read));
    let read = read.map(|entry| match entry.read.len() {
        1 => format!("{} (1 column)", entry.table.written()),
        count => format!("{} ({count} columns)", entry.table.written()),
    });
    let reads = read.collect::<Vec<_>>().join(", ");
    parts.push(format!("reads {reads}, writes {}.{}", own.table.written(), columns(&own.written)));
    let changed = access.tables[1..].iter().filter(|entry| !entry.written.is_empty());
    parts.extend(changed.map(|entry| format!("changes {}.{}", entry.table.written(), columns(&entry.written))));
    let names = |is_one: fn(&TableAccess) -> bool| {
        let names: Vec<String> =
            access.tables.iter().filter(|entry| is_one(entry)).map(|entry| entry.table.written()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    parts.extend(names(|entry| entry.inserts).map(|tables| format!("adds rows to {tables}")));
    parts.extend(names(|entry| entry.deletes).map(|tables| format!("deletes from {tables}")));
    format!("directory: {}", parts.join("; "))
}

/// Rows, shared addresses, the index, and tables that cannot roll back.
pub(super) async fn numbers(subject: &Subject<'_>, output: &mut Output) -> Result<(), Failure> {
    let rows = match subject.table.rows().await {
        Ok(rows) => rows,
        // A very large table takes longer than a check should.
        Err(error) if error.is_unavailable() => {
            return output.say("directory: the rows could not be counted within ten seconds");
        }
        Err(error) => return Err(error.into()),
    };
    let shared = match subject.table.shared_addresses().await? {
        0 => String::new(),
        1 => "; 1 address belongs to more than one row: it gets no message (--duplicates lists ids)".to_owned(),
        count => format!(
            "; {} addresses belong to more than one row: those get no message (--duplicates lists ids)",
            grouped(count)
        ),
    };
    let word = if rows == 1 { "row" } else { "rows" };
    output.say(&format!("directory: {} {word}{shared}", grouped(rows)))?;
    match subject.table.plan().await? {
        Some(Plan::Index(Some(name))) => {
            output.say(&format!("directory: look-up by email uses the index {name}"))?;
        }
        Some(Plan::Index(None)) => output.say("directory: look-up by email uses an index")?,
        Some(Plan::WholeTable) => {
            let fix = index_to_create(subject);
            let rows = grouped(rows);
            output.say(&format!("directory: look-up by email reads the whole table ({rows} {word}): {fix}"))?;
        }
        None => {}
    }
    match engine(subject).await? {
        Some(engine) => output.say(&engine),
        None => Ok(()),
    }
}

/// The ids of rows that share an address.
pub(super) async fn list_duplicates(subject: &Subject<'_>, output: &mut Output) -> Result<(), Failure> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (id, address) in subject.table.rows_with_shared_addresses().await? {
        let address = address.to_lowercase();
        match groups.last_mut() {
            Some((last, ids)) if *last == address => ids.push(id),
            _ => groups.push((address, vec![id])),
        }
    }
    if groups.is_empty() {
        return output.say("directory: no address belongs to more than one row");
    }
    for (address, ids) in groups {
        let masked = EmailAddress::parse(&address).map_or_else(|_| "an address".to_owned(), |address| address.masked());
        output.say(&format!("directory: {masked}: ids {}", ids.join(", ")))?;
    }
    Ok(())
}

/// What makes the look-up fast.
fn index_to_create(subject: &Subject<'_>) -> String {
    let mapping = &subject.config.mapping;
    let Some(email) = &mapping.email else { return String::new() };
    let column = email.key.name();
    let qualifier = column.as_ref().and_then(SqlName::qualifier);
    let tables = mapping.from.touches_as_from().tables;
    let called = qualifier.and_then(|qualifier| tables.into_iter().find(|table| table.is_called(&qualifier)));
    let table = called.map_or_else(|| mapping.table.written(), |table| table.name.written());
    let column = column.map_or_else(|| email.key.written(), |column| column.column().written());
    let is_mysql = subject.dialect() == SqlDialect::MySql;
    match (email.rule, is_mysql) {
        (MatchRule::Lower, true) => {
            format!("set directory.email_match = \"collation\" if the collation of {column} ignores case")
        }
        (MatchRule::Lower, false) => format!("CREATE INDEX keyback_email ON {table} (lower({column}))"),
        (MatchRule::Exact | MatchRule::Upper | MatchRule::Collation, _) => {
            format!("CREATE INDEX keyback_email ON {table} ({column})")
        }
    }
}

/// A table that cannot roll back, if there is one.
async fn engine(subject: &Subject<'_>) -> Result<Option<String>, Failure> {
    for entry in subject.access.iter().flat_map(|access| &access.tables) {
        if let Some(engine) = subject.table.engine_without_rollback(&entry.table).await? {
            let table = entry.table.written();
            return Ok(Some(format!(
                "directory: {table} is a table of the engine {engine}, which cannot roll back: after a crash, a password may \
                 be set while sessions stay. ALTER TABLE {table} ENGINE = InnoDB"
            )));
        }
    }
    Ok(None)
}

/// `18,204`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
