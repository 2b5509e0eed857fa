//! What a mapping touches: which columns of which tables are read and written, and what is deleted. Grants and checks
//! are made of it.

use super::{Condition, Mapping};
use crate::model::{SqlName, SqlTable, SqlText, SqlTouches, SqlVerb};

/// The tables of a mapping; the one that is written comes first.
#[derive(Clone, Debug)]
pub struct Access {
    pub tables: Vec<TableAccess>,
}

/// What happens to one table.
#[derive(Clone, Debug)]
pub struct TableAccess {
    pub table: SqlName,
    /// Columns, without their table.
    pub read: Vec<SqlName>,
    pub written: Vec<SqlName>,
    pub deletes: bool,
    pub inserts: bool,
}

impl TableAccess {
    fn new(table: SqlName) -> Self {
        Self { table, read: Vec::new(), written: Vec::new(), deletes: false, inserts: false }
    }
}

impl Mapping {
    /// What is read and written. `None` if the table is not a plain name.
    pub fn access(&self) -> Option<Access> {
        let table = self.table.name()?;
        let mut access = Access { tables: vec![TableAccess::new(table.clone())] };
        let from = self.from.touches_as_from();
        let tables = from.tables.clone();
        for expression in self.expressions() {
            access.add_reads(&expression.touches(), &tables, &table);
        }
        access.add_reads(&from, &tables, &table);
        let own = [SqlTable { name: table.clone(), alias: None }];
        for assignment in &self.assignments {
            let touches = assignment.touches_as_assignment();
            access.add_reads(&touches, &own, &table);
            let written = &mut access.of(&table).written;
            touches.written.iter().for_each(|column| add(written, column));
        }
        for statement in &self.then {
            access.add_statement(&statement.touches_as_statement());
        }
        Some(access)
    }

    /// Everything that is read, in the order of a person's view: id, contacts, facts, password.
    fn expressions(&self) -> impl Iterator<Item = &SqlText> {
        let lookups = [&self.email, &self.username, &self.phone].into_iter().flatten();
        let of_lookups = lookups.flat_map(|lookup| [&lookup.value, &lookup.key]);
        let facts =
            [&self.email_verified, &self.phone_verified, &self.active, &self.filter, &self.no_password].into_iter();
        let of_facts = facts.filter_map(|fact| match fact {
            Condition::Where(text) => Some(text),
            Condition::Always | Condition::Never => None,
        });
        std::iter::once(&self.id).chain(of_lookups).chain(of_facts).chain([&self.password, &self.row])
    }
}

impl Access {
    /// The entry of a table; a new one if it has none yet.
    fn of(&mut self, table: &SqlName) -> &mut TableAccess {
        let known = self.tables.iter().position(|entry| entry.table.is_same_as(table));
        let at = known.unwrap_or_else(|| {
            self.tables.push(TableAccess::new(table.clone()));
            self.tables.len() - 1
        });
        &mut self.tables[at]
    }

    /// A column without a table belongs to `default`.
    fn add_reads(&mut self, touches: &SqlTouches, outer: &[SqlTable], default: &SqlName) {
        for table in &touches.tables {
            self.of(&table.name);
        }
        for column in &touches.read {
            let called = |qualifier: SqlName| {
                let tables = touches.tables.iter().chain(outer);
                tables.filter(|table| table.is_called(&qualifier)).map(|table| table.name.clone()).next()
            };
            let table = match column.qualifier() {
                None => Some(default.clone()),
                Some(qualifier) => called(qualifier),
            };
            if let Some(table) = table {
                add(&mut self.of(&table).read, &column.column());
            }
        }
    }

    fn add_statement(&mut self, touches: &SqlTouches) {
        let Some((verb, table)) = &touches.changed else { return };
        let own = [SqlTable { name: table.clone(), alias: None }];
        self.add_reads(touches, &own, table);
        let entry = self.of(table);
        entry.deletes |= *verb == SqlVerb::Delete;
        entry.inserts |= *verb == SqlVerb::Insert;
        touches.written.iter().for_each(|column| add(&mut entry.written, column));
    }
}

fn add(columns: &mut Vec<SqlName>, column: &SqlName) {
    if !columns.iter().any(|known| known.is_same_as(column)) {
        columns.push(column.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::super::preset::{Preset, preset_names};
    use super::super::show::mapping_of;
    use crate::model::SqlName;

    fn of(preset: &str) -> Vec<(String, String, String, bool)> {
        let config = mapping_of(&Preset::find(preset).unwrap()).unwrap();
        let names = |names: &[SqlName]| names.iter().map(SqlName::written).collect::<Vec<_>>().join(" ");
        let access = config.mapping.access().unwrap().tables.into_iter();
        access.map(|table| (table.table.written(), names(&table.read), names(&table.written), table.deletes)).collect()
    }

    #[test]
    fn laravel_touches_what_its_page_says() {
        let text = |text: &str| text.to_owned();
        assert_eq!(
            of("laravel"),
            [
                (text("users"), text("id email password"), text("password remember_token updated_at"), false),
                (text("sessions"), text("user_id"), text(""), true),
                (text("password_reset_tokens"), text("email"), text(""), true),
            ]
        );
    }

    #[test]
    fn columns_of_a_join_belong_to_their_tables() {
        let tables = of("better-auth");
        let read = |name: &str| tables.iter().find(|table| table.0 == name).unwrap().1.clone();
        assert_eq!(read(r#""user""#), "id email");
        assert!(read("account").contains(r#""userId""#) && read("account").contains("password"));
    }

    #[test]
    fn every_preset_touches_tables_that_can_be_named() {
        for name in preset_names().iter().filter(|name| *name != "custom") {
            let tables = of(name);
            assert!(!tables[0].1.is_empty() && !tables[0].2.is_empty(), "{name}: {tables:?}");
            for (table, read, written, deletes) in &tables[1..] {
                assert!(!read.is_empty() || !written.is_empty() || *deletes, "{name}: {table}");
            }
        }
    }
}
