//! Merges the configuration file and the environment, and reads one setting after the other from both.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::ConfigError;
use super::file::{self, Content, Entry};
use super::keys::{self, find};

const EMPTY: &str = "is set, but empty: give it its value, or remove it";

/// Names the configuration file.
const FILE: &str = "KEYBACK_CONFIG";

/// Holds the API key of `keyback mcp`.
const API_KEY: &str = "KEYBACK_API_KEY";

/// The environment variables that begin with `KEYBACK_` and are settings.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// Names of those that are not UTF-8.
    unreadable: Vec<String>,
}

impl Environment {
    /// Of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub fn of_process() -> Self {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            let readable_name = name.to_string_lossy().into_owned();
            if !readable_name.starts_with("KEYBACK_") || [FILE, API_KEY].contains(&readable_name.as_str()) {
                continue;
            }
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => {
                    environment.variables.insert(name, value);
                }
                _ => environment.unreadable.push(readable_name),
            }
        }
        environment
    }
}

/// What the environment holds as the API key of `keyback mcp`.
///
/// # Errors
/// When it is not UTF-8.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
pub fn api_key_of_process() -> Result<Option<String>, ConfigError> {
    let key = std::env::var_os(API_KEY).map(std::ffi::OsString::into_string).transpose();
    key.map_err(|_| ConfigError::NotText { variable: API_KEY.into() })
}

impl From<BTreeMap<String, String>> for Environment {
    fn from(variables: BTreeMap<String, String>) -> Self {
        Self { variables, unreadable: Vec::new() }
    }
}

struct Value {
    text: String,
    source_name: String,
}

pub(super) struct Reader {
    values: BTreeMap<String, Value>,
    unknown: Option<ConfigError>,
}

impl Reader {
    pub(super) fn open(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let mut reader = Self { values: BTreeMap::new(), unknown: None };
        if let Some(path) = file {
            reader.read_file(path)?;
        }
        if let Some(variable) = environment.unreadable.first() {
            return Err(ConfigError::NotText { variable: variable.clone() });
        }
        for (variable, value) in &environment.variables {
            reader.read_variable(variable, value)?;
        }
        // A secret that was lost on the way must not count as one that nobody wanted.
        let is_lost =
            |name: &str, value: &Value| value.text.trim().is_empty() && find(name).is_some_and(|key| key.secret);
        if let Some((name, _)) = reader.values.iter().find(|(name, value)| is_lost(name, value)) {
            return Err(reader.refuse(name, EMPTY.into()));
        }
        Ok(reader)
    }

    /// A value that must be there, by default or by setting.
    pub(super) fn get<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        match self.optional(name, parse)? {
            Some(value) => Ok(value),
            None => Err(Self::missing(name)),
        }
    }

    /// The message for a value that must be there and is not.
    pub(super) fn missing(name: &'static str) -> ConfigError {
        ConfigError::Missing {
            key: name,
            about: find(name).map_or("", |key| key.about).replace("**Required.** ", ""),
            variable: variable_of(name),
        }
    }

    /// What is set to something, by name.
    pub(super) fn set_names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter(|(_, value)| !value.text.trim().is_empty()).map(|(name, _)| name.as_str())
    }

    /// A value that may be absent; an empty text is absent.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let default = find(name).map_or("", |key| key.default);
        let text = self.values.get(name).map_or(default, |value| value.text.as_str()).trim();
        if text.is_empty() {
            return Ok(None);
        }
        parse(text).map(Some).map_err(|fix| self.refuse(name, fix))
    }

    /// Several values, parted by commas, or by lines as people write them into a file.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        let items = self.optional(name, |text| {
            text.split([',', '\n'])
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(&parse)
                .collect::<Result<Vec<T>, _>>()
        })?;
        Ok(items.unwrap_or_default())
    }

    /// Several values that may contain commas, one per line. An empty list is a value, too; `None` if nothing is set.
    pub(super) fn lines(&self, name: &str) -> Option<Vec<String>> {
        let lines = self.values.get(name)?.text.lines().map(str::trim).filter(|line| !line.is_empty());
        Some(lines.map(str::to_owned).collect())
    }

    /// The message for a value that cannot be.
    pub(super) fn refuse(&self, name: &str, fix: String) -> ConfigError {
        let (value, source_name) = match self.values.get(name) {
            Some(value) => (value.text.as_str(), value.source_name.clone()),
            None => (find(name).map_or("", |key| key.default), "the default".into()),
        };
        let secret = find(name).is_some_and(|key| key.secret);
        let value = if secret { "(hidden)".into() } else { format!("{value:?}") };
        ConfigError::Refused { key: name.into(), value, fix, source_name }
    }

    /// Reports a key that nobody knows, now that every malformed one has been reported.
    pub(super) fn nothing_unknown_is_left(&mut self) -> Result<(), ConfigError> {
        self.unknown.take().map_or(Ok(()), Err)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        for entry in file::entries(path)? {
            self.read_entry(path, entry)?;
        }
        Ok(())
    }

    fn read_entry(&mut self, path: &Path, entry: Entry) -> Result<(), ConfigError> {
        let Entry { name, content, place } = entry;
        let source_name = format!("{}, {place}", path.display());
        let refuse =
            |fix: &str| ConfigError::File { path: path.into(), fault: format!("{place}: {name}: must be {fix}") };
        if let Some(secret) = name.strip_suffix("_file").filter(|secret| find(secret).is_some_and(|key| key.secret)) {
            let Content::Text(file) = content else { return Err(refuse("a path in quotes")) };
            return self.read_secret_file(secret, Path::new(&file));
        }
        let Some(key) = find(&name) else {
            self.unknown(name, source_name);
            return Ok(());
        };
        let text = match content {
            Content::Text(text) | Content::Scalar(text) => text,
            Content::List(items) if key.lines => items.join("\n"),
            Content::List(items) if key.list => items.join(","),
            Content::List(_) | Content::Other if key.list => return Err(refuse("a list of texts")),
            Content::List(_) | Content::Other => return Err(refuse("a text, a number or true or false")),
        };
        self.values.insert(name, Value { text, source_name });
        Ok(())
    }

    fn read_variable(&mut self, variable: &str, value: &str) -> Result<(), ConfigError> {
        if let Some(key) = keys::all().find(|key| variable_of(key.name) == variable) {
            self.values.insert(key.name.into(), Value { text: value.into(), source_name: variable.into() });
            return Ok(());
        }
        let secret = variable
            .strip_suffix("_FILE")
            .and_then(|secret| keys::all().find(|key| key.secret && variable_of(key.name) == secret));
        match secret {
            Some(key) => self.read_secret_file(key.name, Path::new(value)),
            None => {
                self.unknown(variable.into(), "the environment".into());
                Ok(())
            }
        }
    }

    fn read_secret_file(&mut self, name: &str, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::File { path: path.into(), fault: format!("{error} ({name})") })?;
        let source_name = path.display().to_string();
        self.values.insert(name.into(), Value { text: text.trim().into(), source_name });
        Ok(())
    }

    fn unknown(&mut self, name: String, source_name: String) {
        let spelt = |known: &str| if name.starts_with("KEYBACK_") { variable_of(known) } else { known.to_owned() };
        let suggestion = most_like(&name).map(|known| format!("; did you mean {}?", spelt(known))).unwrap_or_default();
        self.unknown.get_or_insert(ConfigError::Unknown { name, suggestion, source_name });
    }
}

/// The key that was probably meant: other separators, a letter wrong, or the right word in another
/// section.
fn most_like(name: &str) -> Option<&'static str> {
    let letters = |text: &str| -> String {
        text.trim_start_matches("KEYBACK_").to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
    };
    let typed = letters(name);
    let distances = keys::all().map(|key| (strsim::levenshtein(&typed, &letters(key.name)), key.name));
    let nearest = distances.min().filter(|(distance, _)| *distance <= 2).map(|(_, known)| known);
    let same_word = || {
        keys::all().map(|key| key.name).find(|known| {
            let word = known.split('.').next_back().map(letters).unwrap_or_default();
            word.len() > 3 && typed.ends_with(&word)
        })
    };
    nearest.or_else(same_word)
}

/// `server.listen` is `KEYBACK_SERVER__LISTEN`.
pub(super) fn variable_of(name: &str) -> String {
    format!("KEYBACK_{}", name.replace('.', "__").to_uppercase())
}
