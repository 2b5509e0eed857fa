//! Reads the configuration file. A fault in it is reported with its line and column, and without the text there: that
//! may be a secret.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::error::ConfigError;

/// One setting as it is written in the file.
pub(super) struct Entry {
    /// With its section: `server.listen`.
    pub(super) name: String,
    pub(super) content: Content,
    /// `line 3, column 5`.
    pub(super) place: String,
}

/// What a setting is set to.
pub(super) enum Content {
    Text(String),
    /// A number, or true or false.
    Scalar(String),
    List(Vec<String>),
    /// What no setting can be.
    Other,
}

/// Every setting of the file. One outside a section has a name without a dot.
///
/// # Errors
/// When the file cannot be read or is not TOML.
pub(super) fn entries(path: &Path) -> Result<Vec<Entry>, ConfigError> {
    let fault = |fault: String| ConfigError::File { path: path.to_path_buf(), fault };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let table = DeTable::parse(&text).map_err(|error| {
        let place = error.span().map(|span| format!("{}: ", place(&text, &span))).unwrap_or_default();
        fault(format!("{place}{}", error.message()))
    })?;
    let mut entries = Vec::new();
    for (section, keys) in table.get_ref() {
        let DeValue::Table(keys) = keys.get_ref() else {
            let name = section.get_ref().to_string();
            entries.push(Entry { name, content: Content::Other, place: place(&text, &section.span()) });
            continue;
        };
        for (key, value) in keys {
            let name = format!("{}.{}", section.get_ref(), key.get_ref());
            entries.push(Entry { name, content: content(value.get_ref()), place: place(&text, &key.span()) });
        }
    }
    Ok(entries)
}

fn content(value: &DeValue<'_>) -> Content {
    match value {
        DeValue::String(text) => Content::Text(text.to_string()),
        DeValue::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| scalar(item.get_ref())).collect();
            items.map_or(Content::Other, Content::List)
        }
        value => scalar(value).map_or(Content::Other, Content::Scalar),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number.to_string())
        }
        DeValue::Boolean(fact) => Some(fact.to_string()),
        _ => None,
    }
}

fn place(text: &str, span: &Range<usize>) -> String {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    format!("line {line}, column {column}")
}
