//! Writes a mapping out as a section `[directory]`, every key of it, so that it can be read and edited.

use std::collections::BTreeMap;

use super::{Condition, Lookup, Preset, SqlDirectory, read_sql};
use crate::config::error::ConfigError;
use crate::config::reader::{Environment, Reader};
use crate::model::SqlText;

/// Stands for the database of a preset that is only shown.
const SOME_DATABASE: &str = "postgres://keyback@localhost/app";

/// Stands for what a preset cannot know.
const PLACEHOLDER: &str = "CHANGE_ME";

/// A preset as a section of the configuration file. What only the operator knows is left to fill in.
///
/// # Errors
/// When the preset contradicts itself.
pub fn show_preset(preset: &Preset) -> Result<String, ConfigError> {
    let mut config = mapping_of(preset)?;
    config.recipe.pepper = None;
    Ok(config.shown(Some(preset.about())))
}

/// What a preset maps to.
pub(super) fn mapping_of(preset: &Preset) -> Result<SqlDirectory, ConfigError> {
    let mut settings = BTreeMap::from([
        ("KEYBACK_DIRECTORY__URL".to_owned(), SOME_DATABASE.to_owned()),
        ("KEYBACK_DIRECTORY__PRESET".to_owned(), preset.name().to_owned()),
    ]);
    for (name, variable) in [
        ("directory.table", "KEYBACK_DIRECTORY__TABLE"),
        ("directory.id", "KEYBACK_DIRECTORY__ID"),
        ("directory.email", "KEYBACK_DIRECTORY__EMAIL"),
        ("directory.email_verified", "KEYBACK_DIRECTORY__EMAIL_VERIFIED"),
        ("directory.password", "KEYBACK_DIRECTORY__PASSWORD"),
        ("directory.hash", "KEYBACK_DIRECTORY__HASH"),
    ] {
        if preset.value(name).is_none() {
            settings.insert(variable.to_owned(), PLACEHOLDER.to_owned());
        }
    }
    let mut reader = Reader::open(None, &Environment::from(settings))?;
    read_sql(&mut reader)?.ok_or_else(|| Reader::missing("directory.url"))
}

impl SqlDirectory {
    /// The section, with everything mapped by hand. Secrets are named, not shown.
    pub fn shown(&self, about: Option<&str>) -> String {
        let mapping = &self.mapping;
        let mut section = Section::default();
        if let Some(about) = about {
            section.comment(about);
        }
        section.line("[directory]");
        section.comment(r#"url_file = "/run/secrets/app-database""#);
        section.text("preset", "custom");
        section.sql("table", &mapping.table);
        if mapping.from != mapping.table {
            section.sql("from", &mapping.from);
        }
        section.sql("id", &mapping.id);
        section.sql("where", &mapping.row);
        section.lookup(["email", "email_key", "email_match"], mapping.email.as_ref());
        section.condition("email_verified", &mapping.email_verified);
        section.lookup(["username", "username_key", "username_match"], mapping.username.as_ref());
        section.lookup(["phone", "phone_key", "phone_match"], mapping.phone.as_ref());
        if mapping.phone.is_some() {
            section.condition("phone_verified", &mapping.phone_verified);
        }
        section.condition("active", &mapping.active);
        section.condition("filter", &mapping.filter);
        section.text("without_password", mapping.without_password.as_str());
        section.condition("no_password", &mapping.no_password);
        section.sql("password", &mapping.password);
        section.list("set", mapping.assignments.iter().map(SqlText::written));
        section.list("then", mapping.then.iter().map(SqlText::written));
        section.text("hash", &self.recipe.hash);
        section.list("hash_options", self.recipe.options.iter().cloned());
        if self.recipe.pepper.is_some() || self.recipe.hash == "flask-security" {
            section.comment(r#"pepper_file = "/run/secrets/app-pepper""#);
        }
        section.0
    }
}

#[derive(Default)]
struct Section(String);

impl Section {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn comment(&mut self, text: &str) {
        self.line(&format!("# {text}"));
    }

    fn text(&mut self, key: &str, value: &str) {
        let line = format!("{key} = {}", toml::Value::from(value));
        // It must be filled in before Keyback accepts the section.
        if value.contains(PLACEHOLDER) { self.comment(&format!("{line} # required")) } else { self.line(&line) }
    }

    fn sql(&mut self, key: &str, text: &SqlText) {
        self.text(key, &text.written());
    }

    fn condition(&mut self, key: &str, condition: &Condition) {
        match condition {
            Condition::Always => self.text(key, "always"),
            Condition::Never => self.text(key, "never"),
            Condition::Where(text) => self.sql(key, text),
        }
    }

    fn lookup(&mut self, [value, key, rule]: [&str; 3], lookup: Option<&Lookup>) {
        let Some(lookup) = lookup else { return };
        self.sql(value, &lookup.value);
        if lookup.key != lookup.value {
            self.sql(key, &lookup.key);
        }
        self.text(rule, lookup.rule.as_str());
    }

    fn list(&mut self, key: &str, values: impl Iterator<Item = String>) {
        let values: Vec<String> = values.map(|value| format!("  {},\n", toml::Value::from(value))).collect();
        if !values.is_empty() {
            self.line(&format!("{key} = [\n{}]", values.concat()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::preset::preset_names;
    use super::*;

    fn read_again(shown: &str) -> SqlDirectory {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keyback.toml");
        std::fs::write(&file, shown).unwrap();
        let mut settings = BTreeMap::from([("KEYBACK_DIRECTORY__URL".to_owned(), SOME_DATABASE.to_owned())]);
        if shown.contains("# email = ") {
            settings.insert("KEYBACK_DIRECTORY__EMAIL".to_owned(), PLACEHOLDER.to_owned());
        }
        let mut reader = Reader::open(Some(&file), &Environment::from(settings)).unwrap();
        reader.nothing_unknown_is_left().unwrap();
        read_sql(&mut reader).unwrap_or_else(|error| panic!("{error}\n{shown}")).unwrap()
    }

    #[test]
    fn every_preset_that_is_written_out_is_read_again_as_the_same_mapping() {
        let names = preset_names();
        assert!(names.len() > 10, "{names:?}");
        for name in names.iter().filter(|name| *name != "custom") {
            let preset = Preset::find(name).unwrap();
            let shown = show_preset(&preset).unwrap();
            assert!(shown.starts_with(&format!("# {}\n[directory]\n", preset.about())), "{shown}");
            let (first, second) = (mapping_of(&preset).unwrap(), read_again(&shown));
            assert_eq!(format!("{:?}", first.mapping), format!("{:?}", second.mapping), "{name}");
            assert_eq!((&first.recipe.hash, &first.recipe.options), (&second.recipe.hash, &second.recipe.options));
            assert_eq!(second.shown(Some(preset.about())), shown, "{name}");
        }
    }

    #[test]
    fn what_a_preset_cannot_know_is_left_to_fill_in() {
        let shown = show_preset(&Preset::find("spring").unwrap()).unwrap();
        assert!(shown.contains("# email = \"CHANGE_ME\" # required\n"), "{shown}");
        let shown = show_preset(&Preset::find("custom").unwrap()).unwrap();
        assert!(shown.contains("# password = \"CHANGE_ME\" # required\n"), "{shown}");
    }

    #[test]
    fn secrets_are_named_and_not_shown() {
        let mut config = mapping_of(&Preset::find("devise").unwrap()).unwrap();
        config.recipe.pepper = Some(crate::model::Pepper::new("c0ffee-pepper".to_owned()));
        let shown = config.shown(None);
        assert!(shown.contains("# pepper_file = ") && !shown.contains("c0ffee"), "{shown}");
    }
}
