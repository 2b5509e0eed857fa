//! The forms of `crypt(3)` beside bcrypt: `$5$` and `$6$` (SHA-crypt), and `$1$` (MD5).

use std::fmt;

use md5::{Digest, Md5};
use sha_crypt::{PasswordVerifier, ShaCrypt};
use subtle::ConstantTimeEq;

use super::FormatError::{self, Damaged, TooCostly};
use super::encoding::{crypt_base64, fields, grouped, number};

pub const MAX_SHA_ROUNDS: u32 = 1_000_000;

/// A stored hash of SHA-crypt.
pub struct ShaCryptHash {
    text: String,
    rounds: u32,
}

impl ShaCryptHash {
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let parts: Vec<&str> = text.split('$').collect();
        let (kind, rounds, salt, hash) = match parts.as_slice() {
            ["", kind, salt, hash] => (*kind, 5000, *salt, *hash),
            ["", kind, rounds, salt, hash] => {
                (*kind, number(rounds.strip_prefix("rounds=").ok_or(Damaged)?)?, *salt, *hash)
            }
            _ => return Err(Damaged),
        };
        let length = if kind == "6" { 86 } else { 43 };
        if hash.len() != length || salt.is_empty() || salt.len() > 16 || rounds < 1000 {
            return Err(Damaged);
        }
        if rounds > MAX_SHA_ROUNDS {
            return Err(TooCostly);
        }
        Ok(Self { text: text.to_owned(), rounds })
    }

    pub fn verify(&self, password: &[u8]) -> bool {
        ShaCrypt::default().verify_password(password, self.text.as_str()).is_ok()
    }
}

impl fmt::Display for ShaCryptHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.text.starts_with("$6$") { "sha512-crypt" } else { "sha256-crypt" };
        write!(formatter, "{name} {} rounds", grouped(self.rounds))
    }
}

/// A stored hash of MD5-crypt.
pub struct Md5CryptHash {
    salt: Vec<u8>,
    expected: String,
}

impl Md5CryptHash {
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let [_, _, salt, hash] = fields(text, '$')?;
        if hash.len() != 22 || salt.is_empty() || salt.len() > 8 {
            return Err(Damaged);
        }
        Ok(Self { salt: salt.as_bytes().to_vec(), expected: hash.to_owned() })
    }

    pub fn verify(&self, password: &[u8]) -> bool {
        md5_crypt(password, &self.salt).as_bytes().ct_eq(self.expected.as_bytes()).into()
    }
}

/// The algorithm of Poul-Henning Kamp, step by step.
fn md5_crypt(password: &[u8], salt: &[u8]) -> String {
    let mut first = Md5::new().chain_update(password).chain_update(b"$1$").chain_update(salt);
    let mixed = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    first.update(mixed.iter().copied().cycle().take(password.len()).collect::<Vec<u8>>());
    let mut length = password.len();
    while length > 0 {
        let begin = password.get(..1).unwrap_or_default();
        first.update(if length & 1 == 1 { b"\0" } else { begin });
        length >>= 1;
    }
    let mut digest = first.finalize();
    for round in 0..1000 {
        let mut next = Md5::new();
        next.update(if round % 2 == 1 { password } else { &digest });
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        next.update(if round % 2 == 1 { &digest } else { password });
        digest = next.finalize();
    }
    // The last group has one octet: the twelfth.
    const ORDER: [usize; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];
    crypt_base64(&ORDER.map(|place| digest.get(place).copied().unwrap_or_default()))
}
