//! Ids of rows. None is a secret, and all may be logged.

/// Defines an id of 24 URL-safe random characters (144 bits).
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            pub struct $name(String);

            impl $name {
                /// A new random id.
                ///
                /// # Errors
                /// When the operating system has no randomness to give.
                pub fn random() -> Result<Self, getrandom::Error> {
                    super::random_text::<18>().map(Self)
                }

                /// `None` unless it has 24 characters of the URL-safe base 64 alphabet.
                pub fn parse(text: &str) -> Option<Self> {
                    is_id(text).then(|| Self(text.to_owned()))
                }

                /// The text for a row or a log field.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    formatter.write_str(&self.0)
                }
            }
        )+
    };
}

ids! {
    /// The id of a reset request.
    ChallengeId;
    /// The id of a message.
    MessageId;
}

/// The id of an account: 24 random characters, or whatever an app with its own users table calls its users.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// The maximum number of octets of an app's id.
    const MAX_OCTETS: usize = 255;

    /// A new random id.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        super::random_text::<18>().map(Self)
    }

    /// `None` if it is empty, longer than 255 octets or has control characters.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = !text.is_empty() && text.len() <= Self::MAX_OCTETS && !text.chars().any(char::is_control);
        is_id.then(|| Self(text.to_owned()))
    }

    /// The id of no account, for work that must be the same whether a challenge has an account or not.
    pub fn of_nobody(challenge: &ChallengeId) -> Self {
        Self(challenge.0.clone())
    }

    /// The text for a row or a log field.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_id(text: &str) -> bool {
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 24 && text.bytes().all(in_alphabet)
}

/// The id of an audit row: random, or the keyed hash of what it counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AuditId(String);

impl AuditId {
    /// A new random id.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        super::random_text::<18>().map(Self)
    }

    /// The id of a row that counts. Equal parts give equal ids on every instance.
    pub fn of_count(key: &super::ServerKey, parts: &[&str]) -> Self {
        Self(key.keyed_hash("audit", parts))
    }

    /// The text for a row.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_24_url_safe_characters() {
        let id = ChallengeId::random().unwrap();
        assert_eq!(id.as_str().len(), 24);
        assert_eq!(ChallengeId::parse(id.as_str()), Some(id));
        assert_eq!(ChallengeId::parse("short"), None);
        assert_eq!(ChallengeId::parse("' OR 1=1 -- ' OR 1=1 -- "), None);
    }
}
