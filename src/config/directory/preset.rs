//! Presets: how a framework keeps its users. Each is a file in `presets/`, with the keys of the section `directory`.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;

use super::mapped_names;
use crate::model::SqlText;

#[derive(RustEmbed)]
#[folder = "presets"]
struct Files;

/// The name of the preset that fills in nothing.
const CUSTOM: &str = "custom";

/// What a framework always does.
#[derive(Clone, Debug)]
pub struct Preset {
    name: String,
    about: String,
    values: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
}

/// There is no such preset, or its file is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresetError {
    #[error("must be one of {}", preset_names().join(", "))]
    Unknown,
    #[error("the preset {name} cannot be read: {fault}")]
    Damaged { name: String, fault: String },
}

/// The names of all presets, `custom` last.
pub fn preset_names() -> Vec<String> {
    let mut names: Vec<String> =
        Files::iter().filter_map(|file| Some(file.strip_suffix(".toml")?.to_owned())).collect();
    names.sort();
    names.push(CUSTOM.to_owned());
    names
}

impl Preset {
    /// The preset with that name.
    ///
    /// # Errors
    /// If there is no such preset, or its file is not as it should be.
    pub fn find(name: &str) -> Result<Self, PresetError> {
        if name == CUSTOM {
            let about = "Everything is mapped by hand.".to_owned();
            return Ok(Self { name: CUSTOM.to_owned(), about, values: BTreeMap::new(), lists: BTreeMap::new() });
        }
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let file = Files::get(&format!("{name}.toml")).filter(|_| is_plain).ok_or(PresetError::Unknown)?;
        let damaged = |fault: String| PresetError::Damaged { name: name.to_owned(), fault };
        let text = std::str::from_utf8(&file.data).map_err(|error| damaged(error.to_string()))?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| damaged(error.message().to_owned()))?;
        let mut preset =
            Self { name: name.to_owned(), about: String::new(), values: BTreeMap::new(), lists: BTreeMap::new() };
        for (key, value) in table {
            match value {
                toml::Value::String(text) if key == "about" => preset.about = text,
                toml::Value::Array(_) if key == "databases" => {}
                _ if !mapped_names().contains(key.as_str()) => return Err(damaged(format!("it has a key {key}"))),
                toml::Value::String(text) => {
                    preset.values.insert(key, text);
                }
                toml::Value::Array(items) => {
                    let items: Option<Vec<String>> =
                        items.into_iter().map(|item| Some(item.as_str()?.to_owned())).collect();
                    let items = items.ok_or_else(|| damaged(format!("{key} is not a list of texts")))?;
                    preset.lists.insert(key, items);
                }
                _ => return Err(damaged(format!("{key} is neither a text nor a list"))),
            }
        }
        Ok(preset)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One sentence on what to know before using it.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Whether its tables have a prefix that differs from app to app.
    pub fn has_prefix(&self) -> bool {
        self.values.values().any(|value| value.contains("{prefix}"))
    }

    /// The column that it reads for a key (`email`), if that is a plain one.
    pub fn column(&self, key: &str) -> Option<String> {
        let text = SqlText::parse(&self.values.get(key)?.replace("{table}.", "")).ok()?;
        text.name().map(|name| name.plain().to_owned())
    }

    /// What it sets a key to; `name` is `directory.key`.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name.strip_prefix("directory.")?).map(String::as_str)
    }

    pub(super) fn list(&self, name: &str) -> &[String] {
        name.strip_prefix("directory.").and_then(|key| self.lists.get(key)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_read_and_says_what_to_know() {
        let names = preset_names();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            let preset = Preset::find(&name).unwrap_or_else(|error| panic!("{error}"));
            assert!(!preset.about().is_empty(), "{name}");
        }
        assert_eq!(Preset::find("../Cargo").err(), Some(PresetError::Unknown));
    }
}
