//! The languages of pages and messages.

use fluent_langneg::{LanguageIdentifier, NegotiationStrategy, negotiate_languages};

use super::words::words;

words! {
    /// A supported language, in the order of the documentation. Its word is the BCP 47 tag, for `lang` attributes and the
    /// database.
    pub enum Locale {
        /// The default.
        English = "en",
        /// With the formal "Sie".
        German = "de",
    }
}

impl Locale {
    /// The best of the offered languages for an `Accept-Language` header, or the first one if none matches.
    pub fn negotiate(accept_language: &str, offered: &[Self]) -> Self {
        let fallback = offered.first().copied().unwrap_or(Self::English);
        let header: String = accept_language.chars().take(500).collect();
        let wanted = fluent_langneg::accepted_languages::parse(&header);
        let available: Vec<LanguageIdentifier> =
            offered.iter().filter_map(|locale| locale.as_str().parse().ok()).collect();
        negotiate_languages(&wanted, &available, None, NegotiationStrategy::Filtering)
            .first()
            .and_then(|found| Self::from_word(&found.to_string()))
            .unwrap_or(fallback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_the_request_is_found() {
        let offered = [Locale::English, Locale::German];
        assert_eq!(Locale::negotiate("de-AT,de;q=0.9,en;q=0.5", &offered), Locale::German);
        assert_eq!(Locale::negotiate("fr,en;q=0.5", &offered), Locale::English);
        assert_eq!(Locale::negotiate("ja", &[Locale::German, Locale::English]), Locale::German);
        assert_eq!(Locale::negotiate("", &offered), Locale::English);
        assert_eq!(Locale::negotiate(&"x,".repeat(100_000), &offered), Locale::English);
    }
}
