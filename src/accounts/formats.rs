//! The formats of password hashes from other systems. They are recognised on import and verified at the next sign-in,
//! which replaces them with argon2id.

use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash as PhcHash;
use subtle::ConstantTimeEq;

/// How a stored hash is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFormat {
    /// `$argon2id$…`, `$argon2i$…`, `$argon2d$…` (PHC string).
    Argon2,
    /// `$2a$…`, `$2b$…`, `$2x$…`, `$2y$…`.
    Bcrypt,
    /// `$scrypt$ln=…` (PHC string).
    Scrypt,
    /// `$pbkdf2-sha256$i=…`, `$pbkdf2-sha512$i=…` (PHC string).
    Pbkdf2,
    /// `pbkdf2_sha256$iterations$salt$hash`, as Django writes it.
    Pbkdf2Django,
}

/// Why a text cannot be imported as a hash. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// None of the forms above.
    #[error("not an argon2, bcrypt, scrypt or PBKDF2 hash")]
    Unknown,
    /// One of the forms above, but broken.
    #[error("the hash is damaged")]
    Damaged,
    /// Verifying it would cost more than the limits below.
    #[error("the hash needs more memory or time than Keyback allows for one password")]
    TooCostly,
}

/// The highest cost of one verification. Without these limits, an imported row could exhaust the server.
const MAX_ARGON2_KIB: u32 = 256 * 1024;
const MAX_ARGON2_PASSES: u32 = 20;
const MAX_BCRYPT_COST: u32 = 15;
const MAX_SCRYPT_LOG_N: u32 = 18;
const MAX_PBKDF2_ROUNDS: u32 = 2_000_000;

impl HashFormat {
    /// Recognises the format of a hash and makes sure that verifying it stays below the cost limits.
    ///
    /// # Errors
    /// See [`FormatError`].
    pub fn recognise(stored: &str) -> Result<Self, FormatError> {
        if stored.starts_with("$argon2") {
            let hash = phc(stored)?;
            let (memory, passes) = (decimal(&hash, "m")?, decimal(&hash, "t")?);
            return Self::Argon2.within(memory <= MAX_ARGON2_KIB && passes <= MAX_ARGON2_PASSES);
        }
        if stored.starts_with("$2") {
            let parts: bcrypt::HashParts = stored.parse().map_err(|_| FormatError::Damaged)?;
            return Self::Bcrypt.within(parts.get_cost() <= MAX_BCRYPT_COST);
        }
        if stored.starts_with("$scrypt$") {
            let hash = phc(stored)?;
            let affordable =
                decimal(&hash, "ln")? <= MAX_SCRYPT_LOG_N && decimal(&hash, "r")? <= 16 && decimal(&hash, "p")? <= 4;
            return Self::Scrypt.within(affordable);
        }
        if stored.starts_with("$pbkdf2-sha") {
            let hash = phc(stored)?;
            return Self::Pbkdf2.within(decimal(&hash, "i")? <= MAX_PBKDF2_ROUNDS);
        }
        if stored.starts_with("pbkdf2_sha256$") {
            let django = DjangoHash::parse(stored).ok_or(FormatError::Damaged)?;
            return Self::Pbkdf2Django.within(django.rounds <= MAX_PBKDF2_ROUNDS);
        }
        Err(FormatError::Unknown)
    }

    fn within(self, affordable: bool) -> Result<Self, FormatError> {
        if affordable { Ok(self) } else { Err(FormatError::TooCostly) }
    }

    /// Whether `password` is the one that was hashed. A damaged hash matches nothing.
    pub fn verify(self, password: &[u8], stored: &str) -> bool {
        match self {
            Self::Argon2 => {
                phc(stored).is_ok_and(|hash| argon2::Argon2::default().verify_password(password, &hash).is_ok())
            }
            Self::Bcrypt => bcrypt::verify(password, stored).unwrap_or(false),
            Self::Scrypt => {
                phc(stored).is_ok_and(|hash| scrypt::Scrypt::new().verify_password(password, &hash).is_ok())
            }
            Self::Pbkdf2 => {
                phc(stored).is_ok_and(|hash| pbkdf2::Pbkdf2::default().verify_password(password, &hash).is_ok())
            }
            Self::Pbkdf2Django => DjangoHash::parse(stored).is_some_and(|hash| hash.verify(password)),
        }
    }
}

struct DjangoHash<'a> {
    rounds: u32,
    salt: &'a str,
    hash: Vec<u8>,
}

impl<'a> DjangoHash<'a> {
    fn parse(stored: &'a str) -> Option<Self> {
        use base64::Engine;
        let mut parts = stored.strip_prefix("pbkdf2_sha256$")?.splitn(3, '$');
        let (rounds, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let hash = base64::engine::general_purpose::STANDARD.decode(hash).ok()?;
        let rounds = rounds.parse().ok().filter(|rounds| *rounds > 0)?;
        (hash.len() == 32 && !salt.is_empty()).then_some(Self { rounds, salt, hash })
    }

    fn verify(&self, password: &[u8]) -> bool {
        let computed = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(password, self.salt.as_bytes(), self.rounds);
        computed.as_slice().ct_eq(&self.hash).into()
    }
}

fn phc(stored: &str) -> Result<PhcHash, FormatError> {
    let hash = PhcHash::new(stored).map_err(|_| FormatError::Damaged)?;
    // RFC 9106 §3.1: argon2 takes no salt under 8 octets.
    if hash.salt.as_ref().is_none_or(|salt| salt.len() < 8) || hash.hash.is_none() {
        return Err(FormatError::Damaged);
    }
    Ok(hash)
}

fn decimal(hash: &PhcHash, name: &str) -> Result<u32, FormatError> {
    hash.params.get_decimal(name).ok_or(FormatError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Created by other programs: the argon2 reference tool, passlib and Django.
    const HASHES: [(&str, &str, HashFormat); 5] = [
        (
            "password",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            HashFormat::Argon2,
        ),
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", HashFormat::Bcrypt),
        (
            "password",
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
            HashFormat::Scrypt,
        ),
        (
            "passwordPASSWORDpassword",
            "$pbkdf2-sha256$i=4096,l=40$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$NIyJ28vTKy8y2BS4EW6EzysXNH68GAAYHE4qH7jdU+HGNVGMfaxH6Q",
            HashFormat::Pbkdf2,
        ),
        (
            "lètmein",
            "pbkdf2_sha256$1000000$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps=",
            HashFormat::Pbkdf2Django,
        ),
    ];

    #[test]
    fn hashes_of_other_systems_verify() {
        for (password, stored, format) in HASHES {
            assert_eq!(HashFormat::recognise(stored), Ok(format), "{stored}");
            assert!(format.verify(password.as_bytes(), stored), "{stored}");
            assert!(!format.verify(b"something else", stored), "{stored}");
        }
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        assert_eq!(HashFormat::recognise("plain text"), Err(FormatError::Unknown));
        assert_eq!(HashFormat::recognise("5f4dcc3b5aa765d61d8327deb882cf99"), Err(FormatError::Unknown));
        assert_eq!(HashFormat::recognise("$argon2id$v=19$m=65536"), Err(FormatError::Damaged));
        assert_eq!(HashFormat::recognise("$2b$10$short"), Err(FormatError::Damaged));
        assert_eq!(HashFormat::recognise("pbkdf2_sha256$0$x$y"), Err(FormatError::Damaged));
    }

    #[test]
    fn a_hash_that_would_exhaust_the_server_is_refused() {
        let costly = "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert_eq!(HashFormat::recognise(costly), Err(FormatError::TooCostly));
    }
}
