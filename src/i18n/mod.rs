//! The texts of pages and messages in every language. They come from the Fluent files in this folder, which are
//! embedded in the binary.

use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::model::Locale;

/// A value for a variable in a text.
pub enum Value<'a> {
    Text(&'a str),
    Number(u64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// The text `id` in `locale`, with its variables filled in. A test makes sure that every text exists in every language.
pub fn text(locale: Locale, id: &str, values: &[(&str, Value<'_>)]) -> String {
    let Some(pattern) = BUNDLES.get(&locale).and_then(|bundle| Some((bundle, bundle.get_message(id)?.value()?))) else {
        tracing::error!(id, "a text is missing in the Fluent file; showing its ID instead");
        return id.to_owned();
    };
    let (bundle, pattern) = pattern;
    let mut arguments = FluentArgs::new();
    for (name, value) in values {
        match value {
            Value::Text(text) => arguments.set(*name, FluentValue::from(*text)),
            Value::Number(number) => arguments.set(*name, FluentValue::from(*number)),
        }
    }
    let mut faults = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut faults);
    if !faults.is_empty() {
        tracing::error!(id, ?faults, "could not fill in all variables of a text");
    }
    text.into_owned()
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<HashMap<Locale, Bundle>> =
    LazyLock::new(|| Locale::ALL.into_iter().map(|locale| (locale, bundle(locale))).collect());

const fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::English => include_str!("en.ftl"),
        Locale::German => include_str!("de.ftl"),
    }
}

fn bundle(locale: Locale) -> Bundle {
    let mut bundle = Bundle::new_concurrent(locale.as_str().parse().into_iter().collect());
    // Isolation marks around values confuse screen readers and plain-text mail, and our texts have only one direction.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source(locale).to_owned()).unwrap_or_else(|(resource, faults)| {
        tracing::error!(
            ?faults,
            locale = locale.as_str(),
            "could not parse a part of a Fluent file; its texts are missing"
        );
        resource
    });
    if let Err(faults) = bundle.add_resource(resource) {
        tracing::error!(?faults, locale = locale.as_str(), "a Fluent file has duplicate texts; using the first one");
    }
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Every text of a language with its variables.
    fn texts(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
        assert!(FluentResource::try_new(source(locale).to_owned()).is_ok(), "{} can be read", locale.as_str());
        let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in source(locale).lines().filter(|line| !line.starts_with('#')) {
            if let Some((id, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                current = id.to_owned();
                assert!(texts.insert(current.clone(), BTreeSet::new()).is_none(), "{id} is there twice");
            }
            for value in line.split('$').skip(1) {
                let name = value.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                texts.get_mut(&current).unwrap().insert(name);
            }
        }
        texts
    }

    #[test]
    fn every_language_has_the_same_texts_with_the_same_values() {
        let english = texts(Locale::English);
        for locale in Locale::ALL {
            assert_eq!(texts(locale), english, "{}", locale.as_str());
        }
    }
}
