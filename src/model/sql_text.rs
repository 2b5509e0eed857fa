//! SQL that an operator or a preset wrote: parsed once, so that every database gets it in its own spelling and values
//! are bound, never pasted in.

use super::words::words;

words! {
    /// A value that Keyback fills in where the text names it with a colon.
    pub enum SqlParameter {
        /// The account's id.
        Id = "id",
        /// Its address, as it was read.
        Email = "email",
        /// Its name, as it was read.
        Username = "username",
        /// The new hash.
        Password = "password",
        /// The stored value that it replaces.
        OldPassword = "old_password",
        /// 60 random letters and digits.
        Random = "random",
        /// A random UUID.
        Uuid = "uuid",
        /// 32 random hexadecimal digits.
        Hex = "hex",
        /// 32 random characters of base 32.
        Base32 = "base32",
        /// Seconds since 1970.
        UnixTime = "unixtime",
    }
}

/// One part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlPiece {
    /// As it is written.
    Text(String),
    /// An identifier that was written in double quotes, without them.
    Name(String),
    /// A value to bind.
    Parameter(SqlParameter),
}

/// An expression, a condition, an assignment or one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlText(Vec<SqlPiece>);

impl SqlText {
    /// Reads a text. Identifiers may be in double quotes, strings are in single ones.
    ///
    /// # Errors
    /// How to write it, if it has an unknown parameter, an open quote, a comment, a semicolon or a placeholder of a
    /// database.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err("is empty".into());
        }
        while let Some(character) = rest.chars().next() {
            let after = &rest[character.len_utf8()..];
            rest = match character {
                '\'' => {
                    let end = after.find('\'').ok_or("has a string whose quote is not closed")?;
                    plain.push_str(&rest[..end + 2]);
                    &after[end + 1..]
                }
                '"' => {
                    let end = after.find('"').filter(|end| *end > 0);
                    let end = end.ok_or("has a name whose double quote is not closed")?;
                    push_text(&mut pieces, &mut plain);
                    pieces.push(SqlPiece::Name(after[..end].to_owned()));
                    &after[end + 1..]
                }
                ':' if after.starts_with(':') => {
                    plain.push_str("::");
                    &after[1..]
                }
                ':' => {
                    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                    let (word, after) = after.split_at(after.bytes().take_while(|byte| is_word(byte)).count());
                    push_text(&mut pieces, &mut plain);
                    pieces.push(SqlPiece::Parameter(parameter(word)?));
                    after
                }
                '-' if after.starts_with('-') => return Err(NO_COMMENTS.into()),
                '/' if after.starts_with('*') => return Err(NO_COMMENTS.into()),
                ';' => return Err("has a semicolon: write one statement an entry".into()),
                '`' => return Err("quotes a name with backticks: write it in double quotes".into()),
                '?' | '$' => return Err("has a placeholder of a database: name the value, for example :id".into()),
                _ => {
                    plain.push(character);
                    after
                }
            };
        }
        push_text(&mut pieces, &mut plain);
        Ok(Self(pieces))
    }

    /// Its parts, in order.
    pub fn pieces(&self) -> &[SqlPiece] {
        &self.0
    }

    /// Whether it names one of these values.
    pub fn has_any(&self, parameters: &[SqlParameter]) -> bool {
        self.0.iter().any(|piece| matches!(piece, SqlPiece::Parameter(parameter) if parameters.contains(parameter)))
    }

    /// The name after the last dot, where the text is a plain, quoted or qualified name of a column.
    pub fn column(&self) -> Option<Self> {
        match self.0.as_slice() {
            [SqlPiece::Name(_)] => Some(self.clone()),
            [.., SqlPiece::Text(before), SqlPiece::Name(name)] if before.ends_with('.') => {
                Some(Self(vec![SqlPiece::Name(name.clone())]))
            }
            [.., SqlPiece::Text(text)] => {
                let word = text.rsplit('.').next().unwrap_or_default();
                let is_name = word.chars().all(|character| character.is_alphanumeric() || character == '_');
                let is_qualified = self.0.len() == 1 || text.starts_with('.');
                (is_name && is_qualified && !word.is_empty()).then(|| Self(vec![SqlPiece::Text(word.to_owned())]))
            }
            _ => None,
        }
    }

    /// The text as an operator writes it.
    pub fn written(&self) -> String {
        self.0.iter().fold(String::new(), |written, piece| match piece {
            SqlPiece::Text(text) => written + text,
            SqlPiece::Name(name) => format!("{written}\"{name}\""),
            SqlPiece::Parameter(parameter) => format!("{written}:{}", parameter.as_str()),
        })
    }
}

const NO_COMMENTS: &str = "has a comment: write comments as # lines of the configuration file";

fn push_text(pieces: &mut Vec<SqlPiece>, plain: &mut String) {
    if !plain.is_empty() {
        pieces.push(SqlPiece::Text(std::mem::take(plain)));
    }
}

fn parameter(word: &str) -> Result<SqlParameter, String> {
    SqlParameter::from_word(word).ok_or_else(|| {
        let known = SqlParameter::ALL.map(SqlParameter::as_str).join(", :");
        format!("names :{word}; the values are :{known}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> SqlText {
        SqlText::parse(text).unwrap_or_else(|fix| panic!("{text}: {fix}"))
    }

    #[test]
    fn values_are_told_from_casts_and_strings() {
        let text =
            parse(r#"DELETE FROM "session" WHERE "userId" = :id AND kind = 'it''s :id; --' AND at::date > now()"#);
        let parameters: Vec<_> = text.pieces().iter().filter(|piece| matches!(piece, SqlPiece::Parameter(_))).collect();
        assert_eq!(parameters, [&SqlPiece::Parameter(SqlParameter::Id)]);
        assert!(text.has_any(&[SqlParameter::Id]) && !text.has_any(&[SqlParameter::Email]));
        assert_eq!(parse(&text.written()), text);
    }

    #[test]
    fn what_could_be_two_statements_or_hide_something_is_refused() {
        for text in [
            "",
            " ",
            "a = 1; DROP TABLE users",
            "a = 1 -- the rest",
            "a /* x */ = 1",
            "a = $1",
            "a = ?",
            "a = :nobody",
            "a = 'open",
            "\"open",
            "a = :",
            "`a` = 1",
            "\"\" = 1",
        ] {
            assert!(SqlText::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_column_of_a_qualified_name_is_its_last_part() {
        let column = |text: &str| parse(text).column().map(|column| column.written());
        assert_eq!(column("password").as_deref(), Some("password"));
        assert_eq!(column("users.password").as_deref(), Some("password"));
        assert_eq!(column(r#""account"."password""#).as_deref(), Some(r#""password""#));
        assert_eq!(column(r#"account."passwordHash""#).as_deref(), Some(r#""passwordHash""#));
        assert_eq!(column(r#""user".password"#).as_deref(), Some("password"));
        assert_eq!(column("lower(password)"), None);
        assert_eq!(column("a || b"), None);
    }
}
