//! Step 1: somebody asks. Limits, challenge, outbox row and audit row in one transaction; the account
//! is never looked up, so known and unknown identifiers take the same path and the same time.

use super::error::{Fault, RequestError};
use super::recorder::{Event, OK, Record};
use super::{LimitReached, REQUEST_GIVE_UP, ResetService};
use crate::announcements::{Announcement, Details};
use crate::i18n::Locale;
use crate::limits::Withheld;
use crate::model::{
    Caller, ChallengeId, Channel, Country, Door, Identifier, IdentifierError, IdentifierKind, Pass, Timestamp,
    WebhookEvent,
};
use crate::store::{NewChallengeRow, NewOutboxRow, OutboxKind, Tx};

/// What is asked.
pub struct ResetRequest {
    /// Whose password.
    pub identifier: Identifier,
    /// The channel that is wanted in place of the usual one.
    pub wanted_channel: Option<Channel>,
    /// Where the link shall lead; `None`: the configured default.
    pub redirect_url: Option<String>,
    /// The language of the message.
    pub locale: Locale,
    /// Who asks.
    pub caller: Caller,
    /// By which way.
    pub door: Door,
    /// Refuse it where so many requests for that identifier are open already; `None`: the oldest gives way.
    pub max_open: Option<u32>,
    /// What a person brings who was asked to wait; programs have none.
    pub pass: Option<Pass>,
}

/// It was accepted and will not be lost.
#[derive(Debug)]
pub struct Requested {
    /// Names the request: the code of its message is good only together with this.
    pub challenge_id: ChallengeId,
    /// The ways by which its message may come, the likeliest first; the same whether there is an account
    /// or not.
    pub channels: Vec<Channel>,
    /// It is good at least until then.
    pub expires_at: Timestamp,
    /// Its code is good at least until then, if one goes out.
    pub code_expires_at: Timestamp,
    /// From when a further message to the same identifier may be asked for.
    pub again_at: Timestamp,
}

impl ResetService {
    /// Accepts a request: when this returns, the message is in the outbox on disk.
    ///
    /// # Errors
    /// See [`RequestError`]; nothing is sent and nothing counted then.
    #[tracing::instrument(name = "request_reset", level = "error", skip_all)]
    pub async fn request(&self, request: ResetRequest) -> Result<Requested, RequestError> {
        let (requested, ()) =
            self.accept(&request, async |tx, id, now| self.queue_reset(tx, &request, id, now).await).await?;
        Ok(requested)
    }

    /// Opens a challenge and does `beside` in the same transaction.
    pub(super) async fn accept<T>(
        &self,
        request: &ResetRequest,
        beside: impl AsyncFnOnce(&mut Tx, &ChallengeId, Timestamp) -> Result<T, Fault>,
    ) -> Result<(Requested, T), RequestError> {
        let id = ChallengeId::random().map_err(Fault::from)?;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        if let Err(refused) = self.open_challenge(&mut tx, &id, request, now).await {
            tx.rollback().await?;
            if let RequestError::LimitReached(reached) = &refused {
                if reached.is_unseen {
                    self.note_seen(&request.caller, now).await?;
                }
                self.recorder
                    .record(&Record { challenge_id: None, ..requested(reached.rule, &id, &request.caller) })
                    .await;
            }
            return Err(refused);
        }
        let done = beside(&mut tx, &id, now).await?;
        tx.commit().await?;
        self.wake_webhooks();
        let requested = Requested {
            challenge_id: id,
            channels: self.channels_for(request.identifier.kind(), request.wanted_channel),
            expires_at: now.after(self.settings.link_ttl),
            code_expires_at: now.after(self.settings.code_ttl),
            again_at: now.after(self.settings.resend_cooldown),
        };
        Ok((requested, done))
    }

    async fn note_seen(&self, caller: &Caller, now: Timestamp) -> Result<(), Fault> {
        let mut tx = self.store.begin().await?;
        self.limits.note_seen(&mut tx, caller, now).await?;
        Ok(tx.commit().await?)
    }

    /// Writes the challenge down, with its audit row and its event; the caller of this rolls back what is
    /// refused.
    async fn open_challenge(
        &self,
        tx: &mut Tx,
        id: &ChallengeId,
        request: &ResetRequest,
        now: Timestamp,
    ) -> Result<(), RequestError> {
        let kind = request.identifier.kind();
        let wanted = request.wanted_channel;
        if !self.ways_to_ask().contains(&kind)
            || wanted.is_some_and(|channel| !self.channels_on_request(kind).contains(&channel))
        {
            return Err(RequestError::WayForbidden);
        }
        let redirect_url = self.target_of(request).map_err(|_| RequestError::RedirectRefused)?;
        // The rows of the identifier's limits are held from here on: what is counted next is not outrun.
        if let Some(reached) =
            self.limits.count_request(tx, &request.identifier, &request.caller, request.pass.as_ref(), now).await?
        {
            return Err(RequestError::LimitReached(reached));
        }
        if let Some(reached) = self.too_many_are_open(tx, request, now).await? {
            return Err(RequestError::LimitReached(reached));
        }
        tx.insert_challenge(&NewChallengeRow {
            id: id.as_str(),
            identifier_kind: kind.as_str(),
            identifier: request.identifier.canonical(),
            spelling: Some(request.identifier.spelling())
                .filter(|spelling| *spelling != request.identifier.canonical()),
            redirect_url: redirect_url.as_ref().map(crate::model::RedirectUrl::as_str),
            locale: request.locale.tag(),
            caller_address: &request.caller.address.to_string(),
            client: request.caller.client_id(),
            door: request.door,
            wanted_channel: wanted,
            requested_at: now,
            expires_at: now.after(REQUEST_GIVE_UP),
        })
        .await?;
        let canonical = request.identifier.canonical();
        let keep = self.settings.max_open_per_identifier;
        let superseded = tx.cancel_all_but_newest(kind.as_str(), canonical, keep, now).await?;
        self.recorder.record_in(tx, &requested(OK, id, &request.caller)).await?;
        let announcement = Announcement {
            event: WebhookEvent::ResetRequested,
            reset_id: id.as_str(),
            account_id: None,
            details: Details::default(),
        };
        self.announcer.announce(tx, &announcement, now).await.map_err(Fault::from)?;
        self.announcer.announce_cancelled(tx, &superseded, "superseded", now).await.map_err(Fault::from)?;
        Ok(())
    }

    /// Puts the message of a challenge into the outbox. Whether it may go as a text message is decided here, where
    /// nobody knows of an account yet.
    pub(super) async fn queue_reset(
        &self,
        tx: &mut Tx,
        request: &ResetRequest,
        id: &ChallengeId,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let outbox_id = ChallengeId::random()?;
        let channels = self.channels_for(request.identifier.kind(), request.wanted_channel);
        let withheld = match channels.contains(&Channel::Sms) && self.sends_texts() {
            true => self.limits.count_text_request(tx, &request.identifier, &request.caller, now).await?,
            false => None,
        };
        match withheld {
            Some(Withheld { is_budget: true, .. }) => tracing::error!(
                challenge_id = id.as_str(),
                "no text message goes: the budget of the day is used up (sms.daily_budget)"
            ),
            Some(Withheld { rule, .. }) => {
                tracing::warn!(challenge_id = id.as_str(), rule, "no text message goes: a limit is full");
            }
            None => {}
        }
        let may_go = |channel: &Channel| *channel != Channel::Sms || withheld.is_none();
        let lane = channels.iter().copied().find(may_go).or(channels.first().copied()).unwrap_or(Channel::Email);
        let destination = match &request.identifier {
            Identifier::Email(address) if lane == Channel::Email => Some(address.domain().to_ascii_lowercase()),
            _ => None,
        };
        let message = NewOutboxRow {
            id: outbox_id.as_str(),
            kind: OutboxKind::Reset,
            challenge_id: id.as_str(),
            channel: None,
            lane,
            destination: destination.as_deref(),
            text_limit: withheld.map(|withheld| withheld.rule),
            payload: None,
            due_at: now,
            give_up_at: now.after(REQUEST_GIVE_UP),
            outcome: None,
        };
        Ok(tx.insert_outbox(&message, now).await?)
    }

    /// Whether so many are open for that identifier as the caller wants at most; those that were asked for
    /// within the life of a link count, whether there is an account or not.
    async fn too_many_are_open(
        &self,
        tx: &mut Tx,
        request: &ResetRequest,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, Fault> {
        let Some(max_open) = request.max_open else { return Ok(None) };
        let (kind, canonical) = (request.identifier.kind().as_str(), request.identifier.canonical());
        let (open, oldest) = tx.open_challenges(kind, canonical, now.before(self.settings.link_ttl)).await?;
        if open < i64::from(max_open) {
            return Ok(None);
        }
        let frees_at = oldest.map_or(now, Timestamp::from_millis).after(self.settings.link_ttl);
        Ok(Some(self.limits.too_many_open(frees_at, now)))
    }

    /// With what a person may ask here.
    pub fn ways_to_ask(&self) -> &[IdentifierKind] {
        &self.settings.ways
    }

    /// Whether text messages are sent here at all.
    pub fn sends_texts(&self) -> bool {
        self.settings.texts.is_some()
    }

    /// What a person means who typed this: an address, a number or a name, whichever may be asked with.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is none of them.
    pub fn identify(&self, typed: &str) -> Result<Identifier, IdentifierError> {
        Identifier::guess(typed, &self.settings.ways, self.default_country())
    }

    /// An identifier of a kind that the caller names; a phone number may be a national one of the
    /// configured country.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is none.
    pub fn identify_as(&self, kind: IdentifierKind, text: &str) -> Result<Identifier, IdentifierError> {
        Identifier::parse_in(kind, text, self.default_country())
    }

    fn default_country(&self) -> Option<Country> {
        self.settings.texts.as_ref().and_then(|texts| texts.default_country)
    }
}

fn requested<'a>(result: &'a str, id: &'a ChallengeId, caller: &'a Caller) -> Record<'a> {
    Record { event: Event::Requested, result, challenge_id: Some(id.as_str()), account_id: None, caller: Some(caller) }
}
