//! Checks a password for an app that keeps its accounts in Keyback.

use std::time::Duration;

use crate::accounts::{Directory, HashError, Hasher, Verdict};
use crate::clock::Clock;
use crate::limits::{LimitReached, Limits};
use crate::model::{Account, Actor, AuditEvent, Caller, Identifier, NewPassword, StepResult};
use crate::refusals::{Refusal, Refusals};
use crate::store::{Store, StoreError};

/// Who asks, on behalf of a caller: a program's API key, or the demo.
pub struct Asker<'a> {
    pub actor: Actor,
    pub caller: &'a Caller,
}

/// The password is right.
pub struct SignedIn {
    pub account: Account,
}

/// The password is wrong or could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown account, wrong password, no password and disabled account are one outcome. A hash is computed in every
    /// case. A hash from another system takes a different time until it is replaced.
    #[error("wrong identifier or password")]
    Refused,
    #[error("too many tries")]
    LimitReached(LimitReached),
    #[error("too many passwords are being hashed")]
    Busy,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("hashing failed")]
    Hashing,
}

/// Checks passwords.
#[derive(Clone)]
pub struct SignIn {
    store: Store,
    directory: Directory,
    hasher: Hasher,
    limits: Limits,
    refusals: Refusals,
    clock: Clock,
}

/// When to retry after [`SignInError::Busy`].
pub const BUSY_RETRY_AFTER: Duration = Duration::from_secs(3);

impl SignIn {
    /// Creates the service over a database and the hashing threads.
    pub fn new(
        store: Store,
        directory: Directory,
        hasher: Hasher,
        limits: Limits,
        refusals: Refusals,
        clock: Clock,
    ) -> Self {
        Self { store, directory, hasher, limits, refusals, clock }
    }

    /// Checks a password and counts a refusal for the audit. The try is counted before the password is compared, for
    /// unknown accounts too. A matching hash of an old kind is replaced with a new one.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn check(
        &self,
        identifier: &Identifier,
        password: NewPassword,
        asker: &Asker<'_>,
    ) -> Result<SignedIn, SignInError> {
        let outcome = self.compare(identifier, password).await;
        let refused = match &outcome {
            Err(SignInError::Refused) => StepResult::Refused,
            Err(SignInError::LimitReached(_)) => StepResult::TooMany,
            Ok(_) | Err(SignInError::Busy | SignInError::Store(_) | SignInError::Hashing) => return outcome,
        };
        self.refusals.count(&Refusal {
            event: AuditEvent::SignIn,
            result: refused.into(),
            actor: &asker.actor,
            caller: asker.caller,
        });
        outcome
    }

    async fn compare(&self, identifier: &Identifier, password: NewPassword) -> Result<SignedIn, SignInError> {
        let mut tx = self.store.begin().await?;
        let reached = self.limits.count_sign_in(&mut tx, identifier, self.clock.now()).await?;
        tx.commit().await?;
        if let Some(reached) = reached {
            return Err(SignInError::LimitReached(reached));
        }
        if let Some(app) = self.directory.http() {
            let account = app.authenticate(identifier, &password).await?.ok_or(SignInError::Refused)?;
            self.forget_tries(identifier).await?;
            return Ok(SignedIn { account });
        }
        let (account, stored) = match self.directory.find_with_hash(identifier).await? {
            Some((account, stored)) => (Some(account), stored),
            None => (None, None),
        };
        let verdict = self.hasher.verify(password, stored.clone()).await.map_err(|error| match error {
            HashError::Busy => SignInError::Busy,
            HashError::Failed => SignInError::Hashing,
        })?;
        let Some(account) = account.filter(|account| !account.disabled && verdict != Verdict::Wrong) else {
            return Err(SignInError::Refused);
        };
        self.forget_tries(identifier).await?;
        // An app's hash stays as it is: only the app knows which ones it can read.
        if let (Verdict::RightAndUpgraded(hash), Some(own)) = (verdict, self.directory.own()) {
            own.upgrade_hash(&account.id, &stored.unwrap_or_default(), &hash).await?;
        }
        Ok(SignedIn { account })
    }

    async fn forget_tries(&self, identifier: &Identifier) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        self.limits.forget_sign_ins(&mut tx, identifier).await?;
        tx.commit().await
    }
}
