//! Step 1: somebody asks. Limits, challenge, outbox row and audit row in one transaction; the account
//! is never looked up, so known and unknown identifiers take the same path and the same time.

use super::error::{Fault, RequestError};
use super::recorder::{Event, OK, Record};
use super::{REQUEST_GIVE_UP, ResetService};
use crate::i18n::Locale;
use crate::model::{Caller, ChallengeId, Identifier};
use crate::store::{NewChallengeRow, OutboxKind};

/// What is asked.
pub struct ResetRequest {
    /// Whose password.
    pub identifier: Identifier,
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
}

impl ResetService {
    /// Accepts a request: when this returns, the message is in the outbox on disk.
    ///
    /// # Errors
    /// See [`RequestError`]; nothing is sent and nothing counted then.
    pub async fn request(&self, request: ResetRequest) -> Result<Requested, RequestError> {
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
            identifier_kind: request.identifier.kind().as_str(),
            identifier: request.identifier.canonical(),
            redirect_url: redirect_url.as_ref().map(crate::model::RedirectUrl::as_str),
            locale: request.locale.tag(),
            caller_address: &request.caller.address.to_string(),
            requested_at: now,
            expires_at: give_up_at,
        })
        .await?;
        let (kind, canonical) = (request.identifier.kind().as_str(), request.identifier.canonical());
        tx.cancel_all_but_newest(kind, canonical, self.settings.max_open_per_identifier, now).await?;
        tx.insert_outbox(outbox_id.as_str(), OutboxKind::Reset, id.as_str(), now, give_up_at).await?;
        self.recorder.record_in(&mut tx, &record(OK)).await?;
        tx.commit().await?;
        self.outbox_changed.notify_one();
        Ok(Requested { challenge_id: id })
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
