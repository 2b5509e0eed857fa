//! Hashes and verifies passwords on threads of their own: one per core, each with one block of memory that it reuses,
//! behind a queue that refuses work when it would wait too long. However many people ask, memory stays flat (except for
//! hashes of other systems that need more) and pages stay fast.

mod admission;
mod bench;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::accounts::password_hash::{HashError, PasswordHash};
use crate::accounts::recipe::{Recipe, Unfit};
use crate::model::NewPassword;
use crate::telemetry::Metrics;
use admission::Admission;
use bench::{Bench, Form};

/// What a hash of ours takes, until it has been measured.
const ESTIMATE: Duration = Duration::from_millis(15);

/// What came of comparing a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password, or there is none.
    Wrong,
    /// The password; the stored hash is as strong as a new one, or belongs to somebody's app.
    Right,
    /// The password; store this stronger hash in place of the old one.
    RightAndUpgraded(PasswordHash),
}

/// The hashing threads. They end when the last clone of this is dropped.
#[derive(Clone)]
pub struct Hasher {
    queue: SyncSender<Job>,
    admission: Arc<Admission>,
    form: Form,
    metrics: Metrics,
}

enum Job {
    Hash {
        password: NewPassword,
        reply: oneshot::Sender<Result<PasswordHash, HashError>>,
    },
    Lock {
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
    /// Starts one thread a core: for Keyback's accounts, or with the recipe of an app for its own.
    ///
    /// # Errors
    /// When the system gives no thread, or no randomness.
    pub fn start(recipe: Option<Recipe>, metrics: Metrics) -> Result<Self, std::io::Error> {
        let (form, first) = match recipe {
            None => (Form::Ours, ESTIMATE),
            Some(recipe) => {
                let begun = Instant::now();
                let nobodys = recipe.nobodys_hash().map_err(std::io::Error::other)?;
                (Form::App { recipe: Arc::new(recipe), nobodys }, begun.elapsed().max(ESTIMATE))
            }
        };
        let threads = std::thread::available_parallelism()?.get();
        let admission = Arc::new(Admission::new(threads, first));
        let (queue, jobs) = sync_channel(admission::MOST);
        let jobs = Arc::new(Mutex::new(jobs));
        metrics.hash_capacity(admission.capacity());
        for number in 0..threads {
            let (jobs, form, admission) = (Arc::clone(&jobs), form.clone(), Arc::clone(&admission));
            let (metrics, running) = (metrics.clone(), metrics.hash_thread());
            std::thread::Builder::new().name(format!("hash-{number}")).spawn(move || {
                let _running = running;
                work(&jobs, &form, &admission, &metrics);
            })?;
        }
        Ok(Self { queue, admission, form, metrics })
    }

    /// Why the app could not take this password. Keyback's own accounts take every one.
    pub fn unfit(&self, password: &NewPassword) -> Option<Unfit> {
        match &self.form {
            Form::Ours => None,
            Form::App { recipe, .. } => recipe.input(password).err(),
        }
    }

    /// Hashes a new password: by the app's recipe, or with argon2id, m = 19456 KiB, t = 2, p = 1 and a random salt
    /// (OWASP Password Storage; ASVS 11.4.2), which takes about 15 ms of one core.
    ///
    /// # Errors
    /// See [`HashError`].
    #[tracing::instrument(level = "error", skip_all)]
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, HashError> {
        self.ask(|reply| Job::Hash { password, reply }).await
    }

    /// The hash of a random password, which nobody knows: it locks an account.
    ///
    /// # Errors
    /// See [`HashError`].
    #[tracing::instrument(name = "hash", level = "error", skip_all)]
    pub async fn lock_hash(&self) -> Result<PasswordHash, HashError> {
        self.ask(|reply| Job::Lock { reply }).await
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
        if !self.admission.enter() {
            self.metrics.hash_refused();
            return Err(HashError::Busy);
        }
        if self.queue.try_send(job(reply)).is_err() {
            // There is room for everybody who may wait, so the threads are gone.
            self.admission.leave();
            self.metrics.hash_refused();
            return Err(HashError::Failed);
        }
        answer.await.unwrap_or(Err(HashError::Failed))
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, form: &Form, admission: &Admission, metrics: &Metrics) {
    let mut bench = Bench::new(form.clone());
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        admission.leave();
        metrics.hash_taken();
        let answered = job.is_awaited();
        let begun = Instant::now();
        // A foreign hash is read by other people's code: a panic there costs this request, not the thread.
        let outcome = catch_unwind(AssertUnwindSafe(|| answer(&mut bench, job, metrics)));
        if outcome.is_err() {
            tracing::error!("hashing a password panicked; the request fails and the thread continues");
            bench = Bench::new(form.clone());
        } else if answered {
            admission.measured(begun.elapsed());
            metrics.hash_capacity(admission.capacity());
        }
    }
}

impl Job {
    /// Whether anybody still waits for it.
    fn is_awaited(&self) -> bool {
        match self {
            Self::Hash { reply, .. } | Self::Lock { reply } => !reply.is_closed(),
            Self::Verify { reply, .. } => !reply.is_closed(),
            #[cfg(test)]
            Self::Panic { .. } => true,
        }
    }
}

fn answer(bench: &mut Bench, job: Job, metrics: &Metrics) {
    if !job.is_awaited() {
        return;
    }
    match job {
        Job::Hash { password, reply } => {
            let _caller_left = reply.send(metrics.hashing(|| bench.hash(&password)));
        }
        Job::Lock { reply } => {
            let _caller_left = reply.send(metrics.hashing(|| bench.lock_hash()));
        }
        Job::Verify { password, stored, reply } => {
            let _caller_left = reply.send(metrics.hashing(|| bench.verify(&password, stored.as_deref())));
        }
        #[cfg(test)]
        Job::Panic { reply } => metrics.hashing(|| tests::panic_over(reply)),
    }
}

#[cfg(test)]
mod tests;
