//! Step 1: a request for a reset. Limits, challenge, outbox row and audit row are written in one transaction. The
//! account is never looked up, so known and unknown identifiers take the same path and the same time.

use super::error::{Fault, RequestError};
use super::recorder::Record;
use super::{LimitReached, REQUEST_GIVE_UP, ResetService};
use crate::limits::Withheld;
use crate::model::{
    AuditEvent, Caller, CancelReason, ChallengeId, Channel, Door, Identifier, Locale, NewChallenge, NewContent,
    NewMessage, Pass, Timestamp, WebhookEvent,
};
use crate::store::Tx;
use crate::webhooks::{Details, Webhook};

/// A request for a reset.
pub struct ResetRequest {
    /// Identifies the account.
    pub identifier: Identifier,
    /// The channel to use instead of the usual one.
    pub wanted_channel: Option<Channel>,
    /// The target of the link. `None` for the configured default.
    pub redirect_url: Option<String>,
    /// The language of the message.
    pub locale: Locale,
    /// Who asks.
    pub caller: Caller,
    /// How the request arrived.
    pub door: Door,
    /// Refuse if the identifier already has this many open requests. `None`: cancel the oldest instead.
    pub max_open: Option<u32>,
    /// The ticket of a person who was asked to wait. Programs have none.
    pub pass: Option<Pass>,
}

/// The request was accepted and will not be lost.
#[derive(Debug)]
pub struct Requested {
    /// The id of the request. The code in its message only works together with it.
    pub challenge_id: ChallengeId,
    /// The channels that the message may use, the most likely first; the same whether an account exists or not.
    pub channels: Vec<Channel>,
    /// It does not expire before this time.
    pub expires_at: Timestamp,
    /// Its code, if one is sent, does not expire before this time.
    pub code_expires_at: Timestamp,
    /// When the next message to the same identifier may be requested.
    pub again_at: Timestamp,
}

impl ResetService {
    /// Accepts a request. When this returns, the message is in the outbox on disk.
    ///
    /// # Errors
    /// See [`RequestError`]. Nothing is sent and nothing is counted then.
    #[tracing::instrument(name = "request_reset", level = "error", skip_all)]
    pub async fn request(&self, request: ResetRequest) -> Result<Requested, RequestError> {
        let (requested, ()) =
            self.accept(&request, async |tx, id, now| self.queue_reset(tx, &request, id, now).await).await?;
        Ok(requested)
    }

    /// Opens a challenge, and runs `beside` in the same transaction.
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
                self.recorder.record(&Record::new(AuditEvent::Requested, reached.rule, &request.caller)).await;
            }
            return Err(refused);
        }
        let done = beside(&mut tx, &id, now).await?;
        tx.commit().await?;
        self.wake_webhooks();
        let requested = Requested {
            challenge_id: id,
            channels: self.asking.channels_for(request.identifier.kind(), request.wanted_channel),
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

    /// Writes the challenge with its audit row and its event. The caller must roll back if it is refused.
    async fn open_challenge(
        &self,
        tx: &mut Tx,
        id: &ChallengeId,
        request: &ResetRequest,
        now: Timestamp,
    ) -> Result<(), RequestError> {
        let kind = request.identifier.kind();
        let wanted = request.wanted_channel;
        if !self.asking.ways().contains(&kind)
            || wanted.is_some_and(|channel| !self.asking.channels_on_request(kind).contains(&channel))
        {
            return Err(RequestError::WayForbidden);
        }
        let redirect_url = self.target_of(request).map_err(|_| RequestError::RedirectRefused)?;
        // From here on, the rows of the identifier's limits are locked, so parallel requests cannot outrun the next
        // counts.
        if let Some(reached) =
            self.limits.count_request(tx, &request.identifier, &request.caller, request.pass.as_ref(), now).await?
        {
            return Err(RequestError::LimitReached(reached));
        }
        if let Some(reached) = self.too_many_are_open(tx, request, now).await? {
            return Err(RequestError::LimitReached(reached));
        }
        tx.insert_challenge(&NewChallenge {
            id,
            identifier: &request.identifier,
            redirect_url: redirect_url.as_ref().map(crate::model::RedirectUrl::as_str),
            locale: request.locale,
            caller_address: request.caller.address,
            client: request.caller.client_id(),
            door: request.door,
            wanted_channel: wanted,
            requested_at: now,
            expires_at: now.after(REQUEST_GIVE_UP),
        })
        .await?;
        let keep = self.settings.max_open_per_identifier;
        let superseded = tx.cancel_all_but_newest(&request.identifier, keep, now).await?;
        self.recorder.record_in(tx, &Record::ok(AuditEvent::Requested, &request.caller).of(id)).await?;
        let webhook = Webhook {
            event: WebhookEvent::ResetRequested,
            reset_id: id,
            account_id: None,
            details: Details::default(),
        };
        self.webhooks.queue(tx, &webhook, now).await?;
        self.webhooks.queue_cancelled(tx, &superseded, CancelReason::Superseded, now).await?;
        Ok(())
    }

    /// Queues the message of a challenge. Whether it may be a text message is decided here, before the account is
    /// known.
    pub(super) async fn queue_reset(
        &self,
        tx: &mut Tx,
        request: &ResetRequest,
        id: &ChallengeId,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let channels = self.asking.channels_for(request.identifier.kind(), request.wanted_channel);
        let withheld = match channels.contains(&Channel::Sms) && self.asking.sends_texts() {
            true => self.limits.count_text_request(tx, &request.identifier, &request.caller, now).await?,
            false => None,
        };
        match withheld {
            Some(Withheld { is_budget: true, .. }) => tracing::error!(
                challenge_id = id.as_str(),
                "not sending a text message: the daily budget is used up (sms.daily_budget)"
            ),
            Some(Withheld { rule, .. }) => {
                tracing::warn!(
                    challenge_id = id.as_str(),
                    rule = rule.as_str(),
                    "not sending a text message: a limit is full"
                );
            }
            None => {}
        }
        let may_go = |channel: &Channel| *channel != Channel::Sms || withheld.is_none();
        let lane = channels.iter().copied().find(may_go).or(channels.first().copied()).unwrap_or(Channel::Email);
        let destination = match &request.identifier {
            Identifier::Email(address) if lane == Channel::Email => Some(address.domain().to_ascii_lowercase()),
            _ => None,
        };
        let text_limit = withheld.map(|withheld| withheld.rule);
        let message = NewMessage {
            challenge_id: id,
            content: NewContent::Reset { lane, destination: destination.as_deref(), text_limit },
            due_at: now,
            give_up_at: now.after(REQUEST_GIVE_UP),
        };
        Ok(tx.insert_outbox(&message, now).await?)
    }

    /// Whether the identifier has as many open requests as the caller allows. Requests made within the lifetime of a
    /// link count, whether an account exists or not.
    async fn too_many_are_open(
        &self,
        tx: &mut Tx,
        request: &ResetRequest,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, Fault> {
        let Some(max_open) = request.max_open else { return Ok(None) };
        let open = tx.open_challenges(&request.identifier, now.before(self.settings.link_ttl)).await?;
        if open.count < i64::from(max_open) {
            return Ok(None);
        }
        let frees_at = open.oldest.unwrap_or(now).after(self.settings.link_ttl);
        Ok(Some(self.limits.too_many_open(frees_at, now)))
    }
}
