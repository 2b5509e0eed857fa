//! Step 1: somebody asks. Limits, challenge, outbox row and audit row in one transaction; the account
//! is never looked up, so known and unknown identifiers take the same path and the same time.

use super::error::{Fault, RequestError};
use super::recorder::{Event, OK, Record};
use super::{REQUEST_GIVE_UP, ResetService};
use crate::announcements::{Announcement, Details};
use crate::i18n::Locale;
use crate::model::{
    Caller, ChallengeId, Channel, Country, Identifier, IdentifierError, IdentifierKind, Timestamp, WebhookEvent,
};
use crate::store::{NewChallengeRow, NewOutboxRow, OutboxKind};

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
        let kind = request.identifier.kind();
        let wanted = request.wanted_channel;
        if !self.ways_to_ask().contains(&kind)
            || wanted.is_some_and(|channel| !self.channels_on_request(kind).contains(&channel))
        {
            return Err(RequestError::WayForbidden);
        }
        let redirect_url = request
            .redirect_url
            .map(|text| self.settings.redirects.find(&text))
            .transpose()
            .map_err(|_| RequestError::RedirectRefused)?;
        let id = ChallengeId::random().map_err(Fault::from)?;
        let outbox_id = ChallengeId::random().map_err(Fault::from)?;
        let record = |result| Record {
            event: Event::Requested,
            result,
            challenge_id: Some(id.as_str()),
            account_id: None,
            caller: Some(&request.caller),
        };

        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let give_up_at = now.after(REQUEST_GIVE_UP);
        if let Some(reached) = self.limits.count_request(&mut tx, &request.identifier, &request.caller, now).await? {
            tx.rollback().await?;
            self.recorder.record(&record(reached.rule)).await;
            return Err(RequestError::LimitReached(reached));
        }
        tx.insert_challenge(&NewChallengeRow {
            id: id.as_str(),
            identifier_kind: kind.as_str(),
            identifier: request.identifier.canonical(),
            redirect_url: redirect_url.as_ref().map(crate::model::RedirectUrl::as_str),
            locale: request.locale.tag(),
            caller_address: &request.caller.address.to_string(),
            client: request.caller.client.as_deref(),
            wanted_channel: wanted,
            requested_at: now,
            expires_at: give_up_at,
        })
        .await?;
        let canonical = request.identifier.canonical();
        let keep = self.settings.max_open_per_identifier;
        let superseded = tx.cancel_all_but_newest(kind.as_str(), canonical, keep, now).await?;
        let message = NewOutboxRow {
            id: outbox_id.as_str(),
            kind: OutboxKind::Reset,
            challenge_id: id.as_str(),
            channel: None,
            payload: None,
            give_up_at,
        };
        tx.insert_outbox(&message, now).await?;
        self.recorder.record_in(&mut tx, &record(OK)).await?;
        let announcement = Announcement {
            event: WebhookEvent::ResetRequested,
            reset_id: id.as_str(),
            account_id: None,
            details: Details::default(),
        };
        self.announcer.announce(&mut tx, &announcement, now).await.map_err(Fault::from)?;
        self.announcer.announce_cancelled(&mut tx, &superseded, "superseded", now).await.map_err(Fault::from)?;
        tx.commit().await?;
        self.wake_worker();
        Ok(Requested {
            challenge_id: id,
            channels: self.channels_for(kind, wanted),
            expires_at: now.after(self.settings.link_ttl),
            code_expires_at: now.after(self.settings.code_ttl),
            again_at: now.after(self.settings.resend_cooldown),
        })
    }

    /// With what a person may ask here.
    pub fn ways_to_ask(&self) -> &[IdentifierKind] {
        &self.settings.ways
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

    /// Whether a browser without a session may begin one: sessions are rows, and nobody may make them
    /// without bound.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn admit_visitor(&self, caller: &Caller) -> Result<bool, Fault> {
        let mut tx = self.store.begin().await?;
        let admitted = self.limits.admit_visitor(&mut tx, caller, self.clock.now()).await?;
        tx.commit().await?;
        Ok(admitted)
    }

    /// Whether a page may offer a form that leads to `redirect_url` in the end.
    pub fn is_registered_redirect(&self, redirect_url: &str) -> bool {
        self.settings.redirects.find(redirect_url).is_ok()
    }
}
