//! Step 3: a link key or a code becomes a grant. Opening a link uses nothing up, so a mail scanner may open it many times.
//! A try at a code is counted before it is compared.

use super::error::{CodeError, Fault, LinkError};
use super::recorder::{Event, LOOKED_AT, OK, Record};
use super::{LIVE_GRANTS, REQUEST_GIVE_UP, ResetService};
use crate::announcements::{Announcement, Details};
use crate::limits::{Guess, Guesser};
use crate::model::{
    AccessToken, Caller, ChallengeId, Code, Hold, Identifier, IdentifierKind, LinkKey, Proof, RedirectUrl, SecretHash,
    Timestamp, WebhookEvent,
};
use crate::store::{ChallengeRow, CodeAttemptRow, Comparison, KeyPurpose, NewGrantRow, OutboxKind, StoreError, Tx};

/// What an opened link gives.
#[derive(Debug)]
pub struct OpenedLink {
    /// The right to set the password, for 10 minutes, once.
    pub access_token: AccessToken,
    /// Where the person goes with it: stored with the request, or the configured default.
    pub redirect_url: RedirectUrl,
}

/// What a right code gives.
#[derive(Debug)]
pub struct Granted {
    /// The right to set the password, once.
    pub access_token: AccessToken,
    /// When that ends.
    pub expires_at: Timestamp,
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
        let challenge = self.challenge_of(&key.hash(), KeyPurpose::Reset, now).await?;
        let redirect_url = match &challenge {
            Some((challenge, _)) => self.registered_target(challenge).await?,
            None => None,
        };
        let Some((challenge, true)) = challenge else {
            let id = challenge.as_ref().map(|(challenge, _)| challenge.id.as_str());
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
            self.record_verify(Event::LinkOpened, reached.rule, Some(&challenge.id), None, caller).await;
            return Err(LinkError::LimitReached(reached));
        }
        let access_token = self.grant(&mut tx, &challenge.id, Proof::Link, LIVE_GRANTS, now).await?.access_token;
        let opened = Record {
            event: Event::LinkOpened,
            result: OK,
            challenge_id: Some(&challenge.id),
            account_id: challenge.account_id.as_deref(),
            caller: Some(caller),
        };
        self.recorder.record_bounded_in(&mut tx, &opened).await?;
        tx.commit().await?;
        let redirect_url = redirect_url.unwrap_or_else(|| self.redirects().default_url().clone());
        Ok(OpenedLink { access_token, redirect_url })
    }

    async fn dead_link(
        &self,
        challenge_id: Option<&str>,
        redirect_url: Option<RedirectUrl>,
        caller: &Caller,
    ) -> Result<OpenedLink, LinkError> {
        self.record_verify(Event::LinkOpened, "dead", challenge_id, None, caller).await;
        Err(LinkError::Dead { redirect_url })
    }

    /// Notes that somebody looked at a link without opening it, as scanners do; it takes nothing from it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn look_at_link(&self, key: &LinkKey, caller: &Caller) -> Result<(), Fault> {
        if let Some((challenge, _)) = self.challenge_of(&key.hash(), KeyPurpose::Reset, self.clock.now()).await? {
            self.record_verify(Event::LinkOpened, LOOKED_AT, Some(&challenge.id), None, caller).await;
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
        if self.store.challenge(challenge_id.as_str()).await?.is_none() {
            self.record_verify(Event::CodeChecked, "refused", None, None, caller).await;
            return Err(CodeError::TooManyTries);
        }
        self.try_code(challenge_id, code, caller, Afterwards::Used).await
    }

    async fn try_code(
        &self,
        challenge_id: &ChallengeId,
        code: &Code,
        caller: &Caller,
        afterwards: Afterwards,
    ) -> Result<Granted, CodeError> {
        let id = challenge_id.as_str();
        // Further tries cost no transaction.
        if self.store.is_code_used_up(id, self.settings.max_code_attempts).await? {
            self.record_verify(Event::CodeChecked, "refused", Some(id), None, caller).await;
            return Err(CodeError::TooManyTries);
        }
        let given = code.hash(&self.key, challenge_id);
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
            self.record_verify(Event::CodeChecked, "refused", Some(id), None, caller).await;
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
        let (kind, canonical) = (identifier.kind().as_str(), identifier.canonical());
        let since = self.clock.now().before(REQUEST_GIVE_UP);
        let newest = self.store.newest_challenge(kind, canonical, since).await?;
        match newest.as_deref().and_then(ChallengeId::parse) {
            Some(id) => self.try_code(&id, code, caller, afterwards).await,
            None => {
                self.record_verify(Event::CodeChecked, "refused", None, None, caller).await;
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
        id: &str,
        attempt: &CodeAttemptRow,
        given: &SecretHash,
        caller: &Caller,
        afterwards: Afterwards,
    ) -> Result<Granted, CodeError> {
        let now = self.clock.now();
        let kind = IdentifierKind::from_word(&attempt.identifier_kind);
        let identifier = kind.and_then(|kind| Identifier::from_stored(kind, &attempt.identifier, None));
        let guesser = match (&attempt.account_id, &identifier) {
            (Some(account_id), _) => Guesser::Account(account_id),
            (None, Some(identifier)) => Guesser::Identifier(identifier),
            (None, None) => return Err(CodeError::Wrong),
        };
        let Guess::Counted { closes } = self.limits.count_guess(tx, guesser, now).await? else {
            return Err(CodeError::Wrong);
        };
        let record = |event| Record {
            event,
            result: OK,
            challenge_id: Some(id),
            account_id: attempt.account_id.as_deref(),
            caller: Some(caller),
        };
        let comparison = attempt.compare(given, now);
        if comparison == Comparison::Right {
            self.limits.forgive_guess(tx, guesser).await?;
            return match afterwards {
                Afterwards::Used => {
                    tx.use_up_code(id, now).await?;
                    self.recorder.record_in(tx, &record(Event::CodeChecked)).await?;
                    Ok(self.grant(tx, id, Proof::Code, LIVE_GRANTS, now).await?)
                }
                Afterwards::StillGood => {
                    tx.take_back_code_attempt(id).await?;
                    if !self.limits.may_try_a_password(tx, id, now).await? {
                        return Err(CodeError::TooManyTries);
                    }
                    self.recorder.record_bounded_in(tx, &record(Event::CodeChecked)).await?;
                    Ok(self.grant_for_one_call(tx, id, Proof::Code, now).await?)
                }
            };
        }
        if closes {
            self.queue_notices(tx, OutboxKind::CodesClosed, id, now).await?;
            self.recorder.record_in(tx, &record(Event::CodesClosed)).await?;
            let announcement = Announcement {
                event: WebhookEvent::AccountLockedOut,
                reset_id: id,
                account_id: attempt.account_id.as_deref(),
                details: Details { reason: Some("wrong_codes"), ..Details::default() },
            };
            self.announcer.announce(tx, &announcement, now).await.map_err(Fault::from)?;
        }
        Err(if comparison == Comparison::Ended { CodeError::Ended } else { CodeError::Wrong })
    }

    /// A grant that nobody but the call itself holds, and that it drops: it pushes out none that a person holds.
    pub(super) async fn grant_for_one_call(
        &self,
        tx: &mut Tx,
        challenge_id: &str,
        proof: Proof,
        now: Timestamp,
    ) -> Result<Granted, Fault> {
        self.grant(tx, challenge_id, proof, i64::MAX, now).await
    }

    /// The challenge of a key and whether the key is alive.
    pub(super) async fn challenge_of(
        &self,
        hash: &SecretHash,
        purpose: KeyPurpose,
        now: Timestamp,
    ) -> Result<Option<(ChallengeRow, bool)>, StoreError> {
        let Some(key) = self.store.find_link_key(hash, purpose).await? else { return Ok(None) };
        let challenge = self.store.challenge(&key.challenge_id).await?;
        Ok(challenge.map(|challenge| {
            let alive = key.expires_at > now.millis() && challenge.is_open(now);
            (challenge, alive)
        }))
    }

    async fn grant(
        &self,
        tx: &mut Tx,
        challenge_id: &str,
        proof: Proof,
        keep: i64,
        now: Timestamp,
    ) -> Result<Granted, Fault> {
        let access_token = AccessToken::random()?;
        let expires_at = now.after(self.settings.grant_ttl);
        let hold = match proof {
            Proof::Link => Hold::Minted,
            Proof::Code => Hold::InUse,
        };
        let token = &access_token.hash();
        tx.insert_grant(&NewGrantRow { token, challenge_id, proof, hold, issued_at: now, expires_at }, keep).await?;
        Ok(Granted { access_token, expires_at })
    }

    pub(super) async fn record_verify(
        &self,
        event: Event,
        result: &str,
        challenge_id: Option<&str>,
        account_id: Option<&str>,
        caller: &Caller,
    ) {
        self.recorder.record(&Record { event, result, challenge_id, account_id, caller: Some(caller) }).await;
    }
}
