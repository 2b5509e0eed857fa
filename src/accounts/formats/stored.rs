//! One stored hash of any form.

use std::fmt;

use super::FormatError::{self, Damaged, Unknown};
use super::Writer;
use super::argon2::{Argon2Hash, Memory};
use super::bcrypt::{BcryptHash, Of};
use super::crypt::{Md5CryptHash, ShaCryptHash};
use super::digests::{DigestHash, Function as Digest};
use super::encoding::{from_base64, grouped};
use super::pbkdf2::{Function, Pbkdf2Hash};
use super::phpass::PhpassHash;
use super::scrypt::ScryptHash;

/// A hash that can be verified within the limits of its form.
pub struct StoredHash {
    writer: Writer,
    scheme: Scheme,
}

/// How it is computed.
pub enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Digest(DigestHash),
    Md5Crypt(Md5CryptHash),
    Pbkdf2(Pbkdf2Hash),
    Phpass(PhpassHash),
    Scrypt(ScryptHash),
    ShaCrypt(ShaCryptHash),
}

impl StoredHash {
    /// Recognises the form of a hash and makes sure that verifying it stays below the limits.
    ///
    /// # Errors
    /// See [`FormatError`].
    pub fn parse(stored: &str) -> Result<Self, FormatError> {
        let (writer, scheme) = match stored.as_bytes() {
            [b'{', ..] => in_braces(stored)?,
            [b'$' | b'U', ..] => after_dollar(stored)?,
            [b'1'..=b'3', b'|', ..] => (Writer::Nextcloud, after_dollar(stored.get(2..).unwrap_or_default())?.1),
            _ => by_name(stored)?,
        };
        Ok(Self { writer, scheme })
    }

    /// Which system writes it so.
    pub fn writer(&self) -> Writer {
        self.writer
    }

    /// How it is computed.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Whether these octets are the ones that were hashed.
    pub fn verify(&self, password: &[u8], memory: &mut Memory) -> bool {
        match &self.scheme {
            Scheme::Argon2(hash) => hash.verify(password, memory),
            Scheme::Bcrypt(hash) => hash.verify(password),
            Scheme::Digest(hash) => hash.verify(password),
            Scheme::Md5Crypt(hash) => hash.verify(password),
            Scheme::Pbkdf2(hash) => hash.verify(password),
            Scheme::Phpass(hash) => hash.verify(password),
            Scheme::Scrypt(hash) => hash.verify(password),
            Scheme::ShaCrypt(hash) => hash.verify(password),
        }
    }
}

/// `bcrypt $2y$ cost 12`: what can be said about it without its salt and its digest.
impl fmt::Display for StoredHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.writer {
            Writer::Common => {}
            Writer::AspNet => formatter.write_str("aspnet ")?,
            Writer::BetterAuth => formatter.write_str("better-auth ")?,
            Writer::Discourse => formatter.write_str("discourse ")?,
            Writer::Django => formatter.write_str("django ")?,
            Writer::Nextcloud => formatter.write_str("nextcloud ")?,
            Writer::Passlib => formatter.write_str("passlib ")?,
            Writer::Werkzeug => formatter.write_str("werkzeug ")?,
            Writer::WordPress => formatter.write_str("wordpress ")?,
            Writer::Braces(label) => write!(formatter, "{{{label}}} ")?,
        }
        match &self.scheme {
            Scheme::Argon2(hash) => hash.fmt(formatter),
            Scheme::Bcrypt(hash) => hash.fmt(formatter),
            Scheme::Digest(hash) => hash.fmt(formatter),
            Scheme::Md5Crypt(_) => formatter.write_str("md5-crypt"),
            Scheme::Pbkdf2(hash) => hash.fmt(formatter),
            Scheme::Phpass(hash) => hash.fmt(formatter),
            Scheme::Scrypt(hash) => hash.fmt(formatter),
            Scheme::ShaCrypt(hash) => hash.fmt(formatter),
        }
    }
}

/// Names the form of what a password column holds. Neither salt nor digest is repeated.
pub fn describe(stored: &str) -> String {
    let length = || grouped(u32::try_from(stored.chars().count()).unwrap_or(u32::MAX));
    match stored {
        "" => return "no password (empty)".to_owned(),
        "not cached" | "restored" => return format!("no password ({stored})"),
        _ if stored.starts_with('!') => return "no password (begins with !)".to_owned(),
        _ if stored.starts_with("{noop}") => return "{noop}, a password in plain text".to_owned(),
        _ if stored.starts_with("{\"") => return "JSON, which only the app can decrypt".to_owned(),
        _ if stored.starts_with("$fbscrypt$") => {
            return "Firebase scrypt, which Keyback cannot verify".to_owned();
        }
        _ => {}
    }
    match StoredHash::parse(stored) {
        Ok(hash) => hash.to_string(),
        Err(Unknown) => format!("a form that Keyback does not know ({} characters)", length()),
        Err(error) => format!("{error} ({} characters)", length()),
    }
}

fn after_dollar(stored: &str) -> Result<(Writer, Scheme), FormatError> {
    let begins = |start: &str| stored.starts_with(start);
    if begins("$argon2") {
        return Ok((Writer::Common, Scheme::Argon2(Argon2Hash::parse(stored)?)));
    }
    if begins("$2") {
        return Ok((Writer::Common, Scheme::Bcrypt(BcryptHash::parse(stored, Of::Password)?)));
    }
    if let Some(hash) = stored.strip_prefix("$wp").filter(|hash| hash.starts_with("$2y$")) {
        return Ok((Writer::WordPress, Scheme::Bcrypt(BcryptHash::parse(hash, Of::WordPress)?)));
    }
    if begins("$scrypt$") {
        return Ok((Writer::Common, Scheme::Scrypt(ScryptHash::parse_phc(stored)?)));
    }
    if begins("$pbkdf2-sha") || begins("$pbkdf2$") {
        let (writer, hash) = Pbkdf2Hash::parse_dollars(stored)?;
        return Ok((writer, Scheme::Pbkdf2(hash)));
    }
    if begins("$5$") || begins("$6$") {
        return Ok((Writer::Common, Scheme::ShaCrypt(ShaCryptHash::parse(stored)?)));
    }
    if begins("$1$") {
        return Ok((Writer::Common, Scheme::Md5Crypt(Md5CryptHash::parse(stored)?)));
    }
    let inner = stored.strip_prefix('U').unwrap_or(stored);
    if ["$P$", "$H$", "$S$"].iter().any(|start| inner.starts_with(start)) {
        return Ok((Writer::Common, Scheme::Phpass(PhpassHash::parse(stored)?)));
    }
    Err(Unknown)
}

/// Forms that begin with a name, or are only digits.
fn by_name(stored: &str) -> Result<(Writer, Scheme), FormatError> {
    let name = stored.split(['$', ':']).next().unwrap_or_default();
    let rest = stored.get(name.len()..).unwrap_or_default();
    let digest = |function| DigestHash::parse_hex(stored, function).map(|hash| (Writer::Common, Scheme::Digest(hash)));
    let scheme = match (name, rest.as_bytes().first()) {
        ("argon2", Some(b'$')) => Scheme::Argon2(Argon2Hash::parse(rest)?),
        ("bcrypt", Some(b'$')) => Scheme::Bcrypt(BcryptHash::parse(after_first(rest)?, Of::Password)?),
        ("bcrypt_sha256", Some(b'$')) => Scheme::Bcrypt(BcryptHash::parse(after_first(rest)?, Of::HexSha256)?),
        ("pbkdf2_sha256" | "pbkdf2_sha1", Some(b'$')) => Scheme::Pbkdf2(Pbkdf2Hash::parse_django(stored)?),
        ("scrypt", Some(b'$')) => Scheme::Scrypt(ScryptHash::parse_django(stored)?),
        ("md5", Some(b'$')) => Scheme::Digest(DigestHash::parse_django(stored, Digest::Md5)?),
        ("sha1", Some(b'$')) => Scheme::Digest(DigestHash::parse_django(stored, Digest::Sha1)?),
        ("pbkdf2", Some(b':')) => {
            return Ok((Writer::Werkzeug, Scheme::Pbkdf2(Pbkdf2Hash::parse_werkzeug(stored)?)));
        }
        ("scrypt", Some(b':')) => {
            return Ok((Writer::Werkzeug, Scheme::Scrypt(ScryptHash::parse_werkzeug(stored)?)));
        }
        (salt, Some(b':')) if salt.len() == 32 && is_hex(salt) => {
            return Ok((Writer::BetterAuth, Scheme::Scrypt(ScryptHash::parse_better_auth(stored)?)));
        }
        (_, None) if stored.len() == 32 && is_hex(stored) => return digest(Digest::Md5),
        (_, None) if stored.len() == 40 && is_hex(stored) => return digest(Digest::Sha1),
        (_, None) if stored.starts_with("AA") || stored.starts_with("AQAAAA") => {
            let octets = from_base64(stored).ok_or(Unknown)?;
            return Ok((Writer::AspNet, Scheme::Pbkdf2(Pbkdf2Hash::parse_aspnet(&octets)?)));
        }
        _ => return Err(Unknown),
    };
    Ok((Writer::Django, scheme))
}

fn in_braces(stored: &str) -> Result<(Writer, Scheme), FormatError> {
    const AS_IN_CRYPT: [&str; 11] = [
        "bcrypt",
        "argon2",
        "argon2@SpringSecurity_v5_8",
        "ARGON2ID",
        "ARGON2I",
        "BLF-CRYPT",
        "CRYPT",
        "SHA512-CRYPT",
        "SHA256-CRYPT",
        "MD5-CRYPT",
        "MD5",
    ];
    let (label, hash) = stored.get(1..).and_then(|rest| rest.split_once('}')).ok_or(Unknown)?;
    if let Some(label) = AS_IN_CRYPT.into_iter().find(|known| *known == label) {
        return Ok((Writer::Braces(label), after_dollar(hash)?.1));
    }
    let ldap = |function, salted| DigestHash::parse_ldap(hash, function, salted).map(Scheme::Digest);
    let (label, scheme) = match label {
        "pbkdf2" => ("pbkdf2", Scheme::Pbkdf2(Pbkdf2Hash::parse_spring(hash, Function::Sha1, 185_000, 8)?)),
        "pbkdf2@SpringSecurity_v5_8" => (
            "pbkdf2@SpringSecurity_v5_8",
            Scheme::Pbkdf2(Pbkdf2Hash::parse_spring(hash, Function::Sha256, 310_000, 16)?),
        ),
        "scrypt" => ("scrypt", Scheme::Scrypt(ScryptHash::parse_spring(hash)?)),
        "scrypt@SpringSecurity_v5_8" => ("scrypt@SpringSecurity_v5_8", Scheme::Scrypt(ScryptHash::parse_spring(hash)?)),
        "sha256" => ("sha256", Scheme::Digest(DigestHash::parse_spring(hash)?)),
        "PLAIN-MD5" => ("PLAIN-MD5", Scheme::Digest(DigestHash::parse_hex(hash, Digest::Md5)?)),
        "LDAP-MD5" => ("LDAP-MD5", ldap(Digest::Md5, false)?),
        "SMD5" => ("SMD5", ldap(Digest::Md5, true)?),
        "SHA" => ("SHA", ldap(Digest::Sha1, false)?),
        "SSHA" => ("SSHA", ldap(Digest::Sha1, true)?),
        "SHA256" => ("SHA256", ldap(Digest::Sha256, false)?),
        "SSHA256" => ("SSHA256", ldap(Digest::Sha256, true)?),
        "SHA512" => ("SHA512", ldap(Digest::Sha512, false)?),
        "SSHA512" => ("SSHA512", ldap(Digest::Sha512, true)?),
        _ => return Err(Unknown),
    };
    Ok((Writer::Braces(label), scheme))
}

/// Django writes a second `$` after the name.
fn after_first(rest: &str) -> Result<&str, FormatError> {
    rest.get(1..).ok_or(Damaged)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
