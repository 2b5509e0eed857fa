//! Accounts behind an endpoint that an operator has written in front of an app. `docs/directory-http.md` is the contract.
//!
//! A link is bound to the version that the app gives to the present password. Setting one compares it.

mod call;
mod contract;

use std::sync::Arc;

use zeroize::Zeroizing;

use super::app::has;
use super::change::{LockError, Outcome, Settled};
use crate::clock::Clock;
use crate::config::HttpDirectory;
use crate::model::{
    Account, AccountId, Challenge, Grant, Identifier, NewPassword, PasswordFingerprint, PasswordWrite, ServerKey,
};
use crate::store::StoreError;
use call::{Endpoint, new_id};
use contract::{Asked, Find, Found, FoundAccount, PasswordSet, SetPassword, Verified, Verify, Version};

const FIND: &str = "v1/find";
const VERIFY: &str = "v1/verify";
const SET_PASSWORD: &str = "v1/set_password";

/// How many characters of an app's reason go to the log.
const MAX_REASON: usize = 200;

/// The accounts of an app behind HTTP.
#[derive(Clone)]
pub struct AppHttp {
    endpoint: Arc<Endpoint>,
    key: ServerKey,
}

/// A password that the app is about to be asked to set.
pub struct HttpPasswordChange {
    app: AppHttp,
    id: AccountId,
    version: Version,
    password: Secret,
    reason: &'static str,
    /// The name of the call.
    call: String,
    /// What the app has until the call is done.
    pub old: PasswordFingerprint,
}

enum Secret {
    Chosen(NewPassword),
    Random(Zeroizing<String>),
}

/// What became of a call that sets a password.
pub enum CallOutcome {
    /// It is set; the app has this now.
    Set(PasswordFingerprint),
    /// It is not set, and never will be by this call.
    NotSet(NotSet),
    /// Nobody knows.
    Unknown(NotSet),
}

/// Why a password is not set.
pub enum NotSet {
    /// The account has another password by now.
    Changed,
    /// The app does not want it, for this reason.
    Refused(String),
    /// The app did not answer, or not as it should.
    Fault(StoreError),
}

impl AppHttp {
    /// Creates a directory over an endpoint.
    ///
    /// # Errors
    /// When the system's trust store cannot be read.
    pub fn new(config: &HttpDirectory, key: ServerKey, clock: Clock) -> Result<Self, reqwest::Error> {
        Ok(Self { endpoint: Arc::new(Endpoint::new(config, clock)?), key })
    }

    /// Whether the endpoint answers: it is asked for an account that nobody has.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn answers(&self) -> Result<(), StoreError> {
        let nobody = AccountId::random()?;
        self.ask(Asked::by_id(&nobody)).await.map(drop)
    }

    /// Whether that is the password of that account. Writes nothing.
    ///
    /// # Errors
    /// The endpoint's.
    pub async fn verify(&self, id: &AccountId, password: &NewPassword) -> Result<bool, StoreError> {
        let call = Verify { id: id.as_str(), password: password.received() };
        let verified: Verified = self.endpoint.call(VERIFY, &call).await?;
        Ok(verified.valid)
    }

    /// The account with that identifier, if that is its password. The app is asked about a password in every case, so
    /// that its time does not tell whether there is an account.
    ///
    /// # Errors
    /// The endpoint's.
    pub async fn authenticate(
        &self,
        identifier: &Identifier,
        password: &NewPassword,
    ) -> Result<Option<Account>, StoreError> {
        match self.find(identifier).await? {
            Some(account) => {
                let is_right = self.verify(&account.id, password).await? && !account.disabled;
                Ok(is_right.then_some(account))
            }
            None => {
                self.verify(&AccountId::random()?, password).await?;
                Ok(None)
            }
        }
    }

    /// The account with that identifier, whatever its state.
    ///
    /// # Errors
    /// The endpoint's.
    pub async fn find(&self, identifier: &Identifier) -> Result<Option<Account>, StoreError> {
        let mut asked: Vec<String> = Vec::new();
        for form in identifier.stored_forms() {
            if asked.contains(&form) {
                continue;
            }
            let found = self.ask(Asked::by(identifier, &form)).await?;
            if let Some((account, _)) = found.filter(|(account, _)| has(account, identifier)) {
                return Ok(Some(account));
            }
            asked.push(form);
        }
        Ok(None)
    }

    pub(super) async fn get(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        Ok(self.read(id).await?.map(|(account, _)| account))
    }

    async fn read(&self, id: &AccountId) -> Result<Option<(Account, Version)>, StoreError> {
        let found = self.ask(Asked::by_id(id)).await?;
        Ok(found.filter(|(account, _)| account.id == *id))
    }

    async fn ask(&self, identifier: Asked<'_>) -> Result<Option<(Account, Version)>, StoreError> {
        let Found { account } = self.endpoint.call(FIND, &Find { identifier }).await?;
        let read = |account: FoundAccount| account.read(&self.key).ok_or_else(unusable);
        account.map(read).transpose()
    }

    /// Begins to replace the password of the account of a grant.
    pub(super) async fn begin_change(
        &self,
        grant: &Grant,
        password: NewPassword,
    ) -> Result<Option<HttpPasswordChange>, StoreError> {
        let Some(bound_to) = &grant.fingerprint else { return Ok(None) };
        let still_owns = |account: &Account| account.owns(&grant.sent_to);
        self.begin(&grant.account_id, Some(bound_to), still_owns, (Secret::Chosen(password), "reset")).await
    }

    /// Begins to replace the present password by one that nobody knows. Its version need not be the one that the app gave
    /// to the password that was set with the challenge: whoever chose that may have changed it in the app.
    pub(super) async fn begin_lock(&self, challenge: &Challenge) -> Result<Option<HttpPasswordChange>, LockError> {
        let Some(id) = challenge.account_id.as_ref().filter(|_| challenge.new_fingerprint.is_some()) else {
            return Ok(None);
        };
        let random = Zeroizing::new(crate::model::random_text::<32>().map_err(StoreError::from)?);
        Ok(self.begin(id, None, |_| true, (Secret::Random(random), "lock")).await?)
    }

    async fn begin(
        &self,
        id: &AccountId,
        bound_to: Option<&PasswordFingerprint>,
        is_allowed: impl FnOnce(&Account) -> bool,
        (password, reason): (Secret, &'static str),
    ) -> Result<Option<HttpPasswordChange>, StoreError> {
        let Some((account, version)) = self.read(id).await? else { return Ok(None) };
        let old = version.fingerprint(&self.key, id);
        if bound_to.is_some_and(|bound_to| *bound_to != old) || !is_allowed(&account) {
            return Ok(None);
        }
        let (app, id) = (self.clone(), id.clone());
        Ok(Some(HttpPasswordChange { app, id, version, password, reason, call: new_id()?, old }))
    }

    /// What became of a call. It is open as long as it may still arrive, or the app does not say.
    pub(super) async fn outcome_of(&self, write: &PasswordWrite) -> Result<Settled, StoreError> {
        // Before the app is asked: what it says must be true for all that comes after.
        let is_over = self.endpoint.is_over(write.started_at);
        let stored = match self.get(&write.account_id).await {
            Ok(account) => account.and_then(|account| account.fingerprint),
            Err(error) if error.is_unavailable() => {
                let challenge_id = write.challenge_id.as_str();
                tracing::warn!(challenge_id, %error, "could not ask whether a password was set; asking again later");
                return Ok(Settled { outcome: Outcome::Open, held: None, found: None });
            }
            Err(error) => return Err(error),
        };
        let outcome = match &stored {
            Some(stored) if *stored != write.old => Outcome::Replaced,
            Some(_) | None if !is_over => Outcome::Open,
            Some(_) => Outcome::Kept,
            None => Outcome::Gone,
        };
        Ok(Settled { outcome, held: None, found: stored })
    }
}

impl HttpPasswordChange {
    /// Stands for the new password in a note: what the app will have is not known yet.
    pub fn noted_as(&self) -> PasswordFingerprint {
        PasswordFingerprint::of_call(&self.call)
    }

    /// Asks the app to set the password.
    pub async fn send(self) -> CallOutcome {
        let Self { app, id, version, password, reason, call, .. } = self;
        let password = match &password {
            Secret::Chosen(password) => password.received(),
            Secret::Random(password) => password.as_str(),
        };
        let body = SetPassword { id: id.as_str(), password, version: version.as_str(), reason };
        let answered = match app.endpoint.call_as::<PasswordSet>(&call, SET_PASSWORD, &body).await {
            Ok(answered) => answered,
            Err(error) if error.may_have_arrived => return CallOutcome::Unknown(NotSet::Fault(error.into())),
            Err(error) => return CallOutcome::NotSet(NotSet::Fault(error.into())),
        };
        let not_set = match answered.answer {
            PasswordSet::Done { version } => match Version::parse(version) {
                Some(version) => return CallOutcome::Set(version.fingerprint(&app.key, &id)),
                None => return CallOutcome::Unknown(NotSet::Fault(unusable())),
            },
            PasswordSet::Changed => NotSet::Changed,
            PasswordSet::Refused { reason } => {
                NotSet::Refused(reason.chars().filter(|character| !character.is_control()).take(MAX_REASON).collect())
            }
        };
        // An app that forgets the calls that it has done may say so of the first try.
        if answered.is_first_try { CallOutcome::NotSet(not_set) } else { CallOutcome::Unknown(not_set) }
    }
}

fn unusable() -> StoreError {
    let reason = "the answer of the endpoint of directory.url has no usable id or version: 1 to 255 octets without control \
                  characters";
    StoreError::of_endpoint(reason, false)
}
