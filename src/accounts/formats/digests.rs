//! Plain digests: `md5` and `sha1` in hexadecimal, Django's with a salt, those of LDAP and Dovecot in braces, and
//! Spring's `{sha256}`.

use std::fmt;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::FormatError::{self, Damaged};
use super::encoding::{fields, from_base64, from_hex};

/// The hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Function {
    fn octets(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn digest(self, parts: [&[u8]; 3]) -> Vec<u8> {
        fn of<D: Digest>(parts: [&[u8]; 3]) -> Vec<u8> {
            parts.into_iter().fold(D::new(), Digest::chain_update).finalize().to_vec()
        }
        match self {
            Self::Md5 => of::<Md5>(parts),
            Self::Sha1 => of::<Sha1>(parts),
            Self::Sha256 => of::<Sha256>(parts),
            Self::Sha512 => of::<Sha512>(parts),
        }
    }
}

/// A stored digest.
pub struct DigestHash {
    function: Function,
    before: Vec<u8>,
    after: Vec<u8>,
    rounds: u32,
    expected: Vec<u8>,
}

impl DigestHash {
    /// Of the password only, in hexadecimal.
    pub fn parse_hex(text: &str, function: Function) -> Result<Self, FormatError> {
        let expected = from_hex(text).filter(|octets| octets.len() == function.octets()).ok_or(Damaged)?;
        Ok(Self { function, before: Vec::new(), after: Vec::new(), rounds: 1, expected })
    }

    /// `sha1$salt$hash`.
    pub fn parse_django(text: &str, function: Function) -> Result<Self, FormatError> {
        let [_, salt, hash] = fields(text, '$')?;
        Ok(Self { before: salt.as_bytes().to_vec(), ..Self::parse_hex(hash, function)? })
    }

    /// What stands after `{SHA}` or `{SSHA}`: the digest in base 64, with the salt behind it.
    pub fn parse_ldap(text: &str, function: Function, salted: bool) -> Result<Self, FormatError> {
        let octets = from_base64(text).ok_or(Damaged)?;
        let (expected, salt) = octets.split_at_checked(function.octets()).ok_or(Damaged)?;
        if salt.is_empty() == salted {
            return Err(Damaged);
        }
        Ok(Self { function, before: Vec::new(), after: salt.to_vec(), rounds: 1, expected: expected.to_vec() })
    }

    /// Spring's `{sha256}`: 8 octets of salt and the 1024th digest, in hexadecimal.
    pub fn parse_spring(text: &str) -> Result<Self, FormatError> {
        let octets = from_hex(text).filter(|octets| octets.len() == 40).ok_or(Damaged)?;
        let (salt, expected) = octets.split_at(8);
        let (before, expected) = (salt.to_vec(), expected.to_vec());
        Ok(Self { function: Function::Sha256, before, after: Vec::new(), rounds: 1024, expected })
    }

    pub fn verify(&self, password: &[u8]) -> bool {
        let first = self.function.digest([&self.before, password, &self.after]);
        let last = (1..self.rounds).fold(first, |digest, _| self.function.digest([&digest, b"", b""]));
        last.ct_eq(&self.expected).into()
    }
}

impl fmt::Display for DigestHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let salted = if self.before.is_empty() && self.after.is_empty() { "" } else { "salted " };
        let name = match self.function {
            Function::Md5 => "md5",
            Function::Sha1 => "sha1",
            Function::Sha256 => "sha256",
            Function::Sha512 => "sha512",
        };
        write!(formatter, "{salted}{name}")
    }
}
