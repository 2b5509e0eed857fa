//! The proof-of-work puzzle, which the browser solves and the server checks: find a number so that the SHA-256 of the
//! number and a seed begins with a given count of zero bits.
//!
//! SHA-256 is implemented here, and its constants are computed as FIPS 180-4 defines them, to keep the browser part
//! small: the crate that the server uses elsewhere adds 3 KB to the WASM of every page with an island. No secret passes
//! through it. Tests compare it with that crate.

/// The longest seed that fits into one block of SHA-256, next to the number and the padding.
const MAX_SEED: usize = 51;

/// The puzzle of one seed.
pub struct Puzzle {
    block: [u32; 16],
    begin: [u32; 64],
    rounds: [u32; 64],
}

impl Puzzle {
    /// `None` if the seed has more than 51 octets.
    pub fn new(seed: &str) -> Option<Self> {
        let octets = Some(seed.as_bytes()).filter(|seed| seed.len() <= MAX_SEED)?;
        let mut block = [0; 16];
        for (at, octet) in (4..).zip(octets.iter().chain(&[0x80])) {
            block[at / 4 % 16] |= u32::from(*octet) << (24 - at % 4 * 8);
        }
        block[15] = octets.len() as u32 * 8 + 32;
        let (begin, rounds) = constants();
        Some(Self { block, begin, rounds })
    }

    /// Whether SHA-256 of the four octets of `number` (big-endian) and the seed begins with at least `bits` zero bits,
    /// at most 32.
    pub fn is_solved_by(&self, number: u32, bits: u32) -> bool {
        self.first_word(number).leading_zeros() >= bits
    }

    /// The first word of the hash of a one-block message (FIPS 180-4 §6.2.2).
    fn first_word(&self, number: u32) -> u32 {
        let mut words = [0_u32; 64];
        words[..16].copy_from_slice(&self.block);
        words[0] = number;
        for at in 16..64 {
            let (near, far) = (words[at - 2], words[at - 15]);
            let near = near.rotate_right(17) ^ near.rotate_right(19) ^ near >> 10;
            let far = far.rotate_right(7) ^ far.rotate_right(18) ^ far >> 3;
            words[at] = words[at - 16].wrapping_add(far).wrapping_add(words[at - 7]).wrapping_add(near);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h, ..] = self.begin;
        for (word, constant) in words.iter().zip(&self.rounds) {
            let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let first = h.wrapping_add(sum).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & b) ^ (a & c) ^ (b & c);
            (h, g, f, e) = (g, f, e, d.wrapping_add(first));
            (d, c, b, a) = (c, b, a, first.wrapping_add(sum).wrapping_add(majority));
        }
        a.wrapping_add(self.begin[0])
    }
}

/// The first 32 bits of the fractional parts of the square roots (FIPS 180-4 §5.3.3, which uses eight of them) and of
/// the cube roots (§4.2.2) of the first 64 primes.
fn constants() -> ([u32; 64], [u32; 64]) {
    let (mut begin, mut rounds) = ([0; 64], [0; 64]);
    let primes = (2_u32..).filter(|number| (2..*number).all(|divisor| number % divisor != 0));
    for ((begin, round), prime) in begin.iter_mut().zip(&mut rounds).zip(primes) {
        let prime = f64::from(prime);
        // Newton's method, starting from above.
        let mut root = prime;
        for _ in 0..32 {
            root -= (root - prime / (root * root)) / 3.0;
        }
        *begin = fraction(prime.sqrt());
        *round = fraction(root);
    }
    (begin, rounds)
}

fn fraction(number: f64) -> u32 {
    ((number - number.floor()) * 4_294_967_296.0) as u32
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn hash(seed: &str, number: u32) -> [u8; 32] {
        Sha256::new().chain_update(number.to_be_bytes()).chain_update(seed).finalize().into()
    }

    #[test]
    fn the_hash_is_sha_256() {
        let longest = "s".repeat(MAX_SEED);
        for seed in ["", "a", "abcd", "GYpgfrRL-8aZA6Dxzyu9xboKo_PZrjwcejsWlqC2jPc", &longest] {
            let puzzle = Puzzle::new(seed).unwrap();
            for number in (0..2_000).chain([u32::MAX - 1, u32::MAX]) {
                assert_eq!(puzzle.first_word(number).to_be_bytes(), hash(seed, number)[..4], "{seed} {number}");
            }
        }
        assert!(Puzzle::new(&"s".repeat(MAX_SEED + 1)).is_none());
    }

    #[test]
    fn a_solution_is_a_hash_that_begins_with_zero_bits() {
        let puzzle = Puzzle::new("seed").unwrap();
        let first = (0..).find(|number| puzzle.is_solved_by(*number, 8)).unwrap();
        assert!((0..first).all(|number| hash("seed", number)[0] != 0));
        assert_eq!(hash("seed", first)[0], 0);
        assert!(!puzzle.is_solved_by(first, 33));
    }
}
