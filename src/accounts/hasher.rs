//! Hashes and verifies passwords on threads of their own: one per core, each with one block of memory that it reuses,
//! behind a queue that refuses work when it is full. However many people ask, memory stays flat (except for imported
//! hashes that need more) and pages stay fast.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as PhcHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::formats::HashFormat;
use crate::model::NewPassword;
use crate::telemetry::Metrics;

/// Passwords that may wait for a thread. At some 60 a second and core, the last of them waits for
/// about two seconds on two cores.
const QUEUE: usize = 256;

/// What a password is compared with where there is no hash, so that reading and comparing one takes its time, too.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$a2V5YmFjay1ub2JvZHkhIQ$\
                            a2V5YmFjayBub2JvZHkncyBoYXNoIG9mIDMyIG9jdHM";

/// A password hash that may be stored.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// As the table keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why nothing was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full: come back in a few seconds.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The system has no randomness to give, or the hash function refused its own parameters.
    #[error("the password could not be hashed")]
    Failed,
}

/// What came of comparing a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password, or there is none.
    Wrong,
    /// The password; the stored hash is as strong as a new one.
    Right,
    /// The password; store this stronger hash in place of the old one.
    RightAndUpgraded(PasswordHash),
}

/// The hashing threads. They end when the last clone of this is dropped.
#[derive(Clone)]
pub struct Hasher {
    queue: SyncSender<Job>,
    metrics: Metrics,
}

enum Job {
    Hash {
        password: NewPassword,
        reply: oneshot::Sender<Result<PasswordHash, HashError>>,
    },
    Verify {
        password: NewPassword,
        stored: Option<String>,
        reply: oneshot::Sender<Result<Verdict, HashError>>,
    },
    #[cfg(test)]
    Panic {
        reply: oneshot::Sender<Result<Verdict, HashError>>,
    },
}

impl Hasher {
    /// Starts one thread a core.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(metrics: Metrics) -> Result<Self, std::io::Error> {
        let (queue, jobs) = sync_channel(QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        let threads = std::thread::available_parallelism()?.get();
        metrics.hash_capacity(QUEUE);
        for number in 0..threads {
            let (jobs, metrics, running) = (Arc::clone(&jobs), metrics.clone(), metrics.hash_thread());
            std::thread::Builder::new().name(format!("hash-{number}")).spawn(move || {
                let _running = running;
                work(&jobs, &metrics);
            })?;
        }
        Ok(Self { queue, metrics })
    }

    /// Hashes a new password with argon2id, m = 19456 KiB, t = 2, p = 1 and a random salt (OWASP
    /// Password Storage; ASVS 11.4.2). About 15 ms of one core.
    ///
    /// # Errors
    /// See [`HashError`].
    #[tracing::instrument(level = "error", skip_all)]
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, HashError> {
        self.ask(|reply| Job::Hash { password, reply }).await
    }

    /// Compares a password with a stored hash. Where there is none, a hash is computed all the same,
    /// so that the time does not tell whether an account exists.
    ///
    /// # Errors
    /// See [`HashError`].
    #[tracing::instrument(name = "hash", level = "error", skip_all)]
    pub async fn verify(&self, password: NewPassword, stored: Option<String>) -> Result<Verdict, HashError> {
        self.ask(|reply| Job::Verify { password, stored, reply }).await
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, HashError>>) -> Job) -> Result<T, HashError> {
        let (reply, answer) = oneshot::channel();
        self.metrics.hash_queued();
        self.queue.try_send(job(reply)).map_err(|error| {
            self.metrics.hash_refused();
            match error {
                TrySendError::Full(_) => HashError::Busy,
                TrySendError::Disconnected(_) => HashError::Failed,
            }
        })?;
        answer.await.unwrap_or(Err(HashError::Failed))
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, metrics: &Metrics) {
    let mut bench = Bench::new();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        metrics.hash_taken();
        // An imported hash is read by other people's code: a panic there costs this request, not the thread.
        let outcome = catch_unwind(AssertUnwindSafe(|| bench.answer(job, metrics)));
        if outcome.is_err() {
            tracing::error!("hashing a password panicked; the request fails and the thread continues");
            bench = Bench::new();
        }
    }
}

/// One thread's tools. The memory is 19 MiB and is used again for every hash: a fresh block each
/// time would be mapped, zeroed and thrown away, at half the speed.
struct Bench {
    argon2: Argon2<'static>,
    memory: Vec<Block>,
}

impl Bench {
    fn new() -> Self {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        Self { argon2, memory: vec![Block::default(); Params::DEFAULT.block_count()] }
    }

    fn answer(&mut self, job: Job, metrics: &Metrics) {
        match job {
            Job::Hash { password, reply } if !reply.is_closed() => {
                let _caller_left = reply.send(metrics.hashing(|| self.hash(&password)));
            }
            Job::Verify { password, stored, reply } if !reply.is_closed() => {
                let _caller_left = reply.send(metrics.hashing(|| self.verify(&password, stored.as_deref())));
            }
            Job::Hash { .. } | Job::Verify { .. } => {}
            #[cfg(test)]
            Job::Panic { reply } => metrics.hashing(|| tests::panic_over(reply)),
        }
    }

    fn hash(&mut self, password: &NewPassword) -> Result<PasswordHash, HashError> {
        let mut salt = [0_u8; 16];
        getrandom::fill(&mut salt).map_err(|_| HashError::Failed)?;
        let output = self.fill(password.expose().as_bytes(), &salt)?;
        let hash = PhcHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&Params::DEFAULT).map_err(|_| HashError::Failed)?,
            salt: Some(Salt::new(&salt).map_err(|_| HashError::Failed)?),
            hash: Some(Output::new(&output).map_err(|_| HashError::Failed)?),
        };
        Ok(PasswordHash(hash.to_string()))
    }

    /// A hash that was imported may be of another form of the same text than ours, whatever its parameters. Every form
    /// is hashed in every case, so that the time depends on nothing but what was typed.
    fn verify(&mut self, password: &NewPassword, stored: Option<&str>) -> Result<Verdict, HashError> {
        let is_somebodys = stored.is_some();
        let stored = stored.unwrap_or(NOBODYS_HASH);
        let ours = same_parameters(stored).is_some();
        let mut matching = Vec::new();
        for form in password.forms() {
            matching.push(self.matches(form.as_bytes(), stored)? && is_somebodys);
        }
        match matching.iter().position(|matches| *matches) {
            None => Ok(Verdict::Wrong),
            Some(0) if ours => Ok(Verdict::Right),
            Some(_) => self.hash(password).map(Verdict::RightAndUpgraded),
        }
    }

    fn matches(&mut self, password: &[u8], stored: &str) -> Result<bool, HashError> {
        if let Some((salt, expected)) = same_parameters(stored) {
            return Ok(self.fill(password, &salt)?.as_slice().ct_eq(&expected).into());
        }
        Ok(HashFormat::recognise(stored).is_ok_and(|format| format.verify(password, stored)))
    }

    fn fill(&mut self, password: &[u8], salt: &[u8]) -> Result<[u8; Params::DEFAULT_OUTPUT_LEN], HashError> {
        let mut output = [0_u8; Params::DEFAULT_OUTPUT_LEN];
        self.argon2
            .hash_password_into_with_memory(password, salt, &mut output, &mut self.memory)
            .map_err(|_| HashError::Failed)?;
        Ok(output)
    }
}

/// Salt and hash of a stored argon2id hash with our own parameters.
fn same_parameters(stored: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let hash = PhcHash::new(stored).ok()?;
    let ours = hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into())
        && hash.params == ParamsString::try_from(&Params::DEFAULT).ok()?;
    let (salt, output) = (hash.salt?, hash.hash?);
    (ours && output.len() == Params::DEFAULT_OUTPUT_LEN).then(|| (salt.to_vec(), output.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn panic_over<T>(_waiting: T) {
        panic!("as a library would over a hash that it cannot read");
    }

    fn password(text: &str) -> NewPassword {
        NewPassword::parse(text.to_owned()).unwrap()
    }

    // SECURITY.md, requirement 42
    #[tokio::test]
    async fn a_hash_is_argon2id_with_the_parameters_of_the_standard() {
        let hasher = Hasher::start(Metrics::default()).unwrap();
        let hash = hasher.hash(password("correct horse battery")).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(HashFormat::Argon2.verify(b"correct horse battery", hash.as_str()));
        let again = hasher.hash(password("correct horse battery")).await.unwrap();
        assert_ne!(hash.as_str(), again.as_str(), "every hash has a salt of its own");
    }

    #[test]
    fn nobodys_hash_costs_what_a_new_one_costs() {
        assert!(same_parameters(NOBODYS_HASH).is_some());
        let new = Bench::new().hash(&password("correct horse battery")).unwrap();
        assert_eq!(NOBODYS_HASH.len(), new.as_str().len());
    }

    #[tokio::test]
    async fn a_weaker_hash_is_upgraded_and_ours_is_not() {
        let hasher = Hasher::start(Metrics::default()).unwrap();
        let bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned();
        let Verdict::RightAndUpgraded(hash) = hasher.verify(password("U*U"), Some(bcrypt)).await.unwrap() else {
            panic!("a bcrypt hash is replaced");
        };
        assert!(hasher.verify(password("U*U"), Some(hash.as_str().to_owned())).await.unwrap() == Verdict::Right);
        assert!(hasher.verify(password("U*V"), Some(hash.as_str().to_owned())).await.unwrap() == Verdict::Wrong);
        assert!(hasher.verify(password("U*U"), None).await.unwrap() == Verdict::Wrong);
    }

    // Of letters with combining accents, as a system stores them that does not compose what people type.
    #[tokio::test]
    async fn an_imported_hash_of_decomposed_text_opens_and_is_then_of_composed_text() {
        let hasher = Hasher::start(Metrics::default()).unwrap();
        let decomposed = "cafe\u{301} cre\u{300}me";
        let salt = b"0123456789abcdef";
        let bcrypt = bcrypt::hash_with_salt(decomposed, 4, *salt).unwrap().to_string();
        let weaker = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let same = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let by = |argon2: &Argon2<'_>| {
            use argon2::password_hash::PasswordHasher;
            argon2.hash_password_with_salt(decomposed.as_bytes(), salt).unwrap().to_string()
        };
        let django = {
            use base64::Engine;
            let hash = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(decomposed.as_bytes(), b"seasalt", 1000);
            format!("pbkdf2_sha256$1000$seasalt${}", base64::engine::general_purpose::STANDARD.encode(hash))
        };
        for stored in [bcrypt, by(&weaker), by(&same), django] {
            for typed in ["caf\u{e9} cr\u{e8}me", decomposed, "caf\u{e9} cre\u{300}me"] {
                let verdict = hasher.verify(password(typed), Some(stored.clone())).await.unwrap();
                let Verdict::RightAndUpgraded(upgraded) = verdict else { panic!("{stored} is replaced") };
                for again in ["caf\u{e9} cr\u{e8}me", decomposed] {
                    let verdict = hasher.verify(password(again), Some(upgraded.as_str().to_owned())).await.unwrap();
                    assert!(verdict == Verdict::Right, "{stored}");
                }
            }
            assert!(hasher.verify(password("cafe creme"), Some(stored)).await.unwrap() == Verdict::Wrong);
        }
    }

    #[tokio::test]
    async fn a_panic_costs_its_request_and_no_thread() {
        let metrics = Metrics::default();
        let hasher = Hasher::start(metrics.clone()).unwrap();
        let threads = metrics.hash_threads();
        assert!(threads > 0);
        for _ in 0..2 * threads {
            assert!(hasher.ask(|reply| Job::Panic { reply }).await == Err(HashError::Failed));
        }
        assert_eq!(metrics.hash_threads(), threads);
        assert!(hasher.hash(password("correct horse battery")).await.is_ok());
        let mut written = String::new();
        metrics.write(&mut written).unwrap();
        assert!(written.contains("keyback_hash_busy 0\n"), "{written}");
    }

    #[tokio::test]
    async fn the_threads_end_with_the_last_hasher() {
        let metrics = Metrics::default();
        let hasher = Hasher::start(metrics.clone()).unwrap();
        drop(hasher.clone());
        assert!(hasher.hash(password("correct horse battery")).await.is_ok());
        drop(hasher);
        while metrics.hash_threads() > 0 {
            tokio::task::yield_now().await;
        }
    }

    // SECURITY.md, requirement 43
    #[tokio::test]
    async fn a_full_queue_says_busy_and_recovers() {
        let metrics = Metrics::default();
        let hasher = Hasher::start(metrics.clone()).unwrap();
        let tries: Vec<_> = (0..QUEUE + 64)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash(password("correct horse battery")).await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for attempt in tries {
            outcomes.push(attempt.await.unwrap());
        }
        assert!(outcomes.contains(&Err(HashError::Busy)));
        assert!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() >= QUEUE);
        assert!(hasher.hash(password("correct horse battery")).await.is_ok());
        let refused = outcomes.iter().filter(|outcome| **outcome == Err(HashError::Busy)).count();
        let mut told = String::new();
        metrics.write(&mut told).unwrap();
        for line in [format!("keyback_hashes_refused_total {refused}\n"), "keyback_hash_queued 0\n".to_owned()] {
            assert!(told.contains(&line), "{told}");
        }
    }

    impl std::fmt::Debug for PasswordHash {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("PasswordHash(…)")
        }
    }
}
