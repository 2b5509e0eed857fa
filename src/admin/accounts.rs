//! Accounts as managed by an operator or by a program with an API key: add, import, show, change. A change that affects
//! resets ends whatever is open for the account (SECURITY.md, requirement 22).

use std::io::Read;
use std::sync::Arc;

use super::record::{Actor, Record, RecordError};
use crate::accounts::{
    Account, AddError, Directory, HashError, Hasher, ImportFormat, NewAccount, NotJudged, PasswordHash, PasswordPolicy,
    PolicyViolation, RowError, first_reason, read_rows,
};
use crate::announcements::{ACCOUNT_CHANGED, AnnounceError, Announcer};
use crate::clock::Clock;
use crate::limits::{Guesser, Limits};
use crate::model::{Caller, EmailAddress, Identifier, NewPassword, PhoneNumber, Timestamp};
use crate::store::{Store, StoreError, Tx};

/// Rows per transaction while importing.
const BATCH: usize = 500;

/// The accounts.
#[derive(Clone)]
pub struct Accounts {
    pub(super) store: Store,
    pub(super) directory: Directory,
    hasher: Hasher,
    policy: Arc<PasswordPolicy>,
    limits: Limits,
    announcer: Announcer,
    pub(super) clock: Clock,
    actor: Actor,
}

/// A change to an account.
pub enum AccountChange {
    /// Set this hashed password.
    Password(PasswordHash),
    /// Block sign-in and resets.
    Disable,
    /// Undo [`Self::Disable`].
    Enable,
    /// Set another address, verified or not.
    Email { address: EmailAddress, verified: bool },
    /// Set another number, verified or not.
    Phone { number: PhoneNumber, verified: bool },
}

/// Why nothing was added or changed.
#[derive(Debug, thiserror::Error)]
pub enum AddAccountError {
    #[error("the {0} already belongs to another account")]
    Taken(&'static str),
    #[error("there is no such account")]
    Unknown,
    #[error("the account has no {0} to verify")]
    NothingToVerify(&'static str),
    #[error("the password was rejected: {}", first_reason(.0))]
    PasswordRejected(Vec<PolicyViolation>),
    #[error(transparent)]
    NotJudged(#[from] NotJudged),
    #[error("the password could not be hashed: {0}")]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
}

impl From<RecordError> for AddAccountError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => Self::Store(error),
            RecordError::Randomness(error) => Self::Randomness(error),
        }
    }
}

impl From<AnnounceError> for AddAccountError {
    fn from(error: AnnounceError) -> Self {
        match error {
            AnnounceError::Store(error) => Self::Store(error),
            AnnounceError::Randomness(error) => Self::Randomness(error),
        }
    }
}

impl From<AddError> for AddAccountError {
    fn from(error: AddError) -> Self {
        match error {
            // Another transaction took the identifier in the meantime.
            AddError::Store(error) => taken(error, "identifier"),
            AddError::Randomness(error) => Self::Randomness(error),
        }
    }
}

/// The result of importing a file.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// Rows that were added.
    pub added: u64,
    /// Rows that were not, each with its line number and the reason.
    pub refused: Vec<(u64, RowError)>,
}

impl Accounts {
    /// Creates the service over a database and the hashing threads.
    pub fn new(
        store: Store,
        hasher: Hasher,
        policy: Arc<PasswordPolicy>,
        limits: Limits,
        announcer: Announcer,
        clock: Clock,
    ) -> Self {
        Self {
            directory: Directory::new(store.clone()),
            store,
            hasher,
            policy,
            limits,
            announcer,
            clock,
            actor: Actor::Operator,
        }
    }

    /// The same service, acting for a program: the audit names its API key and the caller.
    #[must_use]
    pub fn by_program(&self, caller: Caller) -> Self {
        Self { actor: Actor::Program(caller), ..self.clone() }
    }

    /// Adds one account and returns its id. The password policy judges the password first.
    ///
    /// # Errors
    /// See [`AddAccountError`].
    pub async fn add(&self, mut account: NewAccount, password: Option<NewPassword>) -> Result<String, AddAccountError> {
        if let Some(password) = password {
            let hash = self.hash(password, &account.own_names()).await?;
            account.password_hash = Some(hash.as_str().to_owned());
        }
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let id = self.directory.add(&mut tx, &account, now).await?.map_err(AddAccountError::Taken)?;
        self.record("account.added", &id).write(&mut tx, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Adds the rows of a file, a few hundred per transaction; `progress` receives the number of rows so far. A
    /// rejected row does not stop the others. If a later batch fails, earlier batches stay.
    ///
    /// # Errors
    /// The database's.
    pub async fn import(
        &self,
        format: ImportFormat,
        file: impl Read,
        mut progress: impl FnMut(u64),
    ) -> Result<ImportReport, AddAccountError> {
        let mut report = ImportReport::default();
        let mut batch = Vec::with_capacity(BATCH);
        let mut seen = 0;
        for row in read_rows(format, file) {
            seen += 1;
            match row.account {
                Ok(account) => batch.push((row.line, account)),
                Err(error) => report.refused.push((row.line, error)),
            }
            if batch.len() == BATCH {
                self.import_batch(&batch, &mut report).await?;
                batch.clear();
                progress(seen);
            }
        }
        self.import_batch(&batch, &mut report).await?;
        progress(seen);
        report.refused.sort_by_key(|(line, _)| *line);
        Ok(report)
    }

    async fn import_batch(
        &self,
        batch: &[(u64, NewAccount)],
        report: &mut ImportReport,
    ) -> Result<(), AddAccountError> {
        let mut tx = self.store.begin().await?;
        for (line, account) in batch {
            match self.directory.add(&mut tx, account, self.clock.now()).await? {
                Ok(id) => {
                    report.added += 1;
                    self.record("account.imported", &id).write(&mut tx, self.clock.now()).await?;
                }
                Err(kind) => report.refused.push((*line, RowError::Taken(kind))),
            }
        }
        Ok(tx.commit().await?)
    }

    /// The account with that identifier.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, identifier: &Identifier) -> Result<Option<Account>, StoreError> {
        self.directory.find(identifier).await
    }

    /// The account with that id.
    ///
    /// # Errors
    /// The database's.
    pub async fn get(&self, id: &str) -> Result<Option<Account>, StoreError> {
        self.directory.get(id).await
    }

    /// Up to `limit` accounts after the one with id `after`.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(&self, after: &str, limit: u32) -> Result<Vec<Account>, StoreError> {
        self.directory.page(after, limit).await
    }

    /// Sets a password, if the password policy accepts it.
    ///
    /// # Errors
    /// See [`AddAccountError`].
    pub async fn set_password(&self, id: &str, password: NewPassword) -> Result<(), AddAccountError> {
        let account = self.directory.get(id).await?.ok_or(AddAccountError::Unknown)?;
        let hash = self.hash(password, &account.own_names()).await?;
        self.change(id, AccountChange::Password(hash)).await
    }

    async fn hash(&self, password: NewPassword, own_names: &[String]) -> Result<PasswordHash, AddAccountError> {
        let assessment = self.policy.judge(self.actor.name(), &password, own_names).await?;
        if !assessment.violations.is_empty() {
            return Err(AddAccountError::PasswordRejected(assessment.violations));
        }
        Ok(self.hasher.hash(password).await?)
    }

    /// Changes an account. Every open challenge, grant and session of it ends, unless the account is only enabled
    /// again.
    ///
    /// # Errors
    /// See [`AddAccountError`].
    pub async fn change(&self, id: &str, change: AccountChange) -> Result<(), AddAccountError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        self.change_in(&mut tx, id, &change, now).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn change_in(
        &self,
        tx: &mut Tx,
        id: &str,
        change: &AccountChange,
        now: Timestamp,
    ) -> Result<(), AddAccountError> {
        let (found, event) = match change {
            AccountChange::Password(hash) => (tx.set_password(id, hash.as_str(), now).await?, "account.password_set"),
            AccountChange::Disable => (tx.set_disabled(id, Some(now)).await?, "account.disabled"),
            AccountChange::Enable => (tx.set_disabled(id, None).await?, "account.enabled"),
            AccountChange::Email { address, verified } => {
                let verified_at = verified.then_some(now);
                let found = tx.set_email(id, address.as_str(), address.canonical(), verified_at).await;
                (found.map_err(|error| taken(error, "email"))?, "account.email_set")
            }
            AccountChange::Phone { number, verified } => {
                let found = tx.set_phone(id, number.as_str(), verified.then_some(now)).await;
                (found.map_err(|error| taken(error, "phone"))?, "account.phone_set")
            }
        };
        if !found {
            return Err(AddAccountError::Unknown);
        }
        if !matches!(change, AccountChange::Enable) {
            self.end_resets(tx, id, now).await?;
        }
        Ok(self.record(event, id).write(tx, now).await?)
    }

    /// Opens the codes of an account again that were closed after too many wrong ones.
    ///
    /// # Errors
    /// See [`AddAccountError`].
    pub async fn open_codes(&self, id: &str) -> Result<(), AddAccountError> {
        let mut tx = self.store.begin().await?;
        self.limits.forget_guesses(&mut tx, id).await?;
        self.record("account.codes_opened", id).write(&mut tx, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the codes of an account are closed after too many wrong ones.
    ///
    /// # Errors
    /// The database's.
    pub async fn codes_are_closed(&self, id: &str) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let closed = self.limits.codes_are_closed(&mut tx, Guesser::Account(id), self.clock.now()).await?;
        tx.rollback().await?;
        Ok(closed)
    }

    fn record<'a>(&'a self, event: &'static str, account_id: &'a str) -> Record<'a> {
        Record::of(&self.actor, event, Some(account_id))
    }

    async fn end_resets(&self, tx: &mut Tx, account_id: &str, now: Timestamp) -> Result<(), AddAccountError> {
        let cancelled = tx.cancel_challenges_of_account(account_id, ACCOUNT_CHANGED, now).await?;
        tx.delete_grants_of_account(account_id).await?;
        tx.delete_sessions_of_account(account_id).await?;
        Ok(self.announcer.announce_cancelled(tx, &cancelled, ACCOUNT_CHANGED, now).await?)
    }
}

fn taken(error: StoreError, kind: &'static str) -> AddAccountError {
    if error.is_duplicate() { AddAccountError::Taken(kind) } else { error.into() }
}
