//! Accounts as managed by an operator or by a program with an API key: add, import, show, change. A change that affects
//! resets ends whatever is open for the account (SECURITY.md, requirement 22).

use std::io::Read;
use std::sync::Arc;

use super::record::{Agent, Record};
use crate::accounts::{
    AccountTools, Directory, HashError, Hasher, ImportFormat, NotJudged, OwnAccounts, PasswordHash, PasswordPolicy,
    PolicyViolation, RowError, first_reason, read_rows,
};
use crate::clock::Clock;
use crate::limits::{Guesser, Limits};
use crate::model::{
    Account, AccountId, Added, AuditEvent, Caller, CancelReason, EmailAddress, Identifier, IdentifierKind, NewAccount,
    NewPassword, PhoneNumber, Timestamp,
};
use crate::store::{AccountPage, Store, StoreError, Tx};
use crate::webhooks::Webhooks;

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
    webhooks: Webhooks,
    pub(super) clock: Clock,
    agent: Agent,
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
    #[error("the {} already belongs to another account", .0.as_str())]
    Taken(IdentifierKind),
    /// Another transaction took one of them in the meantime.
    #[error("the identifier already belongs to another account")]
    TakenMeanwhile,
    #[error("there is no such account")]
    Unknown,
    #[error("accounts live in your app (directory.url): add and change them there")]
    KeptByApp,
    #[error("the account has no {} to verify", .0.as_str())]
    NothingToVerify(IdentifierKind),
    #[error("the password was rejected: {}", first_reason(.0))]
    PasswordRejected(Vec<PolicyViolation>),
    #[error(transparent)]
    NotJudged(#[from] NotJudged),
    #[error("the password could not be hashed: {0}")]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
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
    pub fn new(store: Store, accounts: AccountTools, limits: Limits, webhooks: Webhooks, clock: Clock) -> Self {
        let AccountTools { directory, hasher, policy } = accounts;
        Self { store, directory, hasher, policy, limits, webhooks, clock, agent: Agent::Operator }
    }

    /// The same service, acting for a program: the audit names its API key and the caller.
    #[must_use]
    pub fn by_program(&self, caller: Caller) -> Self {
        Self { agent: Agent::Program(caller), ..self.clone() }
    }

    /// The accounts that Keyback keeps. Ask for them before a password is typed in vain.
    ///
    /// # Errors
    /// [`AddAccountError::KeptByApp`] if it keeps none.
    pub fn own(&self) -> Result<&OwnAccounts, AddAccountError> {
        self.directory.own().ok_or(AddAccountError::KeptByApp)
    }

    /// Adds one account and returns its id. The password policy judges the password first.
    ///
    /// # Errors
    /// See [`AddAccountError`].
    pub async fn add(
        &self,
        mut account: NewAccount,
        password: Option<NewPassword>,
    ) -> Result<AccountId, AddAccountError> {
        let own = self.own()?;
        if let Some(password) = password {
            let hash = self.hash(password, &account.own_names()).await?;
            account.password_hash = Some(hash.as_str().to_owned());
        }
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let id = match own.add(&mut tx, &account, now).await {
            Ok(Added::New(id)) => id,
            Ok(Added::Taken(kind)) => return Err(AddAccountError::Taken(kind)),
            Err(error) => return Err(taken_meanwhile(error)),
        };
        self.record(AuditEvent::AccountAdded, &id).write(&mut tx, now).await?;
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
        self.own()?;
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
        let own = self.own()?;
        let mut tx = self.store.begin().await?;
        for (line, account) in batch {
            match own.add(&mut tx, account, self.clock.now()).await.map_err(taken_meanwhile)? {
                Added::New(id) => {
                    report.added += 1;
                    self.record(AuditEvent::AccountImported, &id).write(&mut tx, self.clock.now()).await?;
                }
                Added::Taken(kind) => report.refused.push((*line, RowError::Taken(kind))),
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
    pub async fn get(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        self.directory.get(id).await
    }

    /// Up to `limit` accounts after the one with id `after`.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(&self, after: &str, limit: u32) -> Result<AccountPage, StoreError> {
        self.directory.page(after, limit).await
    }

    /// Sets a password, if the password policy accepts it.
    ///
    /// # Errors
    /// See [`AddAccountError`].
    pub async fn set_password(&self, id: &AccountId, password: NewPassword) -> Result<(), AddAccountError> {
        self.own()?;
        let account = self.directory.get(id).await?.ok_or(AddAccountError::Unknown)?;
        let hash = self.hash(password, &account.own_names()).await?;
        self.change(id, AccountChange::Password(hash)).await
    }

    async fn hash(&self, password: NewPassword, own_names: &[String]) -> Result<PasswordHash, AddAccountError> {
        let assessment = self.policy.judge(self.agent.name(), &password, own_names).await?;
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
    pub async fn change(&self, id: &AccountId, change: AccountChange) -> Result<(), AddAccountError> {
        self.own()?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        self.change_in(&mut tx, id, &change, now).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn change_in(
        &self,
        tx: &mut Tx,
        id: &AccountId,
        change: &AccountChange,
        now: Timestamp,
    ) -> Result<(), AddAccountError> {
        let (found, event) = match change {
            AccountChange::Password(hash) => {
                (tx.set_password(id, hash.as_str(), now).await?, AuditEvent::AccountPasswordSet)
            }
            AccountChange::Disable => (tx.set_disabled(id, Some(now)).await?, AuditEvent::AccountDisabled),
            AccountChange::Enable => (tx.set_disabled(id, None).await?, AuditEvent::AccountEnabled),
            AccountChange::Email { address, verified } => {
                let verified_at = verified.then_some(now);
                let found = tx.set_email(id, address, verified_at).await;
                (found.map_err(|error| taken(error, IdentifierKind::Email))?, AuditEvent::AccountEmailSet)
            }
            AccountChange::Phone { number, verified } => {
                let found = tx.set_phone(id, number, verified.then_some(now)).await;
                (found.map_err(|error| taken(error, IdentifierKind::Phone))?, AuditEvent::AccountPhoneSet)
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
    pub async fn open_codes(&self, id: &AccountId) -> Result<(), AddAccountError> {
        let mut tx = self.store.begin().await?;
        self.limits.forget_guesses(&mut tx, id).await?;
        self.record(AuditEvent::AccountCodesOpened, id).write(&mut tx, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the codes of an account are closed after too many wrong ones.
    ///
    /// # Errors
    /// The database's.
    pub async fn codes_are_closed(&self, id: &AccountId) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let closed = self.limits.codes_are_closed(&mut tx, Guesser::Account(id), self.clock.now()).await?;
        tx.rollback().await?;
        Ok(closed)
    }

    fn record<'a>(&'a self, event: AuditEvent, account_id: &'a AccountId) -> Record<'a> {
        Record::of_account(&self.agent, event, account_id)
    }

    async fn end_resets(&self, tx: &mut Tx, account_id: &AccountId, now: Timestamp) -> Result<(), AddAccountError> {
        let cancelled = tx.cancel_challenges_of_account(account_id, CancelReason::AccountChanged, now).await?;
        tx.delete_grants_of_account(account_id).await?;
        tx.delete_sessions_of_account(account_id).await?;
        Ok(self.webhooks.queue_cancelled(tx, &cancelled, CancelReason::AccountChanged, now).await?)
    }
}

fn taken_meanwhile(error: StoreError) -> AddAccountError {
    if error.is_duplicate() { AddAccountError::TakenMeanwhile } else { error.into() }
}

fn taken(error: StoreError, kind: IdentifierKind) -> AddAccountError {
    if error.is_duplicate() { AddAccountError::Taken(kind) } else { error.into() }
}
