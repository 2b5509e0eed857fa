//! The section `directory`: the users table of somebody else's app, in which Keyback sets passwords instead of in its
//! own. A preset fills in what a framework always does; every key can be set by hand.

mod access;
mod http;
mod preset;
mod show;
mod url;

use std::collections::BTreeSet;

pub use access::{Access, TableAccess};
pub use http::HttpDirectory;
pub use preset::{Preset, preset_names};
pub use show::show_preset;
pub use url::{DirectoryUrl, SqlDialect};

use super::error::ConfigError;
use super::reader::Reader;
use crate::model::{Pepper, SqlParameter, SqlText};

/// Where an app keeps the accounts.
#[derive(Clone, Debug)]
pub enum DirectoryConfig {
    /// In a table of its database.
    Sql(Box<SqlDirectory>),
    /// Behind an endpoint that the operator has written.
    Http(HttpDirectory),
}

/// Where the table is, and how it is read and written.
#[derive(Clone, Debug)]
pub struct SqlDirectory {
    pub url: DirectoryUrl,
    pub max_connections: u32,
    /// The name of the preset, or `custom`.
    pub preset: String,
    pub mapping: Mapping,
    pub recipe: RecipeConfig,
}

/// How new passwords are hashed. `accounts/recipe` knows the words.
#[derive(Clone, Debug)]
pub struct RecipeConfig {
    pub hash: String,
    pub options: Vec<String>,
    pub pepper: Option<Pepper>,
}

/// Which columns hold what, and what is written.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The table that is written.
    pub table: SqlText,
    /// What is read: the table, or a join of it with others.
    pub from: SqlText,
    pub id: SqlText,
    /// Finds the row to write.
    pub row: SqlText,
    pub email: Option<Lookup>,
    pub email_verified: Condition,
    pub username: Option<Lookup>,
    pub phone: Option<Lookup>,
    pub phone_verified: Condition,
    pub active: Condition,
    /// Holds for every row that is read or written.
    pub filter: Condition,
    /// Holds for rows that have no password of their own, whatever is stored.
    pub no_password: Condition,
    pub without_password: WithoutPassword,
    /// What is stored as the password.
    pub password: SqlText,
    /// Assignments that store a new one, and what belongs to that in the same row.
    pub assignments: Vec<SqlText>,
    /// Further statements of the same transaction.
    pub then: Vec<SqlText>,
}

/// A value of an account, and how the app compares it.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// As it is shown, and as messages are addressed.
    pub value: SqlText,
    /// As it is compared.
    pub key: SqlText,
    pub rule: MatchRule,
}

crate::model::words! {
    /// How an app compares what somebody types with what it stores.
    pub enum MatchRule {
        /// Octet by octet.
        Exact = "exact",
        /// In lower case.
        Lower = "lower",
        /// The column is in upper case.
        Upper = "upper",
        /// As the column's collation does.
        Collation = "collation",
    }
}

crate::model::words! {
    /// What happens to accounts without a password of their own.
    pub enum WithoutPassword {
        /// They receive no message: they sign in elsewhere.
        Refuse = "refuse",
        /// A reset gives them one.
        Set = "set",
    }
}

/// A fact about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    Always,
    Never,
    Where(SqlText),
}

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            text => expression(text).map(Self::Where),
        }
    }
}

/// `None` without the section: Keyback keeps the accounts itself.
pub(super) fn read(reader: &mut Reader) -> Result<Option<DirectoryConfig>, ConfigError> {
    let is_http = reader.get("directory.kind", |word| match word {
        "sql" => Ok(false),
        "http" => Ok(true),
        _ => Err("must be sql or http".into()),
    })?;
    Ok(match is_http {
        false => read_sql(reader)?.map(|directory| DirectoryConfig::Sql(Box::new(directory))),
        true => Some(DirectoryConfig::Http(http::read(reader)?)),
    })
}

fn read_sql(reader: &mut Reader) -> Result<Option<SqlDirectory>, ConfigError> {
    http::refuse_its_keys(reader)?;
    let url = reader.optional("directory.url", DirectoryUrl::parse)?;
    let Some(url) = url else {
        return match reader.set_names().find(|name| name.starts_with("directory.")) {
            Some(name) => Err(reader.refuse(name, "directory.url is not set: set it, or remove this".into())),
            None => Ok(None),
        };
    };
    let max_connections = reader.get("directory.max_connections", |text| super::values::number(text, 1..=100))?;
    let preset = reader.get("directory.preset", |name| Preset::find(name).map_err(|error| error.to_string()))?;
    let mut keys = Keys { reader, preset: &preset, prefix: String::new(), table: String::new() };
    keys.prefix = keys.value("directory.table_prefix").unwrap_or_default();
    keys.table = keys.value("directory.table").ok_or_else(|| Reader::missing("directory.table"))?;
    let table = keys.required("directory.table", expression)?;
    let id = keys.required("directory.id", expression)?;
    let password = keys.required("directory.password", expression)?;
    let (without_id, with_id) = (password.clone(), id.clone());
    let mapping = Mapping {
        from: keys.optional("directory.from", expression)?.unwrap_or_else(|| table.clone()),
        row: match keys.optional("directory.where", statement_part)? {
            Some(row) => row,
            None => SqlText::parse(&format!("{} = :id", with_id.written()))
                .map_err(|fix| keys.reader.refuse("directory.id", fix))?,
        },
        email: keys.lookup(["directory.email", "directory.email_key", "directory.email_match"])?,
        email_verified: keys.condition("directory.email_verified", Condition::Never)?,
        username: keys.lookup(["directory.username", "directory.username_key", "directory.username_match"])?,
        phone: keys.lookup(["directory.phone", "directory.phone_key", "directory.phone_match"])?,
        phone_verified: keys.condition("directory.phone_verified", Condition::Never)?,
        active: keys.condition("directory.active", Condition::Always)?,
        filter: keys.condition("directory.filter", Condition::Always)?,
        no_password: keys.condition("directory.no_password", Condition::Never)?,
        without_password: keys
            .optional("directory.without_password", |word| {
                WithoutPassword::from_word(word).ok_or_else(|| "must be refuse or set".into())
            })?
            .unwrap_or(WithoutPassword::Refuse),
        assignments: keys.assignments(&without_id)?,
        then: keys.list("directory.then", statement_part)?,
        table,
        id,
        password,
    };
    let recipe = RecipeConfig {
        hash: keys.value("directory.hash").ok_or_else(|| Reader::missing("directory.hash"))?,
        options: keys.list("directory.hash_options", |text| Ok(text.to_owned()))?,
        pepper: keys.reader.optional("directory.pepper", |text| Ok(Pepper::new(text.to_owned())))?,
    };
    let preset = preset.name().to_owned();
    let config = SqlDirectory { url, max_connections, preset, mapping, recipe };
    config.consistent(reader)?;
    Ok(Some(config))
}

impl SqlDirectory {
    fn consistent(&self, reader: &Reader) -> Result<(), ConfigError> {
        if self.mapping.email.is_none() && self.mapping.phone.is_none() {
            let fix = "without it nobody can receive a message: name the column of the address";
            return Err(reader.refuse("directory.email", fix.into()));
        }
        if self.mapping.email.is_some() && self.mapping.email_verified == Condition::Never {
            let fix = "say when an address is known to be its owner's: a condition such as \"confirmed_at IS NOT NULL\", \
                       or \"always\"";
            return Err(reader.refuse("directory.email_verified", fix.into()));
        }
        let stores = |text: &SqlText| text.has_any(&[SqlParameter::Password]);
        if !self.mapping.assignments.iter().any(stores) {
            return Err(reader.refuse("directory.set", "no assignment stores :password".into()));
        }
        Ok(())
    }
}

/// A setting is in the configuration, or else in the preset.
struct Keys<'a> {
    reader: &'a mut Reader,
    preset: &'a Preset,
    prefix: String,
    table: String,
}

impl Keys<'_> {
    fn value(&mut self, name: &'static str) -> Option<String> {
        let set = self.reader.optional(name, |text| Ok(text.to_owned())).ok().flatten();
        set.or_else(|| self.preset.value(name).map(str::to_owned)).map(|text| self.filled_in(&text))
    }

    fn filled_in(&self, text: &str) -> String {
        text.replace("{prefix}", &self.prefix).replace("{table}", &self.table)
    }

    fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.value(name) else { return Ok(None) };
        parse(&text).map(Some).map_err(|fix| self.reader.refuse(name, fix))
    }

    fn required<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, ConfigError> {
        self.optional(name, parse)?.ok_or_else(|| Reader::missing(name))
    }

    fn list<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        let lines = self.reader.lines(name).unwrap_or_else(|| self.preset.list(name).to_vec());
        let read = |line: &String| parse(&self.filled_in(line)).map_err(|fix| self.reader.refuse(name, fix));
        lines.iter().map(read).collect()
    }

    fn condition(&mut self, name: &'static str, default: Condition) -> Result<Condition, ConfigError> {
        Ok(self.optional(name, Condition::parse)?.unwrap_or(default))
    }

    fn lookup(&mut self, [value, key, rule]: [&'static str; 3]) -> Result<Option<Lookup>, ConfigError> {
        let Some(value) = self.optional(value, expression)? else { return Ok(None) };
        let key = self.optional(key, expression)?.unwrap_or_else(|| value.clone());
        let rule = self.optional(rule, |word| {
            MatchRule::from_word(word).ok_or_else(|| "must be exact, lower, upper or collation".into())
        })?;
        Ok(Some(Lookup { value, key, rule: rule.unwrap_or(MatchRule::Exact) }))
    }

    /// What is set in the row: by default, the column of the password.
    fn assignments(&mut self, password: &SqlText) -> Result<Vec<SqlText>, ConfigError> {
        let mut assignments = self.list("directory.set", statement_part)?;
        if assignments.is_empty() {
            let column = password.column().ok_or_else(|| {
                let fix = "is not the name of a column: say in directory.set how to store :password";
                self.reader.refuse("directory.password", fix.into())
            })?;
            let set = SqlText::parse(&format!("{} = :password", column.written()));
            assignments.push(set.map_err(|fix| self.reader.refuse("directory.password", fix))?);
        }
        assignments.extend(self.list("directory.also_set", statement_part)?);
        Ok(assignments)
    }
}

/// SQL that is read before the account is known.
fn expression(text: &str) -> Result<SqlText, String> {
    let parsed = SqlText::parse(text)?;
    match parsed.has_any(&SqlParameter::ALL) {
        true => Err("no value may be named here".into()),
        false => Ok(parsed),
    }
}

/// SQL about one account.
fn statement_part(text: &str) -> Result<SqlText, String> {
    SqlText::parse(text)
}

/// The keys that a preset may have, without the section.
pub(super) fn mapped_names() -> BTreeSet<&'static str> {
    let not_mapped = ["url", "kind", "secrets", "allowed_networks", "preset", "pepper", "max_connections"];
    let names = super::keys::all().filter_map(|key| key.name.strip_prefix("directory."));
    names.filter(|name| !not_mapped.contains(name)).collect()
}
