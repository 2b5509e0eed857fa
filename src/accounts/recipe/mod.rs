//! How new passwords are hashed for somebody's app, and which hashes that app accepts. An app that is given another
//! form than its own fails at every sign-in of that person.

mod form;
mod parse;
mod write;

use argon2::Params;
use bcrypt::Version;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::accounts::formats::argon2::{Memory, argon2id};
use crate::accounts::formats::encoding::{base64, grouped};
use crate::accounts::formats::scrypt::{BETTER_AUTH, WERKZEUG};
use crate::accounts::formats::{Scheme, StoredHash, Writer, bcrypt as bcrypt_form};
use crate::accounts::password_hash::{HashError, PasswordHash};
use crate::model::{NewPassword, Pepper, random_text};
use form::{Escape, Form, Normalise};
pub use form::{LengthUnit, Unfit};

/// The form of new hashes, with its costs.
#[derive(Clone, Debug)]
pub struct Recipe {
    algorithm: Algorithm,
    form: Form,
    limits: Limits,
    pepper: Option<Pepper>,
    /// What the app writes before every hash.
    prefix: String,
}

/// Longer passwords are refused by the app.
#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    octets: Option<usize>,
    utf16: Option<usize>,
}

#[derive(Clone, Debug)]
enum Algorithm {
    Argon2id(Params),
    AspNet,
    Bcrypt {
        version: Version,
        cost: u32,
        long: Long,
    },
    BetterAuth,
    Discourse {
        rounds: u32,
    },
    Django {
        rounds: u32,
    },
    FlaskSecurity(Params),
    /// The database hashes.
    Plain,
    Sha512Crypt {
        rounds: u32,
    },
    Werkzeug,
    WordPress {
        cost: u32,
    },
}

/// What happens to passwords of more than 72 octets, of which bcrypt reads no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Long {
    Refuse,
    Cut,
    /// They are hashed with SHA-512 before.
    Sha512,
}

/// What an unknown account is compared with where the database hashes: the default costs of PostgreSQL's pgcrypto.
const NOBODYS_IN_DATABASE: &str = "$2a$06$DCq7YPn5Rq63x1Lad4cll.OC71xLR6mXrqs5T4YcoREW0m4mXofjO";

impl Recipe {
    /// What was typed, as the app sees it when somebody signs in.
    ///
    /// # Errors
    /// [`Unfit`] if the app could not take it.
    pub fn input(&self, password: &NewPassword) -> Result<Zeroizing<Vec<u8>>, Unfit> {
        let typed = password.received();
        if typed.contains('\0') && !self.takes_nul() {
            return Err(Unfit::Character);
        }
        let form = self.form.of(typed);
        if form.is_empty() {
            return Err(Unfit::Character);
        }
        self.limits.check(typed, &form)?;
        let refuses_long = matches!(self.algorithm, Algorithm::Bcrypt { long: Long::Refuse, .. });
        if refuses_long && form.len() > bcrypt_form::MAX_OCTETS {
            return Err(Unfit::TooLong { max: bcrypt_form::MAX_OCTETS, unit: LengthUnit::Octets });
        }
        Ok(Zeroizing::new(form.as_bytes().to_vec()))
    }

    /// Hashes a password with a random salt.
    ///
    /// # Errors
    /// [`HashError::Failed`], also for a password that is [`Unfit`].
    pub fn hash(&self, password: &NewPassword) -> Result<PasswordHash, HashError> {
        self.hash_in(password, &mut Memory::none())
    }

    pub(super) fn hash_in(&self, password: &NewPassword, memory: &mut Memory) -> Result<PasswordHash, HashError> {
        let input = self.input(password).map_err(|_| HashError::Failed)?;
        self.write(&input, memory)
    }

    /// The hash of a random password that nobody knows: it locks an account.
    ///
    /// # Errors
    /// [`HashError::Failed`]
    pub fn random_hash(&self) -> Result<PasswordHash, HashError> {
        self.random_hash_in(&mut Memory::none())
    }

    pub(super) fn random_hash_in(&self, memory: &mut Memory) -> Result<PasswordHash, HashError> {
        let password = random_text::<32>().map(Zeroizing::new).map_err(|_| HashError::Failed)?;
        self.write(password.as_bytes(), memory)
    }

    /// A hash to compare a password with where there is no account, at the cost of a new one.
    ///
    /// # Errors
    /// [`HashError::Failed`]
    pub fn nobodys_hash(&self) -> Result<PasswordHash, HashError> {
        match self.algorithm {
            Algorithm::Plain => Ok(PasswordHash::new(NOBODYS_IN_DATABASE.to_owned())),
            _ => self.random_hash(),
        }
    }

    /// Whether the app accepts this password for what it has stored, be it of this form or of an older one of the same
    /// app.
    pub fn verify(&self, password: &NewPassword, stored: &str) -> bool {
        self.verify_in(password, stored, &mut Memory::none()).unwrap_or(false)
    }

    /// `None` where nothing was computed, because the app does not know such hashes.
    pub(super) fn verify_in(&self, password: &NewPassword, stored: &str, memory: &mut Memory) -> Option<bool> {
        let hash = self.recognise(stored)?;
        let typed = password.received();
        let form = self.form.of(typed);
        let input = self.hashed(form.as_bytes(), hash.scheme());
        let right = hash.verify(&input, memory);
        let reads_nul = !matches!(hash.scheme(), Scheme::Bcrypt(bcrypt) if bcrypt.is_of_password());
        Some(right && self.limits.check(typed, &form).is_ok() && (reads_nul || !input.contains(&0)))
    }

    /// Behind its own prefix the app may have what it writes itself; without it, whatever it knows.
    fn recognise(&self, stored: &str) -> Option<StoredHash> {
        let own = stored.strip_prefix(self.prefix.as_str()).filter(|_| !self.prefix.is_empty());
        let own = own.and_then(|own| StoredHash::parse(own).ok()).filter(|hash| hash.writer() == Writer::Common);
        own.or_else(|| StoredHash::parse(stored).ok().filter(|hash| self.knows(hash)))
    }

    /// Memory for one thread that hashes.
    pub(super) fn memory(&self) -> Memory {
        match &self.algorithm {
            Algorithm::Argon2id(params) | Algorithm::FlaskSecurity(params) => Memory::for_params(params),
            _ => Memory::none(),
        }
    }

    /// `bcrypt $2y$ cost 12`: the words in which stored hashes of this form are described.
    pub fn describe(&self) -> String {
        let argon2id =
            |params: &Params| format!("argon2id m={},t={},p={}", params.m_cost(), params.t_cost(), params.p_cost());
        let hash = match &self.algorithm {
            Algorithm::Argon2id(params) | Algorithm::FlaskSecurity(params) => argon2id(params),
            Algorithm::AspNet => format!("aspnet pbkdf2_sha512 {} rounds", grouped(write::ASPNET_ROUNDS)),
            Algorithm::Bcrypt { version, cost, .. } => format!("bcrypt ${version}$ cost {cost}"),
            Algorithm::BetterAuth => format!("better-auth {BETTER_AUTH}"),
            Algorithm::Discourse { rounds } => format!("discourse pbkdf2_sha256 {} rounds", grouped(*rounds)),
            Algorithm::Django { rounds } => format!("django pbkdf2_sha256 {} rounds", grouped(*rounds)),
            Algorithm::Plain => "hashed by the database".to_owned(),
            Algorithm::Sha512Crypt { rounds } => format!("sha512-crypt {} rounds", grouped(*rounds)),
            Algorithm::Werkzeug => format!("werkzeug {WERKZEUG}"),
            Algorithm::WordPress { cost } => format!("wordpress bcrypt $2y$ cost {cost}"),
        };
        if self.prefix.is_empty() { hash } else { format!("{} {hash}", self.prefix) }
    }

    fn write(&self, form: &[u8], memory: &mut Memory) -> Result<PasswordHash, HashError> {
        let failed = |_| HashError::Failed;
        let written = match &self.algorithm {
            Algorithm::Argon2id(params) => argon2id(params, form, &write::octets::<16>().map_err(failed)?, memory),
            Algorithm::FlaskSecurity(params) => {
                argon2id(params, &self.keyed(form), &write::octets::<16>().map_err(failed)?, memory)
            }
            Algorithm::AspNet => Some(write::aspnet(form, write::octets().map_err(failed)?)),
            Algorithm::Bcrypt { version, cost, .. } => {
                let salt = write::octets().map_err(failed)?;
                write::bcrypt(version.clone(), *cost, &self.for_bcrypt(form), salt)
            }
            Algorithm::BetterAuth => write::better_auth(form, write::octets().map_err(failed)?),
            Algorithm::Discourse { rounds } => Some(write::discourse(*rounds, form, write::octets().map_err(failed)?)),
            Algorithm::Django { rounds } => Some(write::django(*rounds, form, &write::letters(22).map_err(failed)?)),
            Algorithm::Plain => std::str::from_utf8(form).ok().map(str::to_owned),
            Algorithm::Sha512Crypt { rounds } => {
                write::sha512_crypt(*rounds, &self.peppered(form), write::octets().map_err(failed)?)
            }
            Algorithm::Werkzeug => write::werkzeug(form, &write::letters(16).map_err(failed)?),
            Algorithm::WordPress { cost } => {
                let salt = write::octets().map_err(failed)?;
                write::bcrypt(Version::TwoY, *cost, bcrypt_form::wordpress(form).as_bytes(), salt)
                    .map(|hash| format!("$wp{hash}"))
            }
        };
        let written = Zeroizing::new(written.ok_or(HashError::Failed)?);
        Ok(PasswordHash::new(format!("{}{}", self.prefix, *written)))
    }

    /// What the app hashes to compare it with a hash of this scheme. It peppers only hashes of the scheme that it
    /// writes now.
    fn hashed(&self, form: &[u8], scheme: &Scheme) -> Zeroizing<Vec<u8>> {
        match (&self.algorithm, scheme) {
            (Algorithm::FlaskSecurity(_), _) => self.keyed(form),
            (Algorithm::Bcrypt { .. }, Scheme::Bcrypt(_)) => self.for_bcrypt(form),
            (Algorithm::Sha512Crypt { .. }, Scheme::ShaCrypt(_)) => self.peppered(form),
            _ => Zeroizing::new(form.to_vec()),
        }
    }

    fn for_bcrypt(&self, form: &[u8]) -> Zeroizing<Vec<u8>> {
        let sha512 = matches!(self.algorithm, Algorithm::Bcrypt { long: Long::Sha512, .. });
        if sha512 && (form.len() > bcrypt_form::MAX_OCTETS || form.contains(&0)) {
            return Zeroizing::new(base64(&Sha512::digest(form)).into_bytes());
        }
        self.peppered(form)
    }

    fn peppered(&self, form: &[u8]) -> Zeroizing<Vec<u8>> {
        let pepper = self.pepper.as_ref().map(Pepper::expose).unwrap_or_default();
        Zeroizing::new([form, pepper.as_bytes()].concat())
    }

    /// Flask-Security: HMAC-SHA-512 under `SECURITY_PASSWORD_SALT`.
    fn keyed(&self, form: &[u8]) -> Zeroizing<Vec<u8>> {
        let key = self.pepper.as_ref().map(Pepper::expose).unwrap_or_default();
        let mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).map(|mac| mac.chain_update(form).finalize());
        Zeroizing::new(mac.map(|mac| base64(&mac.into_bytes()).into_bytes()).unwrap_or_default())
    }

    /// Whether the app knows such hashes.
    fn knows(&self, hash: &StoredHash) -> bool {
        let writer = hash.writer();
        match &self.algorithm {
            Algorithm::AspNet => writer == Writer::AspNet,
            Algorithm::BetterAuth => writer == Writer::BetterAuth,
            Algorithm::Discourse { .. } => writer == Writer::Discourse,
            Algorithm::Django { .. } => writer == Writer::Django,
            Algorithm::FlaskSecurity(_) => match hash.scheme() {
                Scheme::Argon2(_) | Scheme::Bcrypt(_) => writer == Writer::Common,
                _ => writer == Writer::Passlib,
            },
            Algorithm::Werkzeug => writer == Writer::Werkzeug,
            Algorithm::WordPress { .. } => matches!(writer, Writer::WordPress | Writer::Common),
            Algorithm::Argon2id(_) | Algorithm::Bcrypt { .. } | Algorithm::Plain | Algorithm::Sha512Crypt { .. } => {
                let in_braces = matches!(writer, Writer::Braces(_));
                let bare = matches!(writer, Writer::Common | Writer::Nextcloud | Writer::Passlib);
                in_braces || (bare && !self.prefix.starts_with('{'))
            }
        }
    }

    /// PHP and Ruby refuse NUL in a password for bcrypt, and forms of web frameworks refuse it altogether.
    fn takes_nul(&self) -> bool {
        matches!(self.algorithm, Algorithm::WordPress { .. } | Algorithm::Bcrypt { long: Long::Sha512, .. })
    }
}

impl Limits {
    fn check(self, typed: &str, form: &str) -> Result<(), Unfit> {
        match self {
            Self { octets: Some(max), .. } if form.len() > max => Err(Unfit::TooLong { max, unit: LengthUnit::Octets }),
            Self { utf16: Some(max), .. } if typed.encode_utf16().count() > max => {
                Err(Unfit::TooLong { max, unit: LengthUnit::Utf16 })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
