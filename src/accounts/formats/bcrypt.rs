//! `$2y$12$…`, bare or after what Django and WordPress write in front of it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha384};
use zeroize::Zeroizing;

use super::FormatError;
use super::encoding::{base64, hex};

const MAX_COST: u32 = 15;

/// Longer passwords are cut by bcrypt.
pub const MAX_OCTETS: usize = 72;

/// What bcrypt is computed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Password,
    /// Django's `bcrypt_sha256`.
    HexSha256,
    /// WordPress' `$wp$2y$`.
    WordPress,
}

/// A stored bcrypt hash.
pub struct BcryptHash {
    text: String,
    cost: u32,
    of: Of,
}

impl BcryptHash {
    /// Reads the part that begins with `$2`.
    pub fn parse(text: &str, of: Of) -> Result<Self, FormatError> {
        let parts: bcrypt::HashParts = text.parse().map_err(|_| FormatError::Damaged)?;
        let cost = parts.get_cost();
        match cost {
            ..4 => Err(FormatError::Damaged),
            4..=MAX_COST => Ok(Self { text: text.to_owned(), cost, of }),
            _ => Err(FormatError::TooCostly),
        }
    }

    /// Whether it is of the password itself, as most apps have it.
    pub fn is_of_password(&self) -> bool {
        self.of == Of::Password
    }

    pub fn verify(&self, password: &[u8]) -> bool {
        let right = |password: &[u8]| bcrypt::verify(password, &self.text).unwrap_or(false);
        match self.of {
            Of::Password => right(password),
            Of::HexSha256 => right(Zeroizing::new(hex(&Sha256::digest(password))).as_bytes()),
            Of::WordPress => right(wordpress(password).as_bytes()),
        }
    }
}

impl fmt::Display for BcryptHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.of == Of::HexSha256 { "bcrypt_sha256" } else { "bcrypt" };
        write!(formatter, "{name} {}$ cost {}", self.text.get(..3).unwrap_or_default(), self.cost)
    }
}

/// What WordPress gives to bcrypt, so that nothing is cut.
pub fn wordpress(password: &[u8]) -> Zeroizing<String> {
    let mac = Hmac::<Sha384>::new_from_slice(b"wp-sha384").map(|mac| mac.chain_update(password).finalize());
    Zeroizing::new(mac.map(|mac| base64(&mac.into_bytes())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wordpress_hashes_is_what_wordpress_hashes() {
        let expected = "MBKIr4BvW6KaaIcGPlRvBPrk38tFCzsniDJ/Pn4hFVLXIXHpnvGKCNgGRrvEtoaJ";
        assert_eq!(*wordpress(b"walnut-river-lantern"), expected);
    }
}
