//! The names in SQL that an operator or a preset wrote: which tables and columns it touches. It is a reading of words,
//! not of a grammar, and enough for conditions, joins, assignments and single statements.

use super::sql_text::SqlText;
use super::sql_tokens::{SqlName, Token, tokens};

/// One table of a `FROM`, with its alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlTable {
    /// Its own name.
    pub name: SqlName,
    /// What the text calls it instead.
    pub alias: Option<SqlName>,
}

impl SqlTable {
    /// Whether columns are qualified with this name.
    pub fn is_called(&self, qualifier: &SqlName) -> bool {
        match &self.alias {
            Some(alias) => alias.is_same_as(qualifier),
            None => self.name.is_same_as(qualifier) || self.name.column().is_same_as(qualifier),
        }
    }
}

/// What a statement does with its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlVerb {
    /// It deletes rows.
    Delete,
    /// It changes rows.
    Update,
    /// It adds rows.
    Insert,
    /// It only reads, or calls a function.
    Select,
}

/// What a text touches.
#[derive(Clone, Debug, Default)]
pub struct SqlTouches {
    /// The table that is written and how, if the text is a statement that writes.
    pub changed: Option<(SqlVerb, SqlName)>,
    /// The tables that are read.
    pub tables: Vec<SqlTable>,
    /// The columns that are set.
    pub written: Vec<SqlName>,
    /// The columns that are read.
    pub read: Vec<SqlName>,
}

impl SqlText {
    /// The columns that an expression or a condition reads, and the tables of its subqueries.
    pub fn touches(&self) -> SqlTouches {
        let mut touches = SqlTouches::default();
        read(&tokens(self), false, &mut touches);
        touches
    }

    /// The tables of a `FROM` and the columns of its conditions.
    pub fn touches_as_from(&self) -> SqlTouches {
        let mut touches = SqlTouches::default();
        read(&tokens(self), true, &mut touches);
        touches
    }

    /// The column that an assignment sets, and those that it reads.
    pub fn touches_as_assignment(&self) -> SqlTouches {
        let mut touches = SqlTouches::default();
        read_assignments(&tokens(self), &mut touches);
        touches
    }

    /// What a statement touches. Unknown statements touch nothing that could be named.
    pub fn touches_as_statement(&self) -> SqlTouches {
        let tokens = tokens(self);
        let mut touches = SqlTouches::default();
        let names = |word: &str| matches!(tokens.first(), Some(Token::Name(name)) if name.is_word(word));
        if names("delete") || names("insert") {
            let Some(Token::Name(table)) = tokens.get(2) else { return touches };
            let verb = if names("delete") { SqlVerb::Delete } else { SqlVerb::Insert };
            touches.changed = Some((verb, table.clone()));
            read(tokens.get(3..).unwrap_or_default(), false, &mut touches);
        } else if names("update") {
            let Some(Token::Name(table)) = tokens.get(1) else { return touches };
            touches.changed = Some((SqlVerb::Update, table.clone()));
            let rest = tokens.get(3..).unwrap_or_default();
            let end = rest.iter().position(|token| matches!(token, Token::Name(name) if name.is_word("where")));
            let (assignments, condition) = rest.split_at(end.unwrap_or(rest.len()));
            read_assignments(assignments, &mut touches);
            read(condition, false, &mut touches);
        } else if names("select") {
            read(&tokens, false, &mut touches);
        }
        touches
    }

    /// The first word of a statement.
    pub fn verb(&self) -> Option<SqlVerb> {
        let tokens = tokens(self);
        let Some(Token::Name(first)) = tokens.first() else { return None };
        let verbs = [
            ("delete", SqlVerb::Delete),
            ("update", SqlVerb::Update),
            ("insert", SqlVerb::Insert),
            ("select", SqlVerb::Select),
        ];
        verbs.into_iter().find(|(word, _)| first.is_word(word)).map(|(_, verb)| verb)
    }

    /// The text as a name, if it is one.
    pub fn name(&self) -> Option<SqlName> {
        match tokens(self).as_slice() {
            [Token::Name(name)] if !name.is_keyword() => Some(name.clone()),
            _ => None,
        }
    }
}

/// Reads `a = 1, b = lower(c)`.
fn read_assignments(tokens: &[Token], touches: &mut SqlTouches) {
    let (mut depth, mut start) = (0_usize, 0);
    for end in 0..=tokens.len() {
        match tokens.get(end) {
            Some(Token::Open) => depth += 1,
            Some(Token::Close) => depth = depth.saturating_sub(1),
            Some(Token::Comma) | None if depth == 0 || end == tokens.len() => {
                if let Some([Token::Name(column), Token::Equals, value @ ..]) = tokens.get(start..end) {
                    touches.written.push(column.clone());
                    read(value, false, touches);
                }
                start = end + 1;
            }
            _ => {}
        }
    }
}

/// Collects tables after `FROM` and `JOIN` (and, `in_from`, at the beginning), and takes every other name for a column.
fn read(tokens: &[Token], in_from: bool, touches: &mut SqlTouches) {
    let mut table_follows = in_from;
    let mut lists_tables = in_from;
    let mut depths = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1);
        match token {
            Token::Name(name) if name.is_word("from") || name.is_word("join") => {
                (table_follows, lists_tables) = (true, true);
            }
            Token::Name(name) if table_follows && !name.is_keyword() => {
                let alias_at = at + 1 + usize::from(matches!(next, Some(Token::Name(word)) if word.is_word("as")));
                let alias = match tokens.get(alias_at) {
                    Some(Token::Name(alias)) if !alias.is_keyword() => Some(alias.clone()),
                    _ => None,
                };
                at = if alias.is_some() { alias_at } else { at };
                touches.tables.push(SqlTable { name: name.clone(), alias });
                table_follows = false;
            }
            // A type, or the alias of a column.
            Token::Name(name) if name.is_word("as") => at += 1,
            Token::Cast => at += 1,
            Token::Name(name) if name.is_keyword() => {
                lists_tables &= !["on", "where", "set", "using"].iter().any(|word| name.is_word(word));
            }
            Token::Name(_) if next == Some(&Token::Open) => {}
            Token::Name(name) => touches.read.push(name.clone()),
            // Outside parentheses, only tables are separated by commas there, also after the condition of a join.
            Token::Comma => table_follows = lists_tables || (in_from && depths.is_empty()),
            Token::Open => depths.push(std::mem::take(&mut lists_tables)),
            Token::Close => {
                lists_tables = depths.pop().unwrap_or_default();
                table_follows = false;
            }
            Token::Equals | Token::Other => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> SqlText {
        SqlText::parse(text).unwrap()
    }

    fn names(names: &[SqlName]) -> Vec<String> {
        names.iter().map(SqlName::written).collect()
    }

    #[test]
    fn columns_are_told_from_words_functions_types_and_strings() {
        for (text, expected) in [
            ("email", vec!["email"]),
            (r#"'+' || NULLIF("user"."phoneNumber", '')"#, vec![r#""user"."phoneNumber""#]),
            ("status = 'active' AND NOT deleted", vec!["status", "deleted"]),
            ("u.banned_until IS NULL OR u.banned_until < CURRENT_TIMESTAMP", vec!["u.banned_until", "u.banned_until"]),
            ("CAST(id AS text) = 'id' AND at::date > now()", vec!["id", "at"]),
            ("kind IN ('a', 'b') AND rank >= 1e3", vec!["kind", "rank"]),
        ] {
            assert_eq!(names(&parse(text).touches().read), expected, "{text}");
        }
    }

    #[test]
    fn tables_of_a_join_have_their_aliases() {
        let from = parse(r#"customers JOIN mail.boxes AS m ON m.owner = customers.id AND m.main, "user""#);
        let touches = from.touches_as_from();
        let tables: Vec<_> = touches.tables.iter().map(|table| table.name.written()).collect();
        assert_eq!(tables, ["customers", "mail.boxes", r#""user""#]);
        assert_eq!(touches.tables[1].alias.as_ref().map(SqlName::written).as_deref(), Some("m"));
        assert!(touches.tables[1].is_called(&touches.read[0].qualifier().unwrap()));
        assert_eq!(names(&touches.read), ["m.owner", "customers.id", "m.main"]);
    }

    #[test]
    fn statements_name_what_they_change_and_read() {
        let touches = parse("DELETE FROM app.sessions WHERE user_id = :id").touches_as_statement();
        let (verb, table) = touches.changed.unwrap();
        assert_eq!((verb, table.written().as_str()), (SqlVerb::Delete, "app.sessions"));
        assert_eq!(names(&touches.read), ["user_id"]);

        let touches = parse("UPDATE tokens SET revoked = 1, tries = tries + 1 WHERE user_id = :id AND NOT revoked");
        let touches = touches.touches_as_statement();
        assert_eq!(touches.changed.unwrap().0, SqlVerb::Update);
        assert_eq!(names(&touches.written), ["revoked", "tries"]);
        assert_eq!(names(&touches.read), ["tries", "user_id", "revoked"]);

        let touches = parse("DELETE FROM grants WHERE session IN (SELECT s.id FROM sessions s WHERE s.who = :id)");
        let touches = touches.touches_as_statement();
        assert_eq!(names(&touches.read), ["session", "s.id", "s.who"]);
        assert_eq!(touches.tables[0].name.written(), "sessions");
        assert_eq!(parse("CALL reset(:id)").verb(), None);
    }

    #[test]
    fn assignments_set_their_left_side() {
        let touches = parse("concurrency = concat(concurrency, :uuid)").touches_as_assignment();
        assert_eq!(
            (names(&touches.written), names(&touches.read)),
            (vec!["concurrency".into()], vec!["concurrency".into()])
        );
        let touches = parse(r#""updatedAt" = CURRENT_TIMESTAMP"#).touches_as_assignment();
        assert_eq!((names(&touches.written), touches.read.len()), (vec![r#""updatedAt""#.into()], 0));
    }
}
