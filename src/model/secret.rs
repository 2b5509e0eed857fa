//! Secrets that are sent to somebody and come back. Each kind is a separate type, so that none can stand in for another
//! (SECURITY.md, requirement 23). The store receives only their hashes.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::code_text::code_in;
use super::{ChallengeId, Channel, ServerKey};

/// The text does not have the form of the secret. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret is malformed")]
pub struct SecretError;

/// What the store keeps of a secret. A secret with 256 random bits needs no slow hash (ASVS 6.5.2). A code is short, so
/// its hash is keyed with the server's own secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHash(String);

impl SecretHash {
    /// The text for a row or a session.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a hash from one of our rows or sessions, never from a caller.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// A short name for it that reveals nothing about it.
    pub fn fingerprint(&self) -> String {
        let mut name = URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes()));
        name.truncate(22);
        name
    }

    /// Equality in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

/// 43 characters: 32 octets in URL-safe base 64.
pub(super) const RANDOM_LENGTH: usize = 43;

macro_rules! prefixed_secret {
    ($(#[$documentation:meta])* $name:ident, $prefix:literal) => {
        $(#[$documentation])*
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name(String);

        impl $name {
            /// The prefix of every such secret.
            pub const PREFIX: &'static str = concat!($prefix, "-");

            /// A new secret with 256 random bits.
            ///
            /// # Errors
            /// When the operating system has no randomness to give.
            pub fn random() -> Result<Self, getrandom::Error> {
                Ok(Self(Self::PREFIX.to_owned() + &super::random_text::<32>()?))
            }

            /// Reads a secret that came back.
            ///
            /// # Errors
            /// [`SecretError`] unless it is the prefix, a dash and 43 URL-safe characters.
            pub fn parse(text: &str) -> Result<Self, SecretError> {
                let random = text.strip_prefix(Self::PREFIX).ok_or(SecretError)?;
                if random.len() != RANDOM_LENGTH || URL_SAFE_NO_PAD.decode(random).is_err() {
                    return Err(SecretError);
                }
                Ok(Self(text.to_owned()))
            }

            /// What the store keeps. The prefix is hashed too, so that the hash of one kind is never the hash of
            /// another.
            pub fn hash(&self) -> SecretHash {
                SecretHash(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes())))
            }

            /// The secret itself, for the one message or answer that carries it.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

prefixed_secret! {
    /// The secret in the emailed link. It opens one challenge, many times.
    LinkKey, "tk"
}
prefixed_secret! {
    /// The secret in a "this wasn't me" link. It can end a challenge and do nothing else.
    CancelKey, "ck"
}
prefixed_secret! {
    /// Issued for a verified link or code: the right to set the password of one challenge, once.
    AccessToken, "at"
}
prefixed_secret! {
    /// The secret of a program. Secret scanners can search for `kb`.
    ApiKey, "kb"
}

/// The request id of the Productflame protocol. Like a link key, it opens one challenge. The protocol requires 24
/// characters (144 random bits).
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ActivationId(String);

impl ActivationId {
    /// A new random id.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        super::random_text::<18>().map(Self)
    }

    /// Reads an id that came back.
    ///
    /// # Errors
    /// [`SecretError`] unless it is 24 URL-safe characters.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let well_formed = text.len() == 24 && URL_SAFE_NO_PAD.decode(text).is_ok();
        well_formed.then(|| Self(text.to_owned())).ok_or(SecretError)
    }

    /// What the store keeps.
    pub fn hash(&self) -> SecretHash {
        SecretHash(URL_SAFE_NO_PAD.encode(Sha256::digest(format!("activation:{}", self.0))))
    }

    /// The secret itself, for the one answer that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ActivationId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ActivationId(…)")
    }
}

/// The client secret of the Amazon Cognito protocol, which clients prove with an HMAC. It is computed from the hash of
/// an API key and the server's own secret, so it is stored nowhere and ends with its key.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The client secret of the key with this hash.
    pub fn of_key(server: &ServerKey, hash: &SecretHash) -> Self {
        Self(server.keyed_hash("client secret", &[hash.as_str()]))
    }

    /// Whether `given` is base64(HMAC-SHA-256(secret, username + client id)), in constant time
    /// (Cognito developer guide, "Computing secret hash values").
    pub fn made(&self, given: &str, username: &str, client_id: &str) -> bool {
        let Ok(given) = STANDARD.decode(given) else { return false };
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_bytes()) else { return false };
        mac.update(username.as_bytes());
        mac.update(client_id.as_bytes());
        mac.verify_slice(&given).is_ok()
    }

    /// The secret itself, to show it to the operator who creates the key.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ClientSecret(…)")
    }
}

/// The code in a message: 8 digits in an email, 6 in a text message, uniformly distributed (ASVS 6.5.4).
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Code(String);

impl Code {
    /// A new code for a message on `channel`. A draw beyond the last complete set of codes is discarded, so that no
    /// digit is more likely than another.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random(channel: Channel) -> Result<Self, getrandom::Error> {
        let length = channel.code_length();
        let codes = 10_u32.pow(length as u32);
        let last_full = u32::MAX / codes * codes;
        loop {
            let draw = getrandom::u32()?;
            if draw < last_full {
                return Ok(Self(format!("{:0length$}", draw % codes)));
            }
        }
    }

    /// Reads what a person typed or pasted: 6 or 8 digits of any script, grouped or not (`1234 5678`, `123-456`), with
    /// words around them, or the whole message.
    ///
    /// # Errors
    /// [`SecretError`] unless it contains exactly one code.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        code_in(text, &[Channel::Email.code_length(), Channel::Sms.code_length()]).map(Self).ok_or(SecretError)
    }

    /// Reads a code for protocols whose callers may send anything. A text that is not a code becomes a code that was
    /// never issued, so that the try is counted and fails like any other wrong code.
    pub fn or_wrong(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|SecretError| Self(String::new()))
    }

    /// What the store keeps: keyed, and bound to its challenge.
    pub fn hash(&self, key: &ServerKey, challenge: &ChallengeId) -> SecretHash {
        SecretHash(key.keyed_hash("code", &[challenge.as_str(), &self.0]))
    }

    /// The digits, for the one message that carries them.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    /// Chi-square of how often each value was seen against all being equally likely.
    fn chi_square(seen: &HashMap<u8, u64>, values: u64) -> f64 {
        let total: u64 = seen.values().sum();
        let expected = total as f64 / values as f64;
        let unseen = values - seen.len() as u64;
        let deviation = |count: f64| (count - expected).powi(2) / expected;
        seen.values().map(|count| deviation(*count as f64)).sum::<f64>() + unseen as f64 * deviation(0.0)
    }

    // SECURITY.md, requirement 15
    #[test]
    fn ten_thousand_keys_are_unique_and_uniform() {
        let keys: HashSet<String> = (0..10_000).map(|_| LinkKey::random().unwrap().expose().to_owned()).collect();
        assert_eq!(keys.len(), 10_000);
        let mut seen = HashMap::new();
        for key in &keys {
            assert_eq!(key.len(), 46);
            // The 43rd character carries only four of its six bits.
            for byte in key["tk-".len()..45].bytes() {
                *seen.entry(byte).or_default() += 1;
            }
        }
        // 63 degrees of freedom: 130 is passed by chance less than once in 500,000 runs.
        assert!(chi_square(&seen, 64) < 130.0);
    }

    // SECURITY.md, requirement 28
    #[test]
    fn codes_are_uniform_and_may_begin_with_zero() {
        for (channel, length) in [(Channel::Sms, 6), (Channel::Email, 8)] {
            let codes: Vec<Code> = (0..20_000).map(|_| Code::random(channel).unwrap()).collect();
            assert!(codes.iter().all(|code| code.expose().len() == length));
            for place in 0..length {
                let mut seen = HashMap::new();
                for code in &codes {
                    *seen.entry(code.expose().as_bytes()[place]).or_default() += 1;
                }
                // 9 degrees of freedom: 50 is passed by chance about once in ten million places.
                assert!(chi_square(&seen, 10) < 50.0, "{channel:?}, digit {place}");
            }
            assert!(codes.iter().any(|code| code.expose().starts_with('0')));
        }
    }

    #[test]
    fn one_kind_of_secret_is_never_read_as_another() {
        let link = LinkKey::random().unwrap();
        assert!(LinkKey::parse(link.expose()).is_ok());
        assert!(AccessToken::parse(link.expose()).is_err());
        assert!(CancelKey::parse(link.expose()).is_err());
        assert!(ApiKey::parse(link.expose()).is_err());
        assert!(Code::parse(link.expose()).is_err());
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for text in ["", "tk-", "tk-short", "' OR 1=1 --", "tk-\0", &"x".repeat(1_000_000)] {
            assert!(LinkKey::parse(text).is_err());
            assert!(Code::parse(text).is_err());
        }
        assert!(Code::parse("1234 5678").is_ok());
        assert!(Code::parse(" 123-456 ").is_ok());
        for text in ["12345", "1234567", "123456789"] {
            assert!(Code::parse(text).is_err());
        }
    }

    // SECURITY.md, requirement 75
    #[test]
    fn no_secret_is_ever_printed() {
        assert_eq!(format!("{:?}", LinkKey::random().unwrap()), "LinkKey(…)");
        assert_eq!(format!("{:?}", AccessToken::random().unwrap()), "AccessToken(…)");
        assert_eq!(format!("{:?}", Code::random(Channel::Email).unwrap()), "Code(…)");
    }

    #[test]
    fn what_stands_in_the_place_of_a_code_is_the_code_or_a_wrong_one() {
        let (key, challenge) = (ServerKey::random().unwrap(), ChallengeId::random().unwrap());
        let hash = |text| Code::or_wrong(text).hash(&key, &challenge);
        assert!(hash("1234 5678").matches(&Code::parse("12345678").unwrap().hash(&key, &challenge)));
        assert!(hash("' OR 1=1 --").matches(&hash("another")), "no minted code is empty");
    }

    #[test]
    fn a_code_is_bound_to_its_challenge_and_server() {
        let (key, other_key) = (ServerKey::random().unwrap(), ServerKey::random().unwrap());
        let (challenge, other) = (ChallengeId::random().unwrap(), ChallengeId::random().unwrap());
        let code = Code::random(Channel::Email).unwrap();
        assert!(code.hash(&key, &challenge).matches(&code.hash(&key, &challenge)));
        assert!(!code.hash(&key, &challenge).matches(&code.hash(&key, &other)));
        assert!(!code.hash(&key, &challenge).matches(&code.hash(&other_key, &challenge)));
    }
}
