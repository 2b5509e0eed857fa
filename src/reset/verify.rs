//! Step 3: a link key or a code becomes a grant. Opening a link uses nothing up, so a mail scanner may open it many times.
//! A try at a code is counted before it is compared.

use super::challenge::{Granted, KeyedChallenge};
use super::compare::{Comparison, compare};
use super::error::{CodeError, Fault, LinkError};
use super::notices::Notice;
use super::recorder::Record;
use super::{LIVE_GRANTS, REQUEST_GIVE_UP, ResetService};
use crate::limits::{Guess, Guesser};
use crate::model::{
    AccessToken, AuditEvent, Caller, ChallengeId, Code, CodeAttempt, Identifier, KeyPurpose, LinkKey, Proof,
    RedirectUrl, SecretHash, StepResult, WebhookEvent,
};
use crate::store::Tx;
use crate::webhooks::{Details, Reason, Webhook};

/// What an opened link gives.
#[derive(Debug)]
pub struct OpenedLink {
    /// The right to set the password, for 10 minutes, once.
    pub access_token: AccessToken,
    /// Where the person goes with it: stored with the request, or the configured default.
    pub redirect_url: RedirectUrl,
}

/// What becomes of a right code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Afterwards {
    /// It is consumed (ASVS 6.5.1): the grant replaces it.
    Used,
    /// It stays valid until the password is set in the same call, so that a rejected password does not cost a new code.
    /// This is allowed a limited number of times.
    StillGood,
}

impl ResetService {
    /// Opens a link.
    ///
    /// # Errors
    /// See [`LinkError`].
    #[tracing::instrument(level = "error", skip_all)]
    pub async fn open_link(&self, key: &LinkKey, caller: &Caller) -> Result<OpenedLink, LinkError> {
        let now = self.clock.now();
        let found = self.challenge_of(&key.hash(), KeyPurpose::Reset, now).await?;
        let redirect_url = match &found {
            Some(found) => self.registered_target(&found.challenge).await?,
            None => None,
        };
        let Some(KeyedChallenge { challenge, is_alive: true }) = found else {
            let id = found.as_ref().map(|found| &found.challenge.id);
            return self.dead_link(id, redirect_url, caller).await;
        };
        let mut tx = self.store.begin().await?;
        // One after the other: else opens at the same moment leave more grants than may live.
        if !tx.hold_challenge(&challenge.id, now).await? {
            tx.rollback().await?;
            return self.dead_link(Some(&challenge.id), redirect_url, caller).await;
        }
        if let Some(reached) = self.limits.count_opening(&mut tx, &challenge.id, now).await? {
            tx.rollback().await?;
            self.recorder.record(&Record::new(AuditEvent::LinkOpened, reached.rule, caller).of(&challenge.id)).await;
            return Err(LinkError::LimitReached(reached));
        }
        let access_token = self.grant(&mut tx, &challenge.id, Proof::Link, Some(LIVE_GRANTS), now).await?.access_token;
        let opened = Record::ok(AuditEvent::LinkOpened, caller).about(&challenge);
        self.recorder.record_bounded_in(&mut tx, &opened).await?;
        tx.commit().await?;
        let redirect_url = redirect_url.unwrap_or_else(|| self.redirects().default_url().clone());
        Ok(OpenedLink { access_token, redirect_url })
    }

    async fn dead_link(
        &self,
        challenge_id: Option<&ChallengeId>,
        redirect_url: Option<RedirectUrl>,
        caller: &Caller,
    ) -> Result<OpenedLink, LinkError> {
        let dead = Record::new(AuditEvent::LinkOpened, StepResult::Dead, caller);
        self.recorder.record(&Record { challenge_id, ..dead }).await;
        Err(LinkError::Dead { redirect_url })
    }

    /// Notes that somebody looked at a link without opening it, as scanners do; it takes nothing from it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn look_at_link(&self, key: &LinkKey, caller: &Caller) -> Result<(), Fault> {
        if let Some(found) = self.challenge_of(&key.hash(), KeyPurpose::Reset, self.clock.now()).await? {
            let looked_at = Record::new(AuditEvent::LinkOpened, StepResult::LookedAt, caller);
            self.recorder.record(&looked_at.of(&found.challenge.id)).await;
        }
        Ok(())
    }

    /// Checks a code for the challenge that it was asked with. The code alone is worth nothing.
    ///
    /// # Errors
    /// See [`CodeError`]. The try is counted, whatever comes of it.
    #[tracing::instrument(level = "error", skip_all)]
    pub async fn check_code(
        &self,
        challenge_id: &ChallengeId,
        code: &Code,
        caller: &Caller,
    ) -> Result<Granted, CodeError> {
        if self.store.challenge(challenge_id).await?.is_none() {
            self.recorder.record(&refused(caller)).await;
            return Err(CodeError::TooManyTries);
        }
        self.try_code(challenge_id, code, caller, Afterwards::Used).await
    }

    async fn try_code(
        &self,
        id: &ChallengeId,
        code: &Code,
        caller: &Caller,
        afterwards: Afterwards,
    ) -> Result<Granted, CodeError> {
        // Further tries cost no transaction.
        if self.store.is_code_used_up(id, self.settings.max_code_attempts).await? {
            self.recorder.record(&refused(caller).of(id)).await;
            return Err(CodeError::TooManyTries);
        }
        let given = code.hash(&self.key, id);
        let mut tx = self.store.begin().await?;
        let attempt = tx.count_code_attempt(id, self.settings.max_code_attempts).await?;
        let granted = match attempt {
            Some(attempt) => self.judge(&mut tx, id, &attempt, &given, caller, afterwards).await,
            None => Err(CodeError::TooManyTries),
        };
        if let Err(CodeError::Fault(fault)) = granted {
            tx.rollback().await?;
            return Err(CodeError::Fault(fault));
        }
        tx.commit().await?;
        if granted.is_err() {
            self.recorder.record(&refused(caller).of(id)).await;
        }
        granted
    }

    /// Checks a code for the newest challenge of an identifier: for callers whose protocol has no name for a
    /// challenge.
    ///
    /// # Errors
    /// See [`CodeError`]. The try is counted, whatever comes of it.
    pub async fn check_code_of(
        &self,
        identifier: &Identifier,
        code: &Code,
        caller: &Caller,
    ) -> Result<Granted, CodeError> {
        self.try_code_of(identifier, code, caller, Afterwards::Used).await
    }

    /// As [`Self::check_code_of`]; `afterwards` says what becomes of a code that is right.
    pub(super) async fn try_code_of(
        &self,
        identifier: &Identifier,
        code: &Code,
        caller: &Caller,
        afterwards: Afterwards,
    ) -> Result<Granted, CodeError> {
        let since = self.clock.now().before(REQUEST_GIVE_UP);
        let newest = self.store.newest_challenge(identifier, since).await?;
        match newest {
            Some(id) => self.try_code(&id, code, caller, afterwards).await,
            None => {
                self.recorder.record(&refused(caller)).await;
                Err(CodeError::Ended)
            }
        }
    }

    /// Counts the try against the account, then compares. The wrong one that closes codes tells the owner.
    /// That they are closed is not told: an account has several names, and whoever closed it by one would
    /// learn of the others.
    async fn judge(
        &self,
        tx: &mut Tx,
        id: &ChallengeId,
        attempt: &CodeAttempt,
        given: &SecretHash,
        caller: &Caller,
        afterwards: Afterwards,
    ) -> Result<Granted, CodeError> {
        let now = self.clock.now();
        let guesser = match &attempt.account_id {
            Some(account_id) => Guesser::Account(account_id),
            None => Guesser::Identifier(&attempt.identifier),
        };
        let Guess::Counted { closes } = self.limits.count_guess(tx, guesser, now).await? else {
            return Err(CodeError::Wrong);
        };
        let record = |event| Record { account_id: attempt.account_id.as_ref(), ..Record::ok(event, caller).of(id) };
        let comparison = compare(attempt, given, now);
        if comparison == Comparison::Right {
            self.limits.forgive_guess(tx, guesser).await?;
            return match afterwards {
                Afterwards::Used => {
                    tx.use_up_code(id, now).await?;
                    self.recorder.record_in(tx, &record(AuditEvent::CodeChecked)).await?;
                    Ok(self.grant(tx, id, Proof::Code, Some(LIVE_GRANTS), now).await?)
                }
                Afterwards::StillGood => {
                    tx.take_back_code_attempt(id).await?;
                    if !self.limits.may_try_a_password(tx, id, now).await? {
                        return Err(CodeError::TooManyTries);
                    }
                    self.recorder.record_bounded_in(tx, &record(AuditEvent::CodeChecked)).await?;
                    Ok(self.grant_for_one_call(tx, id, Proof::Code, now).await?)
                }
            };
        }
        if closes {
            self.queue_notices(tx, Notice::CodesClosed, id, now).await?;
            self.recorder.record_in(tx, &record(AuditEvent::CodesClosed)).await?;
            let webhook = Webhook {
                event: WebhookEvent::AccountLockedOut,
                reset_id: id,
                account_id: attempt.account_id.as_ref(),
                details: Details { reason: Some(Reason::WrongCodes), ..Details::default() },
            };
            self.webhooks.queue(tx, &webhook, now).await?;
        }
        Err(if comparison == Comparison::Ended { CodeError::Ended } else { CodeError::Wrong })
    }
}

/// A code was refused.
fn refused(caller: &Caller) -> Record<'_> {
    Record::new(AuditEvent::CodeChecked, StepResult::Refused, caller)
}
