//! The id of a reset request, and what the holders of its secrets have proven. The id is not a secret and may be
//! logged.

use std::fmt;

/// How a person proves that they own the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// With the link in the email.
    Link,
    /// With the code in the message.
    Code,
}

impl Proof {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
        }
    }
}

/// The progress of a grant's holder. If there are too many grants, those with the least progress go first: scanners
/// open links, people use forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The link was opened.
    Minted,
    /// A browser has arrived with the token.
    Taken,
    /// The browser was shown the form.
    Shown,
    /// The code was entered, something was typed into the form, or it is the browser that requested the reset.
    InUse,
}

impl Hold {
    /// The number in the database; a higher one is further.
    pub const fn rank(self) -> i64 {
        match self {
            Self::Minted => 0,
            Self::Taken => 1,
            Self::Shown => 2,
            Self::InUse => 3,
        }
    }
}

/// 24 URL-safe random characters (144 bits).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChallengeId(String);

impl ChallengeId {
    /// A new random id.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        super::random_text::<18>().map(Self)
    }

    /// `None` unless it has 24 characters of the URL-safe base 64 alphabet.
    pub fn parse(text: &str) -> Option<Self> {
        let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (text.len() == 24 && text.bytes().all(in_alphabet)).then(|| Self(text.to_owned()))
    }

    /// The text for a row or a log field.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChallengeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_id_is_24_url_safe_characters() {
        let id = ChallengeId::random().unwrap();
        assert_eq!(id.as_str().len(), 24);
        assert_eq!(ChallengeId::parse(id.as_str()), Some(id));
        assert_eq!(ChallengeId::parse("short"), None);
        assert_eq!(ChallengeId::parse("' OR 1=1 -- ' OR 1=1 -- "), None);
    }
}
