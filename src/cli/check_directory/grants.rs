//! The SQL that gives the user of `directory.url` what the mapping needs, and nothing else.

use crate::config::{SqlDialect, SqlDirectory, TableAccess};
use crate::model::{SqlName, SqlVerb};

/// Every line. `schema` is that of tables without one, as far as it is known.
pub(super) fn all(config: &SqlDirectory, schema: Option<&str>) -> Result<Vec<String>, String> {
    let access = config.mapping.access().ok_or("directory.table: is not the name of a table: grant by hand")?;
    let grantee = grantee(config);
    let mut lines = match config.url.dialect() {
        SqlDialect::Sqlite => {
            let file = config.url.place();
            return Ok(vec![format!(
                "-- SQLite has no grants: the user of this process must be able to write {file} and its folder."
            )]);
        }
        SqlDialect::Postgres => {
            let mut schemas: Vec<String> = Vec::new();
            for entry in &access.tables {
                let own = entry.table.qualifier().map(|schema| schema.written());
                let schema = own.unwrap_or_else(|| name(schema.unwrap_or("public"), '"'));
                if !schemas.contains(&schema) {
                    schemas.push(schema);
                }
            }
            let usage = schemas.into_iter().map(|schema| format!("GRANT USAGE ON SCHEMA {schema} TO {grantee};"));
            std::iter::once(format!("-- CREATE ROLE {grantee} LOGIN PASSWORD '…';")).chain(usage).collect()
        }
        SqlDialect::MySql => vec![
            "-- % is any host: write the address of Keyback's machine instead.".to_owned(),
            format!("-- CREATE USER {grantee} IDENTIFIED BY '…' REQUIRE SSL;"),
        ],
    };
    lines.extend(access.tables.iter().flat_map(|entry| of_table(config, entry, schema)));
    let unknown = config.mapping.then.iter().filter(|part| matches!(part.verb(), None | Some(SqlVerb::Select)));
    lines.extend(unknown.map(|part| format!("-- and what this needs: {}", part.written())));
    Ok(lines)
}

/// The lines of one table.
pub(super) fn of_table(config: &SqlDirectory, entry: &TableAccess, schema: Option<&str>) -> Vec<String> {
    let read = columns(config, "SELECT", &entry.read);
    let written = columns(config, "UPDATE", &entry.written);
    let rows = [entry.inserts.then(|| "INSERT".to_owned()), entry.deletes.then(|| "DELETE".to_owned())];
    let groups: Vec<Vec<String>> = match config.url.dialect() {
        // Two lines are easier to read.
        SqlDialect::Postgres => {
            vec![read.into_iter().chain(rows.into_iter().flatten()).collect(), written.into_iter().collect()]
        }
        SqlDialect::MySql | SqlDialect::Sqlite => {
            vec![read.into_iter().chain(written).chain(rows.into_iter().flatten()).collect()]
        }
    };
    let groups = groups.into_iter().filter(|privileges| !privileges.is_empty());
    groups.map(|privileges| grant(config, &privileges.join(", "), entry, schema)).collect()
}

/// The line that lets a table be read.
pub(super) fn select(config: &SqlDirectory, entry: &TableAccess, schema: Option<&str>) -> Option<String> {
    columns(config, "SELECT", &entry.read).map(|privilege| grant(config, &privilege, entry, schema))
}

/// The line that lets a table be written.
pub(super) fn update(config: &SqlDirectory, entry: &TableAccess, schema: Option<&str>) -> Option<String> {
    columns(config, "UPDATE", &entry.written).map(|privilege| grant(config, &privilege, entry, schema))
}

fn grant(config: &SqlDirectory, privileges: &str, entry: &TableAccess, schema: Option<&str>) -> String {
    let quote = quote(config);
    let table = entry.table.quoted(quote);
    let (_, database) = config.url.user_and_database();
    let outside = match config.url.dialect() {
        // Without its database, a table would be looked for in that of whoever runs this.
        SqlDialect::MySql => Some(schema.unwrap_or(&database)).filter(|schema| !schema.is_empty()),
        SqlDialect::Postgres | SqlDialect::Sqlite => schema.filter(|schema| *schema != "public"),
    };
    let outside = outside.filter(|_| entry.table.qualifier().is_none());
    let table = outside.map_or_else(|| table.clone(), |schema| format!("{}.{table}", name(schema, quote)));
    format!("GRANT {privileges} ON {table} TO {};", grantee(config))
}

fn columns(config: &SqlDirectory, privilege: &str, columns: &[SqlName]) -> Option<String> {
    let quote = quote(config);
    let listed: Vec<String> = columns.iter().map(|column| column.quoted(quote)).collect();
    (!listed.is_empty()).then(|| format!("{privilege} ({})", listed.join(", ")))
}

fn grantee(config: &SqlDirectory) -> String {
    let (user, _) = config.url.user_and_database();
    let user = if user.is_empty() { "keyback".to_owned() } else { user };
    match config.url.dialect() {
        SqlDialect::MySql => format!("'{}'@'%'", user.replace('\'', "''")),
        SqlDialect::Postgres | SqlDialect::Sqlite => name(&user, '"'),
    }
}

fn quote(config: &SqlDirectory) -> char {
    match config.url.dialect() {
        SqlDialect::MySql => '`',
        SqlDialect::Postgres | SqlDialect::Sqlite => '"',
    }
}

/// A name, in quotes if it needs them.
fn name(name: &str, quote: char) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match name.bytes().all(is_plain) && !name.starts_with(|first: char| first.is_ascii_digit()) {
        true => name.to_owned(),
        false => format!("{quote}{name}{quote}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{DirectoryConfig, Environment};

    fn of(url: &str, preset: &str, schema: Option<&str>) -> Vec<String> {
        let settings = [("KEYBACK_DIRECTORY__URL", url), ("KEYBACK_DIRECTORY__PRESET", preset)];
        let settings: BTreeMap<String, String> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let Some(DirectoryConfig::Sql(config)) = DirectoryConfig::load(None, &Environment::from(settings)).unwrap()
        else {
            panic!("a table is configured");
        };
        all(&config, schema).unwrap()
    }

    #[test]
    fn laravel_on_postgresql_gets_what_its_page_says() {
        assert_eq!(
            of("postgres://keyback:x@db/shop", "laravel", None),
            [
                "-- CREATE ROLE keyback LOGIN PASSWORD '…';",
                "GRANT USAGE ON SCHEMA public TO keyback;",
                "GRANT SELECT (id, email, password) ON users TO keyback;",
                "GRANT UPDATE (password, remember_token, updated_at) ON users TO keyback;",
                "GRANT SELECT (user_id), DELETE ON sessions TO keyback;",
                "GRANT SELECT (email), DELETE ON password_reset_tokens TO keyback;",
            ]
        );
    }

    #[test]
    fn names_are_quoted_as_the_database_does() {
        let mysql = of("mysql://key-back@db/my-shop", "better-auth", None);
        let granted: Vec<&str> = mysql.iter().map(String::as_str).filter(|line| !line.starts_with("--")).collect();
        assert!(granted[0].starts_with("GRANT SELECT ("), "{granted:?}");
        assert!(granted[0].contains("`userId`") && granted[0].contains(" ON `my-shop`.account TO 'key-back'@'%';"));
        let postgres = of("postgres://Key@db/shop", "supabase", Some("app"));
        assert!(postgres.contains(&"GRANT USAGE ON SCHEMA auth TO \"Key\";".to_owned()), "{postgres:?}");
        assert!(!postgres.concat().contains("app."), "a table with a schema keeps it");
    }
}
