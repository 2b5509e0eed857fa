//! The keys that sign requests to the operator's own servers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// A signing key, kept as the block that HMAC makes of it: a shorter key is padded with zeros by definition
/// (RFC 2104 §2).
#[derive(Clone)]
pub struct SigningSecret(Zeroizing<[u8; 64]>);

impl SigningSecret {
    /// Reads `whsec_` and 24 to 64 octets in base 64 (Standard Webhooks, "Signature scheme").
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let block = || {
            let key = Zeroizing::new(STANDARD.decode(text.strip_prefix("whsec_")?).ok()?);
            let mut block = Zeroizing::new([0; 64]);
            if key.len() < 24 {
                return None;
            }
            block.get_mut(..key.len())?.copy_from_slice(&key);
            Some(block)
        };
        block().map(Self).ok_or("must be whsec_ and 24 to 64 random octets in base 64".into())
    }

    /// The block of HMAC-SHA-256.
    pub fn block(&self) -> &[u8; 64] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_secret_has_24_to_64_octets() {
        let written = |octets: usize| format!("whsec_{}", STANDARD.encode(vec![7_u8; octets]));
        for octets in [24, 32, 64] {
            assert!(SigningSecret::parse(&written(octets)).is_ok(), "{octets}");
        }
        for octets in [0, 23, 65] {
            assert!(SigningSecret::parse(&written(octets)).is_err(), "{octets}");
        }
        assert!(SigningSecret::parse(&written(32)["whsec_".len()..]).is_err());
    }
}
