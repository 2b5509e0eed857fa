//! The alphabets, numbers and separators of which stored hashes consist.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::FormatError::{self, Damaged};

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// Reads hexadecimal of either case.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Base 64 with its padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads base 64, padded or not.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// Reads the base 64 of passlib, which has `.` for `+` and no padding.
pub fn from_passlib_base64(text: &str) -> Option<Vec<u8>> {
    from_base64(&text.replace('.', "+"))
}

/// The base 64 of `crypt(3)`: another alphabet, and the lowest bits first.
pub fn crypt_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 1);
    for group in bytes.chunks(3) {
        let bits = group.iter().rev().fold(0_usize, |bits, byte| (bits << 8) | usize::from(*byte));
        for place in 0..=group.len() {
            text.extend(ALPHABET.get((bits >> (6 * place)) & 63).copied().map(char::from));
        }
    }
    text
}

/// The place of a character in the alphabet of `crypt(3)`.
pub fn crypt_digit(character: u8) -> Option<u8> {
    match character {
        b'.' | b'/' => Some(character - b'.'),
        b'0'..=b'9' => Some(character - b'0' + 2),
        b'A'..=b'Z' => Some(character - b'A' + 12),
        b'a'..=b'z' => Some(character - b'a' + 38),
        _ => None,
    }
}

/// A number as people read it: `600,000`.
pub fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Exactly so many parts.
pub fn fields<const COUNT: usize>(text: &str, separator: char) -> Result<[&str; COUNT], FormatError> {
    text.split(separator).collect::<Vec<_>>().try_into().map_err(|_| Damaged)
}

/// A plain decimal number.
pub fn number(text: &str) -> Result<u32, FormatError> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or(Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_as_it_is_written() {
        assert_eq!(from_hex(&hex(&[0, 15, 255])), Some(vec![0, 15, 255]));
        assert_eq!(from_hex("0G"), None);
        assert_eq!(from_hex("012"), None);
        assert_eq!(from_hex("é0"), None);
    }

    #[test]
    fn the_alphabet_of_crypt_has_its_places() {
        for (place, character) in [(0, b'.'), (1, b'/'), (2, b'0'), (12, b'A'), (38, b'a'), (63, b'z')] {
            assert_eq!(crypt_digit(character), Some(place));
        }
        assert_eq!(crypt_digit(b'$'), None);
        assert_eq!(crypt_base64(&[1]), "/.");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(12), "12");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_500_000), "1,500,000");
    }
}
