//! The server's own secret (`server.secret_key`), and the keyed hashes computed with it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Why a text is not a server key. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerKeyError {
    /// Not base 64 of exactly 32 octets.
    #[error("it must be 32 random octets in base 64")]
    Malformed,
    /// One repeated octet, or a counting sequence: nobody drew this at random.
    #[error("it is not random")]
    Weak,
}

/// 32 random octets.
#[derive(Clone)]
pub struct ServerKey(Zeroizing<[u8; 32]>);

impl ServerKey {
    /// A new random key.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Reads base 64 (standard or URL-safe, padded or not).
    ///
    /// # Errors
    /// See [`ServerKeyError`].
    pub fn parse(text: &str) -> Result<Self, ServerKeyError> {
        let standard = text.trim().trim_end_matches('=').replace('-', "+").replace('_', "/");
        let decoded = base64::engine::general_purpose::STANDARD_NO_PAD
            .decode(standard)
            .map(Zeroizing::new)
            .map_err(|_| ServerKeyError::Malformed)?;
        let bytes: [u8; 32] = decoded.as_slice().try_into().map_err(|_| ServerKeyError::Malformed)?;
        let distinct: std::collections::HashSet<u8> = bytes.into_iter().collect();
        let counts_up = bytes.windows(2).all(|pair| matches!(pair, [a, b] if b.wrapping_sub(*a) == 1));
        if distinct.len() < 12 || counts_up {
            return Err(ServerKeyError::Weak);
        }
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The key in base 64, only for writing the key file.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_ref()))
    }

    /// HMAC-SHA-256 of `parts` under this key, for one purpose. Parts are separated, so that different lists of parts
    /// never give the same input.
    pub fn keyed_hash(&self, purpose: &str, parts: &[&str]) -> String {
        URL_SAFE_NO_PAD.encode(self.hmac(purpose, parts))
    }

    /// A pseudorandom number that is always the same for one purpose and `parts`.
    pub fn keyed_number(&self, purpose: &str, parts: &[&str]) -> u32 {
        let [a, b, c, d, ..] = self.hmac(purpose, parts);
        u32::from_be_bytes([a, b, c, d])
    }

    fn hmac(&self, purpose: &str, parts: &[&str]) -> [u8; 32] {
        // A key shorter than the block is padded with zeros by definition (RFC 2104 §2).
        let mut block = Zeroizing::new([0_u8; 64]);
        block[..32].copy_from_slice(self.0.as_ref());
        let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
        mac.update(purpose.as_bytes());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ServerKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // SECURITY.md, requirement 79
    #[test]
    fn weak_and_malformed_keys_are_refused() {
        assert_eq!(ServerKey::parse("").err(), Some(ServerKeyError::Malformed));
        assert_eq!(ServerKey::parse("c2hvcnQ=").err(), Some(ServerKeyError::Malformed));
        assert_eq!(ServerKey::parse(&STANDARD.encode([7_u8; 32])).err(), Some(ServerKeyError::Weak));
        let counting: Vec<u8> = (0..32).collect();
        assert_eq!(ServerKey::parse(&STANDARD.encode(counting)).err(), Some(ServerKeyError::Weak));
        let key = ServerKey::random().unwrap();
        assert!(ServerKey::parse(&key.to_base64()).is_ok());
        assert_eq!(format!("{key:?}"), "ServerKey(…)");
    }

    // The message of RFC 4231, test case 1, under 32 octets of 0x0b, as OpenSSL computes it.
    #[test]
    fn a_keyed_hash_is_hmac_sha_256() {
        let key = ServerKey(Zeroizing::new([0x0b; 32]));
        assert_eq!(key.keyed_hash("Hi There", &[]), "GYpgfrRL-8aZA6Dxzyu9xboKo_PZrjwcejsWlqC2jPc");
    }

    #[test]
    fn parts_and_purposes_do_not_run_together() {
        let key = ServerKey::random().unwrap();
        assert_eq!(key.keyed_hash("code", &["a", "b"]), key.keyed_hash("code", &["a", "b"]));
        assert_ne!(key.keyed_hash("code", &["ab", ""]), key.keyed_hash("code", &["a", "b"]));
        assert_ne!(key.keyed_hash("code", &["a"]), key.keyed_hash("limit", &["a"]));
    }
}
