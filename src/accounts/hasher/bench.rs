//! One thread's tools, and what it does with a password.

use std::sync::Arc;

use argon2::Params;

use super::Verdict;
use crate::accounts::formats::argon2::{Memory, argon2id};
use crate::accounts::formats::{Scheme, StoredHash, Writer};
use crate::accounts::password_hash::{HashError, PasswordHash};
use crate::accounts::recipe::Recipe;
use crate::model::{NewPassword, random_text};

/// What a password is compared with where there is no hash, so that reading and comparing one takes its time, too.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$a2V5YmFjay1ub2JvZHkhIQ$\
                            a2V5YmFjayBub2JvZHkncyBoYXNoIG9mIDMyIG9jdHM";

/// Whose passwords are hashed.
#[derive(Clone)]
pub enum Form {
    /// Keyback's accounts.
    Ours,
    /// The accounts of somebody's app, with what a password is compared with where there is none.
    App { recipe: Arc<Recipe>, nobodys: PasswordHash },
}

/// One block of memory, which is used again for every hash.
pub struct Bench {
    form: Form,
    memory: Memory,
}

impl Bench {
    pub fn new(form: Form) -> Self {
        let memory = match &form {
            Form::Ours => Memory::for_params(&Params::DEFAULT),
            Form::App { recipe, .. } => recipe.memory(),
        };
        Self { form, memory }
    }

    pub fn hash(&mut self, password: &NewPassword) -> Result<PasswordHash, HashError> {
        match &self.form {
            Form::Ours => ours(password.expose().as_bytes(), &mut self.memory),
            Form::App { recipe, .. } => recipe.hash_in(password, &mut self.memory),
        }
    }

    /// Of a random password, which nobody knows.
    pub fn lock_hash(&mut self) -> Result<PasswordHash, HashError> {
        match &self.form {
            Form::Ours => {
                let password = random_text::<32>().map(zeroize::Zeroizing::new).map_err(|_| HashError::Failed)?;
                ours(password.as_bytes(), &mut self.memory)
            }
            Form::App { recipe, .. } => recipe.random_hash_in(&mut self.memory),
        }
    }

    pub fn verify(&mut self, password: &NewPassword, stored: Option<&str>) -> Result<Verdict, HashError> {
        match &self.form {
            Form::Ours => self.verify_ours(password, stored),
            Form::App { recipe, nobodys } => {
                let right = stored.and_then(|stored| recipe.verify_in(password, stored, &mut self.memory));
                if right.is_none() {
                    let _only_for_its_time = recipe.verify_in(password, nobodys.as_str(), &mut self.memory);
                }
                Ok(if right == Some(true) { Verdict::Right } else { Verdict::Wrong })
            }
        }
    }

    /// A hash that was imported may be of another form of the same text than ours, whatever its parameters. Every form
    /// is hashed in every case, so that the time depends on nothing but what was typed.
    fn verify_ours(&mut self, password: &NewPassword, stored: Option<&str>) -> Result<Verdict, HashError> {
        let hash = StoredHash::parse(stored.unwrap_or(NOBODYS_HASH)).ok();
        let matches = |form: &str| hash.as_ref().is_some_and(|hash| hash.verify(form.as_bytes(), &mut self.memory));
        let matching: Vec<bool> = password.forms().iter().map(|form| form.as_str()).map(matches).collect();
        let first = matching.iter().position(|matches| *matches).filter(|_| stored.is_some());
        match first {
            None => Ok(Verdict::Wrong),
            Some(0) if hash.as_ref().is_some_and(is_ours) => Ok(Verdict::Right),
            Some(_) => self.hash(password).map(Verdict::RightAndUpgraded),
        }
    }
}

/// argon2id, m = 19456 KiB, t = 2, p = 1, and a random salt.
fn ours(password: &[u8], memory: &mut Memory) -> Result<PasswordHash, HashError> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|_| HashError::Failed)?;
    argon2id(&Params::DEFAULT, password, &salt, memory).map(PasswordHash::new).ok_or(HashError::Failed)
}

fn is_ours(hash: &StoredHash) -> bool {
    hash.writer() == Writer::Common
        && matches!(hash.scheme(), Scheme::Argon2(argon2) if argon2.is_argon2id_with(&Params::DEFAULT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_hash_costs_what_a_new_one_costs() {
        assert!(is_ours(&StoredHash::parse(NOBODYS_HASH).unwrap()));
        let password = NewPassword::parse("correct horse battery".to_owned()).unwrap();
        let new = Bench::new(Form::Ours).hash(&password).unwrap();
        assert!(is_ours(&StoredHash::parse(new.as_str()).unwrap()));
        assert_eq!(NOBODYS_HASH.len(), new.as_str().len());
    }

    #[test]
    fn what_the_app_does_not_know_is_wrong_and_never_replaced() {
        let recipe = Arc::new(Recipe::parse("bcrypt", &["cost=4".to_owned()], None).unwrap());
        let nobodys = recipe.nobodys_hash().unwrap();
        let mut bench = Bench::new(Form::App { recipe: Arc::clone(&recipe), nobodys });
        let password = NewPassword::parse("walnut-river-lantern".to_owned()).unwrap();
        let hash = bench.hash(&password).unwrap();
        let mut verdict = |stored: Option<&str>| bench.verify(&password, stored).unwrap();
        assert!(verdict(Some(hash.as_str())) == Verdict::Right);
        // The app replaces its md5 hashes by itself.
        assert!(verdict(Some("3f22a5cdca7a2e15eab917db40106aff")) == Verdict::Right);
        for stored in [None, Some(""), Some("!"), Some("walnut-river-lantern"), Some("{noop}walnut-river-lantern")] {
            assert!(verdict(stored) == Verdict::Wrong);
        }
        let locked = bench.lock_hash().unwrap();
        assert!(locked.as_str().starts_with("$2b$04$"));
        assert!(bench.verify(&password, Some(locked.as_str())).unwrap() == Verdict::Wrong);
    }
}
