//! The name of one request to reset. Made by `reset::request`, kept in the session, logged freely:
//! it is an identifier, not a secret.

use std::fmt;

/// How a person proves that the account is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The link in the mail.
    Link,
    /// The short number in the message.
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

/// 24 URL-safe random characters (144 bits).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChallengeId(String);

impl ChallengeId {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        super::random_text::<18>().map(Self)
    }

    /// `None` unless it is 24 characters of the URL-safe base 64 alphabet.
    pub fn parse(text: &str) -> Option<Self> {
        let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (text.len() == 24 && text.bytes().all(in_alphabet)).then(|| Self(text.to_owned()))
    }

    /// As text, for a row or a log field.
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
