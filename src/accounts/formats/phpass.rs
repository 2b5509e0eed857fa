//! phpass: `$P$…` (WordPress), `$H$…` (phpBB) and `$S$…` (Drupal), also with Drupal's `U` in front of it.

use std::fmt;

use md5::{Digest, Md5};
use sha2::Sha512;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::FormatError::{self, Damaged, TooCostly};
use super::encoding::{crypt_base64, crypt_digit, grouped, hex};

/// 2^20 rounds.
const MAX_LOG_ROUNDS: u8 = 20;

/// A stored phpass hash.
pub struct PhpassHash {
    sha512: bool,
    /// Drupal hashed the MD5 hashes of its version 6 again, instead of waiting for people to sign in.
    of_md5: bool,
    log_rounds: u8,
    salt: Vec<u8>,
    expected: String,
}

impl PhpassHash {
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let (of_md5, text) = text.strip_prefix('U').map_or((false, text), |text| (true, text));
        let sha512 = text.starts_with("$S$");
        let (setting, expected) = text.split_at_checked(12).ok_or(Damaged)?;
        let log_rounds = setting.as_bytes().get(3).copied().and_then(crypt_digit).ok_or(Damaged)?;
        // Drupal cuts the 86 characters of SHA-512 to 43.
        let length = if sha512 { 43 } else { 22 };
        if log_rounds < 7 || expected.len() != length || !expected.is_ascii() {
            return Err(Damaged);
        }
        if log_rounds > MAX_LOG_ROUNDS {
            return Err(TooCostly);
        }
        let salt = setting.as_bytes().get(4..).unwrap_or_default().to_vec();
        Ok(Self { sha512, of_md5, log_rounds, salt, expected: expected.to_owned() })
    }

    pub fn verify(&self, password: &[u8]) -> bool {
        let inner = self.of_md5.then(|| Zeroizing::new(hex(&Md5::digest(password))));
        let password = inner.as_ref().map_or(password, |inner| inner.as_bytes());
        let computed = if self.sha512 { self.stretch::<Sha512>(password) } else { self.stretch::<Md5>(password) };
        let computed = computed.get(..self.expected.len()).unwrap_or_default();
        computed.as_bytes().ct_eq(self.expected.as_bytes()).into()
    }

    fn stretch<D: Digest>(&self, password: &[u8]) -> String {
        let mut digest = D::new().chain_update(&self.salt).chain_update(password).finalize();
        for _ in 0..1_u32 << self.log_rounds {
            digest = D::new().chain_update(&digest).chain_update(password).finalize();
        }
        crypt_base64(&digest)
    }
}

impl fmt::Display for PhpassHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = if self.sha512 { "sha512" } else { "md5" };
        let of_md5 = if self.of_md5 { " of an md5" } else { "" };
        write!(formatter, "phpass {function}{of_md5} {} rounds", grouped(1 << self.log_rounds))
    }
}
