//! The arithmetic of a proof of work, as the browser does it and the server checks it: a number which, together with a
//! seed, has a SHA-256 that begins with so many zero bits. Used by `model::Ticket` and by the island that solves it.

use sha2::{Digest, Sha256};

/// Whether `number` solves the puzzle of `seed`. A seed of 43 characters and a number of ten digits fit one block of
/// SHA-256.
pub fn is_solved(seed: &str, number: u32, bits: u32) -> bool {
    let mut hash = Sha256::new();
    hash.update(seed.as_bytes());
    hash.update(b".");
    let mut digits = [0_u8; 10];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        if let Some(digit) = digits.get_mut(at) {
            *digit = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
        if rest == 0 || at == 0 {
            break;
        }
    }
    hash.update(digits.get(at..).unwrap_or_default());
    let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
    u32::from_be_bytes([a, b, c, d]).leading_zeros() >= bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_is_a_hash_that_begins_with_zero_bits() {
        let first = (0..).find(|number| is_solved("seed", *number, 8)).unwrap();
        let bytes: [u8; 32] = Sha256::digest(format!("seed.{first}")).into();
        assert_eq!(bytes[0], 0);
        assert!((0..first).all(|number| Sha256::digest(format!("seed.{number}"))[0] != 0));
    }
}
