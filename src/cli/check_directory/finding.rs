//! What has to be fixed before anybody can reset a password.

use super::{Failure, Subject, fault_of, grants, words};
use crate::config::{SqlDialect, TableAccess};
use crate::model::{SqlName, SqlText};
use crate::store::{AppFault, Attempt, Column, Failed};

/// The problems, each with its fix. What would only repeat another one is left out.
pub(super) async fn problems(subject: &Subject<'_>) -> Result<Vec<String>, Failure> {
    let failures = match subject.table.failures().await {
        Ok(failures) => failures,
        Err(error) => return Err(Failure::wrong(words::not_connected(subject.config, &fault_of(error)?))),
    };
    if failures.iter().any(|failed| failed.fault == AppFault::ReadOnly) {
        return Ok(vec![words::read_only(subject.config, subject.server.is_replica)]);
    }
    let mut problems = forbidden(subject, &failures);
    for failed in failures.iter().filter(|failed| failed.fault != AppFault::Forbidden) {
        problems.push(sentence(subject, failed).await?);
    }
    if problems.is_empty() {
        problems.extend(quoted_names(subject).await?);
        problems.extend(row_security(subject).await?);
        problems.extend(short_column(subject).await?);
    }
    problems.dedup();
    Ok(problems)
}

async fn sentence(subject: &Subject<'_>, failed: &Failed) -> Result<String, Failure> {
    let (config, key) = (subject.config, failed.key);
    Ok(match &failed.fault {
        AppFault::NoTable => {
            let known = subject.table.table_names().await?;
            words::no_table(config, key, &missing_table(failed, &known), &place(subject), &known)
        }
        AppFault::NoColumn(column) => {
            let (table, columns) = table_of(subject, failed, column).await?;
            words::no_column(config, key, column, &table, &columns)
        }
        fault => format!(
            "directory.{key}: {} does not work: {}. Fix it, or see keyback directory show",
            failed.part.written(),
            words::in_words(fault)
        ),
    })
}

/// `"shop" (schema public)`.
fn place(subject: &Subject<'_>) -> String {
    let (_, database) = subject.config.url.user_and_database();
    match (subject.dialect(), &subject.server.schema) {
        (SqlDialect::Sqlite, _) => subject.config.url.place(),
        (SqlDialect::Postgres, Some(schema)) => format!("\"{database}\" (schema {schema})"),
        (SqlDialect::Postgres | SqlDialect::MySql, _) => format!("\"{database}\""),
    }
}

/// The table of a part that is not among the known ones.
fn missing_table(failed: &Failed, known: &[String]) -> String {
    let touches = match failed.attempt {
        Attempt::Open => failed.part.touches_as_from(),
        Attempt::Read | Attempt::Write => failed.part.touches(),
        Attempt::Follow => failed.part.touches_as_statement(),
    };
    let changed = touches.changed.into_iter().map(|(_, table)| table);
    let named: Vec<SqlName> = changed.chain(touches.tables.into_iter().map(|table| table.name)).collect();
    let is_missing = |table: &&SqlName| !known.iter().any(|known| known.eq_ignore_ascii_case(table.plain()));
    let missing = named.iter().find(is_missing).or(named.first());
    missing.map_or_else(|| failed.part.written(), SqlName::written)
}

/// The table in which a column was looked for, with its columns.
async fn table_of(subject: &Subject<'_>, failed: &Failed, column: &str) -> Result<(SqlName, Vec<Column>), Failure> {
    let mapping = &subject.config.mapping;
    let of_statement = failed.part.touches_as_statement().changed.map(|(_, table)| table);
    let qualifier = column.rsplit_once('.').map(|(table, _)| table);
    let qualifier = qualifier.and_then(|name| SqlText::parse(name).ok()).and_then(|name| name.name());
    let called = qualifier.and_then(|qualifier| {
        let tables = mapping.from.touches_as_from().tables;
        tables.into_iter().find(|table| table.is_called(&qualifier)).map(|table| table.name)
    });
    let table = of_statement.filter(|_| failed.attempt == Attempt::Follow).or(called).or_else(|| mapping.table.name());
    let Some(table) = table else { return Err(Failure::wrong(format!("directory.{}: {column}", failed.key))) };
    let columns = subject.table.columns(&table).await?;
    Ok((table, columns))
}

/// One sentence for each kind of privilege that is missing.
fn forbidden(subject: &Subject<'_>, failures: &[Failed]) -> Vec<String> {
    let failures: Vec<&Failed> = failures.iter().filter(|failed| failed.fault == AppFault::Forbidden).collect();
    let parts = |attempt: Attempt| failures.iter().filter(move |failed| failed.attempt == attempt);
    let schema = subject.server.schema.as_deref();
    let user = subject.user();
    let Some(access) = &subject.access else {
        let part = |failed: &&Failed| format!("directory.{}: {user} may not do this", failed.key);
        return failures.iter().map(part).collect();
    };
    let own = &access.tables[0];
    let mut sentences = Vec::new();
    if parts(Attempt::Read).next().is_some() {
        let mut columns: Vec<String> = Vec::new();
        for column in parts(Attempt::Read).flat_map(|failed| failed.part.touches().read) {
            let column = column.written();
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let is_read =
            |entry: &&TableAccess| !entry.deletes && (entry.written.is_empty() || entry.table.is_same_as(&own.table));
        let read = access.tables.iter().filter(is_read);
        let grants: Vec<String> = read.filter_map(|entry| grants::select(subject.config, entry, schema)).collect();
        let (table, columns, grants) = (own.table.written(), columns.join(", "), grants.join(" "));
        sentences.push(format!("directory: {user} may not read {columns} (table {table}). Grant it: {grants}"));
    }
    let written = |failed: &&Failed| failed.part.touches_as_assignment().written.first().map(SqlName::written);
    let writes: Vec<String> = parts(Attempt::Write).filter_map(written).collect();
    if !writes.is_empty() {
        let grant = grants::update(subject.config, own, schema).unwrap_or_default();
        let columns = writes.join(", ");
        sentences
            .push(format!("directory: {user} may not change {}.{columns}. Grant it: {grant}", own.table.written()));
    }
    for failed in parts(Attempt::Follow) {
        let table = failed.part.touches_as_statement().changed.map(|(_, table)| table);
        let entry =
            access.tables.iter().find(|entry| table.as_ref().is_some_and(|table| entry.table.is_same_as(table)));
        let grant = entry.map(|entry| grants::of_table(subject.config, entry, schema).join(" ")).unwrap_or_default();
        sentences.push(format!("directory: {user} may not run {}. Grant it: {grant}", failed.part.written()));
    }
    sentences
}

/// SQLite takes a name in double quotes that is no column for a text, so nothing has failed yet.
async fn quoted_names(subject: &Subject<'_>) -> Result<Vec<String>, Failure> {
    let mut problems = Vec::new();
    let (SqlDialect::Sqlite, Some(access)) = (subject.dialect(), &subject.access) else { return Ok(problems) };
    for entry in &access.tables {
        let columns = subject.table.columns(&entry.table).await?;
        let is_known = |name: &SqlName| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name.plain()));
        for name in entry.read.iter().filter(|name| name.is_quoted() && !columns.is_empty() && !is_known(name)) {
            let (table, name) = (entry.table.plain(), name.plain());
            problems.push(format!(
                "directory: \"{table}\" has no column \"{name}\", and SQLite takes the name for a text. Change the key that \
                 names it; keyback directory show prints all of them"
            ));
        }
    }
    Ok(problems)
}

/// Row-level security hides rows without an error.
async fn row_security(subject: &Subject<'_>) -> Result<Vec<String>, Failure> {
    let Some(access) = &subject.access else { return Ok(Vec::new()) };
    let mut problems = Vec::new();
    for entry in &access.tables {
        if subject.table.has_row_security(&entry.table).await? && subject.table.rows().await? == 0 {
            let (table, user) = (entry.table.written(), subject.user());
            problems.push(format!(
                "directory: {table} has row-level security, and {user} sees no row of it. ALTER ROLE {user} BYPASSRLS, or a \
                 policy FOR ALL TO {user}"
            ));
        }
    }
    Ok(problems)
}

/// A column that cannot hold a new hash.
async fn short_column(subject: &Subject<'_>) -> Result<Vec<String>, Failure> {
    let (Some(table), Some(column)) = (subject.written_table(), subject.config.mapping.password.column()) else {
        return Ok(Vec::new());
    };
    if subject.config.recipe.hash == "plain" {
        return Ok(Vec::new());
    }
    let columns = subject.table.columns(&table).await?;
    let plain = column.name().map(|name| name.plain().to_owned()).unwrap_or_default();
    let holds = columns.iter().find(|known| known.name.eq_ignore_ascii_case(&plain)).and_then(|known| known.length);
    let has = subject.recipe.random_hash().map_err(Failure::wrong)?.as_str().chars().count();
    let problem = |holds| {
        let column = subject.password_column();
        format!(
            "directory.hash: {column} holds {holds} characters, the hash has {has}. Make the column longer, or set another hash"
        )
    };
    Ok(holds.filter(|holds| *holds < has).map(problem).into_iter().collect())
}
