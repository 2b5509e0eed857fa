//! PBKDF2, in the forms of the PHC, passlib, Django, Werkzeug, Discourse, ASP.NET Core and Spring.

use std::fmt;

use pbkdf2::{Algorithm, Params, pbkdf2_hmac, pbkdf2_hmac_with_params};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::FormatError::{self, Damaged};
use super::Writer;
use super::encoding::{fields, from_base64, from_hex, from_passlib_base64, grouped, number};

/// The highest number of rounds of one verification. Django adds 300,000 with each release.
pub const MAX_ROUNDS: u32 = 10_000_000;

/// The hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Sha1,
    Sha256,
    Sha512,
}

impl Function {
    fn named(name: &str) -> Option<Self> {
        match name {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn octets(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

/// Fills `output`. The library's own functions for SHA-2 need at least 1000 rounds. They are fast in debug builds, too,
/// because they are compiled with the library.
pub fn derive(function: Function, password: &[u8], salt: &[u8], rounds: u32, output: &mut [u8]) {
    match (function, Params::new(rounds)) {
        (Function::Sha256, Ok(params)) => {
            pbkdf2_hmac_with_params(password, salt, Algorithm::Pbkdf2Sha256, params, output);
        }
        (Function::Sha512, Ok(params)) => {
            pbkdf2_hmac_with_params(password, salt, Algorithm::Pbkdf2Sha512, params, output);
        }
        (Function::Sha256, Err(_)) => pbkdf2_hmac::<Sha256>(password, salt, rounds, output),
        (Function::Sha512, Err(_)) => pbkdf2_hmac::<Sha512>(password, salt, rounds, output),
        (Function::Sha1, _) => pbkdf2_hmac::<Sha1>(password, salt, rounds, output),
    }
}

/// A stored PBKDF2 hash.
pub struct Pbkdf2Hash {
    function: Function,
    rounds: u32,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

impl Pbkdf2Hash {
    fn new(function: Function, rounds: u32, salt: Vec<u8>, expected: Vec<u8>) -> Result<Self, FormatError> {
        if rounds == 0 || salt.is_empty() || !(10..=64).contains(&expected.len()) {
            return Err(Damaged);
        }
        let blocks = expected.len().div_ceil(function.octets());
        if u64::from(rounds) * blocks as u64 > u64::from(MAX_ROUNDS) {
            return Err(FormatError::TooCostly);
        }
        Ok(Self { function, rounds, salt, expected })
    }

    /// `$pbkdf2-sha256$i=…,l=…$salt$hash` of the PHC and Discourse, and `$pbkdf2-sha256$rounds$salt$hash` of passlib.
    pub fn parse_dollars(text: &str) -> Result<(Writer, Self), FormatError> {
        let (name, parts) = text.strip_prefix("$pbkdf2").and_then(|rest| rest.split_once('$')).ok_or(Damaged)?;
        let function = Function::named(name.strip_prefix('-').unwrap_or("sha1")).ok_or(Damaged)?;
        let [parameters, salt, hash] = fields(parts, '$')?;
        let Some(rounds) = parameters.strip_prefix("i=") else {
            let (salt, hash) = (from_passlib_base64(salt).ok_or(Damaged)?, from_passlib_base64(hash).ok_or(Damaged)?);
            return Ok((Writer::Passlib, Self::new(function, number(parameters)?, salt, hash)?));
        };
        let (rounds, length) = match rounds.split_once(",l=") {
            Some((rounds, length)) => (rounds, Some(number(length)? as usize)),
            None => (rounds, None),
        };
        let has_length = |hash: &Vec<u8>| length.is_none_or(|length| hash.len() == length);
        // Discourse writes the salt as a text and the hash in hexadecimal, which is base 64, too, but of another length.
        let in_hex = length.and_then(|_| from_hex(hash)).filter(has_length);
        if let Some(expected) = in_hex {
            let salt = salt.as_bytes().to_vec();
            return Ok((Writer::Discourse, Self::new(function, number(rounds)?, salt, expected)?));
        }
        let salt = from_base64(salt).filter(|salt| salt.len() >= 8).ok_or(Damaged)?;
        let expected = from_base64(hash).filter(has_length).ok_or(Damaged)?;
        Ok((Writer::Common, Self::new(function, number(rounds)?, salt, expected)?))
    }

    /// `pbkdf2_sha256$rounds$salt$hash`.
    pub fn parse_django(text: &str) -> Result<Self, FormatError> {
        let [name, rounds, salt, hash] = fields(text, '$')?;
        let function = name.strip_prefix("pbkdf2_").and_then(Function::named).ok_or(Damaged)?;
        let expected = from_base64(hash).filter(|hash| hash.len() == function.octets()).ok_or(Damaged)?;
        Self::new(function, number(rounds)?, salt.as_bytes().to_vec(), expected)
    }

    /// `pbkdf2:sha256:rounds$salt$hash`.
    pub fn parse_werkzeug(text: &str) -> Result<Self, FormatError> {
        let [method, salt, hash] = fields(text, '$')?;
        let [_, name, rounds] = fields(method, ':')?;
        let function = Function::named(name).ok_or(Damaged)?;
        let expected = from_hex(hash).filter(|hash| hash.len() == function.octets()).ok_or(Damaged)?;
        Self::new(function, number(rounds)?, salt.as_bytes().to_vec(), expected)
    }

    /// The versions 2 (SHA-1, 1000 rounds) and 3 of ASP.NET Core Identity.
    pub fn parse_aspnet(octets: &[u8]) -> Result<Self, FormatError> {
        match octets {
            [0, rest @ ..] if rest.len() == 48 => {
                let (salt, expected) = rest.split_at(16);
                Self::new(Function::Sha1, 1000, salt.to_vec(), expected.to_vec())
            }
            [1, f0, f1, f2, f3, r0, r1, r2, r3, s0, s1, s2, s3, rest @ ..] => {
                let function = match u32::from_be_bytes([*f0, *f1, *f2, *f3]) {
                    0 => Function::Sha1,
                    1 => Function::Sha256,
                    2 => Function::Sha512,
                    _ => return Err(Damaged),
                };
                let salt_length = u32::from_be_bytes([*s0, *s1, *s2, *s3]) as usize;
                let (salt, expected) = rest.split_at_checked(salt_length).ok_or(Damaged)?;
                Self::new(function, u32::from_be_bytes([*r0, *r1, *r2, *r3]), salt.to_vec(), expected.to_vec())
            }
            _ => Err(Damaged),
        }
    }

    /// Spring's `{pbkdf2}` and `{pbkdf2@SpringSecurity_v5_8}`: salt and hash together, in hexadecimal.
    pub fn parse_spring(text: &str, function: Function, rounds: u32, salt_length: usize) -> Result<Self, FormatError> {
        let octets = from_hex(text).filter(|octets| octets.len() == salt_length + 32).ok_or(Damaged)?;
        let (salt, expected) = octets.split_at(salt_length);
        Self::new(function, rounds, salt.to_vec(), expected.to_vec())
    }

    pub fn verify(&self, password: &[u8]) -> bool {
        let mut computed = vec![0; self.expected.len()];
        derive(self.function, password, &self.salt, self.rounds, &mut computed);
        computed.ct_eq(&self.expected).into()
    }
}

impl fmt::Display for Pbkdf2Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pbkdf2_{} {} rounds", self.function.name(), grouped(self.rounds))
    }
}
