//! Builds a statement for an app's database, in its own spelling, from SQL that an operator wrote and from values,
//! which are always bound.

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};

use crate::config::{Condition, SqlDialect};
use crate::model::{SqlParameter, SqlPiece, SqlText};

/// The values of one account that a statement may name.
#[derive(Default)]
pub(super) struct Values<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) email: Option<&'a str>,
    pub(super) username: Option<&'a str>,
    pub(super) password: Option<&'a str>,
    pub(super) old_password: Option<&'a str>,
}

/// A statement in the making.
pub(super) struct Statement<'a> {
    dialect: SqlDialect,
    /// The type of the id, where the database does not compare it with text.
    id_type: Option<&'a str>,
    sql: String,
    bound: Vec<Option<String>>,
}

impl<'a> Statement<'a> {
    pub(super) fn new(dialect: SqlDialect, id_type: Option<&'a str>) -> Self {
        Self { dialect, id_type, sql: String::new(), bound: Vec::new() }
    }

    /// Adds SQL of ours.
    pub(super) fn add(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds SQL that names no values.
    pub(super) fn add_sql(&mut self, text: &SqlText) -> &mut Self {
        for piece in text.pieces() {
            match piece {
                SqlPiece::Text(text) => self.sql.push_str(text),
                SqlPiece::Name(name) => self.add_name(name),
                SqlPiece::Parameter(_) => {}
            }
        }
        self
    }

    /// Adds SQL that may name values.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(super) fn add_with(&mut self, text: &SqlText, values: &Values<'_>) -> Result<&mut Self, getrandom::Error> {
        for piece in text.pieces() {
            match piece {
                SqlPiece::Text(text) => self.sql.push_str(text),
                SqlPiece::Name(name) => self.add_name(name),
                SqlPiece::Parameter(parameter) => self.add_parameter(*parameter, values)?,
            }
        }
        Ok(self)
    }

    /// Adds a condition in parentheses.
    pub(super) fn add_condition(&mut self, condition: &Condition) -> &mut Self {
        match condition {
            Condition::Always => self.add("1 = 1"),
            Condition::Never => self.add("1 = 0"),
            Condition::Where(text) => self.add("(").add_sql(text).add(")"),
        }
    }

    /// Adds a fact about a row as text.
    pub(super) fn add_fact(&mut self, condition: &Condition) -> &mut Self {
        self.add("CASE WHEN ").add_condition(condition).add(" THEN 'y' ELSE 'n' END")
    }

    /// Adds a value of a row as text, whatever its type is.
    pub(super) fn add_as_text(&mut self, text: &SqlText) -> &mut Self {
        let end = match self.dialect {
            SqlDialect::MySql => " AS CHAR)",
            SqlDialect::Postgres | SqlDialect::Sqlite => " AS TEXT)",
        };
        self.add("CAST(").add_sql(text).add(end)
    }

    /// Binds a text.
    pub(super) fn bind(&mut self, value: &str) -> &mut Self {
        self.bind_as(Some(value), "text");
        self
    }

    /// Binds an id.
    pub(super) fn bind_id(&mut self, id: &str) -> &mut Self {
        let id_type = self.id_type.unwrap_or("text");
        self.bind_as(Some(id), id_type);
        self
    }

    /// Compares what is stored as a password with `stored`, to the octet.
    pub(super) fn add_stored_is(&mut self, password: &SqlText, stored: Option<&str>) -> &mut Self {
        self.add("(").add_sql(password).add(")");
        match (stored, self.dialect) {
            (None, _) => self.add(" IS NULL"),
            // The usual collations ignore case.
            (Some(stored), SqlDialect::MySql) => self.add(" = BINARY ").bind(stored),
            (Some(stored), SqlDialect::Postgres | SqlDialect::Sqlite) => self.add(" = ").bind(stored),
        }
    }

    /// The statement with its values.
    pub(super) fn query(self) -> Query<'static, Any, AnyArguments> {
        let mut query = sqlx::query(AssertSqlSafe(self.sql));
        for value in self.bound {
            query = query.bind(value);
        }
        query
    }

    fn add_name(&mut self, name: &str) {
        let quote = match self.dialect {
            SqlDialect::MySql => '`',
            SqlDialect::Postgres | SqlDialect::Sqlite => '"',
        };
        self.sql.push(quote);
        self.sql.push_str(name);
        self.sql.push(quote);
    }

    fn add_parameter(&mut self, parameter: SqlParameter, values: &Values<'_>) -> Result<(), getrandom::Error> {
        match parameter {
            SqlParameter::Id => self.bind_as(values.id, self.id_type.unwrap_or("text")),
            SqlParameter::Email => self.bind_as(values.email, "text"),
            SqlParameter::Username => self.bind_as(values.username, "text"),
            SqlParameter::Password => self.bind_as(values.password, "text"),
            SqlParameter::OldPassword => self.bind_as(values.old_password, "text"),
            SqlParameter::Random => self.bind_as(Some(&random(LETTERS_AND_DIGITS, 60)?), "text"),
            SqlParameter::Hex => self.bind_as(Some(&random(HEXADECIMAL, 32)?), "text"),
            SqlParameter::Base32 => self.bind_as(Some(&random(BASE_32, 32)?), "text"),
            SqlParameter::Uuid => self.bind_as(Some(&uuid()?), "text"),
            SqlParameter::UnixTime => {
                let seconds = match self.dialect {
                    SqlDialect::Postgres => "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) AS bigint)",
                    SqlDialect::MySql => "UNIX_TIMESTAMP()",
                    SqlDialect::Sqlite => "CAST(strftime('%s', 'now') AS INTEGER)",
                };
                self.sql.push_str(seconds);
            }
        }
        Ok(())
    }

    fn bind_as(&mut self, value: Option<&str>, sql_type: &str) {
        self.bound.push(value.map(str::to_owned));
        match self.dialect {
            SqlDialect::Postgres => self.sql.push_str(&format!("CAST(${} AS {sql_type})", self.bound.len())),
            SqlDialect::MySql | SqlDialect::Sqlite => self.sql.push('?'),
        }
    }
}

const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEXADECIMAL: &[u8] = b"0123456789abcdef";
const BASE_32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Random characters of an alphabet of at most 64, each as likely as the others.
fn random(alphabet: &[u8], length: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut drawn = [0_u8; 64];
        getrandom::fill(&mut drawn)?;
        let characters = drawn.into_iter().filter_map(|octet| alphabet.get(usize::from(octet & 63)));
        text.extend(characters.map(|character| char::from(*character)).take(length - text.len()));
    }
    Ok(text)
}

/// RFC 9562 §5.4.
fn uuid() -> Result<String, getrandom::Error> {
    let mut octets = [0_u8; 16];
    getrandom::fill(&mut octets)?;
    octets[6] = (octets[6] & 0x0f) | 0x40;
    octets[8] = (octets[8] & 0x3f) | 0x80;
    let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    Ok(format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(dialect: SqlDialect, text: &str) -> (String, Vec<Option<String>>) {
        let mut statement = Statement::new(dialect, Some("uuid"));
        let values = Values { id: Some("7"), email: Some("jane@example.org"), ..Values::default() };
        statement.add_with(&SqlText::parse(text).unwrap(), &values).unwrap();
        (statement.sql, statement.bound)
    }

    #[test]
    fn each_database_gets_its_own_spelling() {
        let text = r#"DELETE FROM "session" WHERE "userId" = :id OR mail = :email"#;
        let (postgres, bound) = statement(SqlDialect::Postgres, text);
        assert_eq!(postgres, r#"DELETE FROM "session" WHERE "userId" = CAST($1 AS uuid) OR mail = CAST($2 AS text)"#);
        assert_eq!(bound, [Some("7".to_owned()), Some("jane@example.org".to_owned())]);
        let (mysql, bound) = statement(SqlDialect::MySql, text);
        assert_eq!(mysql, "DELETE FROM `session` WHERE `userId` = ? OR mail = ?");
        assert_eq!(bound.len(), 2);
        assert_eq!(statement(SqlDialect::Sqlite, text).0, r#"DELETE FROM "session" WHERE "userId" = ? OR mail = ?"#);
    }

    #[test]
    fn random_values_have_their_form() {
        let value = |name: &str| statement(SqlDialect::Sqlite, name).1.remove(0).unwrap();
        let is_of = |text: &str, alphabet: &[u8]| text.bytes().all(|byte| alphabet.contains(&byte));
        assert!(value(":random").len() == 60 && is_of(&value(":random"), LETTERS_AND_DIGITS));
        assert!(value(":hex").len() == 32 && is_of(&value(":hex"), HEXADECIMAL));
        assert!(value(":base32").len() == 32 && is_of(&value(":base32"), BASE_32));
        assert_eq!(value(":uuid").len(), 36);
        assert_eq!(value(":uuid").as_bytes()[14], b'4');
        assert_ne!(value(":uuid"), value(":uuid"));
    }
}
