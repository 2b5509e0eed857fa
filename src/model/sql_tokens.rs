//! SQL as a row of tokens: names, and what stands between them.

use super::sql_text::{SqlPiece, SqlText};

/// A name as it is written: `email`, `users.email`, `"user"."userId"`, `auth.users`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlName(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    text: String,
    is_quoted: bool,
}

impl SqlName {
    /// As an operator writes it.
    pub fn written(&self) -> String {
        self.quoted('"')
    }

    /// As it is written with these quotes.
    pub fn quoted(&self, quote: char) -> String {
        let part = |part: &Part| match part.is_quoted {
            true => format!("{quote}{}{quote}", part.text),
            false => part.text.clone(),
        };
        self.0.iter().map(part).collect::<Vec<_>>().join(".")
    }

    /// The last part, without quotes: the name of the column or table itself.
    pub fn plain(&self) -> &str {
        self.0.last().map_or("", |part| &part.text)
    }

    /// Whether the last part is in quotes.
    pub fn is_quoted(&self) -> bool {
        self.0.last().is_some_and(|part| part.is_quoted)
    }

    /// The name of a column, without its table.
    pub fn column(&self) -> Self {
        Self(self.0.last().cloned().into_iter().collect())
    }

    /// What stands before the last dot: the table of a column, the schema of a table.
    pub fn qualifier(&self) -> Option<Self> {
        let (_, before) = self.0.split_last()?;
        (!before.is_empty()).then(|| Self(before.to_vec()))
    }

    /// Whether databases take both for the same: case counts only between quotes.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(one, other)| one.is_same_as(other))
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.0.as_slice(), [Part { text, is_quoted: false }] if text.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_keyword(&self) -> bool {
        KEYWORDS.iter().any(|keyword| self.is_word(keyword))
    }
}

impl Part {
    fn is_same_as(&self, other: &Self) -> bool {
        match self.is_quoted && other.is_quoted {
            true => self.text == other.text,
            false => self.text.eq_ignore_ascii_case(&other.text),
        }
    }
}

/// Words that are no names. `AS` and `::` are looked at where they stand, because a type or an alias follows them.
const KEYWORDS: [&str; 46] = [
    "and",
    "or",
    "not",
    "is",
    "null",
    "in",
    "like",
    "ilike",
    "between",
    "case",
    "when",
    "then",
    "else",
    "end",
    "true",
    "false",
    "exists",
    "interval",
    "collate",
    "escape",
    "distinct",
    "from",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "outer",
    "cross",
    "on",
    "using",
    "where",
    "as",
    "select",
    "delete",
    "update",
    "insert",
    "into",
    "set",
    "values",
    "current_timestamp",
    "current_date",
    "epoch",
    "limit",
    "any",
    "binary",
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(SqlName),
    Open,
    Close,
    Comma,
    Equals,
    Cast,
    Other,
}

pub(super) fn tokens(text: &SqlText) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_qualified = false;
    for piece in text.pieces() {
        match piece {
            SqlPiece::Name(name) => {
                push_part(&mut tokens, &mut is_qualified, Part { text: name.clone(), is_quoted: true });
            }
            SqlPiece::Parameter(_) => tokens.push(Token::Other),
            SqlPiece::Text(text) => read_text(text, &mut tokens, &mut is_qualified),
        }
    }
    tokens
}

fn read_text(text: &str, tokens: &mut Vec<Token>, is_qualified: &mut bool) {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        rest = match character {
            '\'' => {
                tokens.push(Token::Other);
                after.find('\'').map_or("", |end| &after[end + 1..])
            }
            '.' if matches!(tokens.last(), Some(Token::Name(_))) => {
                *is_qualified = true;
                after
            }
            ':' => {
                tokens.push(Token::Cast);
                after.trim_start_matches(':')
            }
            character if character.is_alphabetic() || character == '_' => {
                let is_word = |character: char| character.is_alphanumeric() || character == '_';
                let (word, after) = rest.split_at(rest.find(|character| !is_word(character)).unwrap_or(rest.len()));
                push_part(tokens, is_qualified, Part { text: word.to_owned(), is_quoted: false });
                after
            }
            character if character.is_ascii_digit() => {
                tokens.push(Token::Other);
                after.trim_start_matches(|character: char| character.is_ascii_alphanumeric() || character == '.')
            }
            character => {
                match character {
                    '(' => tokens.push(Token::Open),
                    ')' => tokens.push(Token::Close),
                    ',' => tokens.push(Token::Comma),
                    '=' => tokens.push(Token::Equals),
                    character if character.is_whitespace() => {}
                    _ => tokens.push(Token::Other),
                }
                after
            }
        };
    }
}

fn push_part(tokens: &mut Vec<Token>, is_qualified: &mut bool, part: Part) {
    match tokens.last_mut() {
        Some(Token::Name(name)) if *is_qualified => name.0.push(part),
        _ => tokens.push(Token::Name(SqlName(vec![part]))),
    }
    *is_qualified = false;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> SqlName {
        match tokens(&SqlText::parse(text).unwrap()).remove(0) {
            Token::Name(name) => name,
            token => panic!("{token:?}"),
        }
    }

    #[test]
    fn case_counts_only_between_quotes() {
        assert!(name("ID").is_same_as(&name("id")) && name("ID").is_same_as(&name("\"id\"")));
        assert!(!name("\"ID\"").is_same_as(&name("\"id\"")) && !name("a.id").is_same_as(&name("id")));
    }

    #[test]
    fn a_name_has_a_table_before_its_last_dot() {
        let column = name(r#"app."user".email"#);
        assert_eq!(column.qualifier(), Some(name(r#"app."user""#)));
        assert_eq!((column.column(), column.plain()), (name("email"), "email"));
        assert_eq!((column.quoted('`').as_str(), name("id").qualifier()), ("app.`user`.email", None));
    }
}
