//! New hashes as each app writes them, of what it hashes and a salt.

use base64::Engine;
use bcrypt::Version;
use sha_crypt::{Algorithm, PasswordHasher, ShaCrypt};

use crate::accounts::formats::encoding::{base64, hex};
use crate::accounts::formats::pbkdf2::{Function, derive};
use crate::accounts::formats::scrypt::{self, BETTER_AUTH, WERKZEUG};

/// ASP.NET Core Identity's own number.
pub const ASPNET_ROUNDS: u32 = 100_000;

pub fn bcrypt(version: Version, cost: u32, input: &[u8], salt: [u8; 16]) -> Option<String> {
    Some(bcrypt::hash_with_salt(input, cost, salt).ok()?.format_for_version(version))
}

pub fn django(rounds: u32, input: &[u8], salt: &str) -> String {
    let mut hash = [0; 32];
    derive(Function::Sha256, input, salt.as_bytes(), rounds, &mut hash);
    format!("pbkdf2_sha256${rounds}${salt}${}", base64(&hash))
}

/// The salt is hashed as the hexadecimal text that is stored.
pub fn better_auth(input: &[u8], salt: [u8; 16]) -> Option<String> {
    let (salt, mut hash) = (hex(&salt), [0; 64]);
    scrypt::derive(BETTER_AUTH, input, salt.as_bytes(), &mut hash)?;
    Some(format!("{salt}:{}", hex(&hash)))
}

pub fn werkzeug(input: &[u8], salt: &str) -> Option<String> {
    let mut hash = [0; 64];
    scrypt::derive(WERKZEUG, input, salt.as_bytes(), &mut hash)?;
    let (n, r, p) = (1_u32 << WERKZEUG.log_n, WERKZEUG.r, WERKZEUG.p);
    Some(format!("scrypt:{n}:{r}:{p}${salt}${}", hex(&hash)))
}

/// Version 3: a marker, the function, rounds and length of the salt as big-endian numbers, then salt and hash.
pub fn aspnet(input: &[u8], salt: [u8; 16]) -> String {
    const SHA512: u32 = 2;
    let mut hash = [0; 32];
    derive(Function::Sha512, input, &salt, ASPNET_ROUNDS, &mut hash);
    let mut octets = vec![1];
    for number in [SHA512, ASPNET_ROUNDS, 16] {
        octets.extend(number.to_be_bytes());
    }
    octets.extend(salt);
    octets.extend(hash);
    base64(&octets)
}

/// 12 octets become the 16 characters that `crypt(3)` takes at most.
pub fn sha512_crypt(rounds: u32, input: &[u8], salt: [u8; 12]) -> Option<String> {
    let params = sha_crypt::Params::new(rounds).ok()?;
    let hash = ShaCrypt::new(Algorithm::Sha512Crypt, params).hash_password_with_salt(input, &salt).ok()?;
    Some(hash.to_string())
}

/// Discourse keeps these parts in three columns: `password_algorithm`, `password_salt` and `password_hash`.
pub fn discourse(rounds: u32, input: &[u8], salt: [u8; 16]) -> String {
    let (salt, mut hash) = (hex(&salt), [0; 32]);
    derive(Function::Sha256, input, salt.as_bytes(), rounds, &mut hash);
    format!("$pbkdf2-sha256$i={rounds},l=32${salt}${}", hex(&hash))
}

/// Random octets.
pub fn octets<const COUNT: usize>() -> Result<[u8; COUNT], getrandom::Error> {
    let mut octets = [0; COUNT];
    getrandom::fill(&mut octets)?;
    Ok(octets)
}

/// Random letters and digits.
pub fn letters(count: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let random = base64::engine::general_purpose::STANDARD_NO_PAD.encode(octets::<48>()?);
        // Leaving two of 64 characters out keeps the others equally likely.
        text.extend(random.chars().filter(char::is_ascii_alphanumeric).take(count - text.len()));
    }
    Ok(text)
}
