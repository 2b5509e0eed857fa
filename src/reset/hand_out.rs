//! Hands the secret of a reset to a program instead of sending a message, for programs that send their own. It needs
//! the scope `resets:return_link` and is recorded in the audit (SECURITY.md, requirement 50).

use super::challenge::KeyedChallenge;
use super::error::{Fault, RequestError};
use super::recorder::Record;
use super::{Granted, Requested, ResetRequest, ResetService};
use crate::model::{ActivationId, AuditEvent, Caller, KeyPurpose, LinkKey, Proof, SecretHash, StepResult};

/// A request whose secret the caller delivers.
#[derive(Debug)]
pub struct HandedOut<Secret> {
    /// The same result as for a request with a message.
    pub requested: Requested,
    /// The secret that opens the reset. `None` if no account matches.
    pub secret: Option<Secret>,
}

impl ResetService {
    /// Opens a reset and hands out its link key. No message is sent.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn hand_out_link(&self, request: ResetRequest) -> Result<HandedOut<LinkKey>, RequestError> {
        let secret = LinkKey::random().map_err(Fault::from)?;
        let hash = secret.hash();
        let (requested, is_somebody) = self.hand_out(request, &hash, KeyPurpose::Reset, false).await?;
        Ok(HandedOut { requested, secret: is_somebody.then_some(secret) })
    }

    /// Opens a reset and hands out a request id of the Productflame protocol. If `deliver` is set, the usual message is
    /// sent, too.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn hand_out_activation(
        &self,
        request: ResetRequest,
        deliver: bool,
    ) -> Result<HandedOut<ActivationId>, RequestError> {
        let secret = ActivationId::random().map_err(Fault::from)?;
        let (requested, is_somebody) = self.hand_out(request, &secret.hash(), KeyPurpose::Activation, deliver).await?;
        Ok(HandedOut { requested, secret: is_somebody.then_some(secret) })
    }

    /// Turns a request id that this caller received into the right to set the password, for one call. It uses up
    /// nothing. `None` if the id is dead or belongs to another program.
    pub(super) async fn open_activation(&self, id: &ActivationId, caller: &Caller) -> Result<Option<Granted>, Fault> {
        let now = self.clock.now();
        let found = self.challenge_of(&id.hash(), KeyPurpose::Activation, now).await?;
        let own = found.filter(|found| found.is_alive && found.challenge.client.as_deref() == caller.client_id());
        let Some(KeyedChallenge { challenge, .. }) = own else {
            self.recorder.record(&Record::new(AuditEvent::LinkOpened, StepResult::Dead, caller)).await;
            return Ok(None);
        };
        let opened = Record::ok(AuditEvent::LinkOpened, caller).about(&challenge);
        let mut tx = self.store.begin().await?;
        let granted = self.grant_for_one_call(&mut tx, &challenge.id, Proof::Link, now).await?;
        self.recorder.record_bounded_in(&mut tx, &opened).await?;
        tx.commit().await?;
        Ok(Some(granted))
    }

    async fn hand_out(
        &self,
        request: ResetRequest,
        secret: &SecretHash,
        purpose: KeyPurpose,
        deliver: bool,
    ) -> Result<(Requested, bool), RequestError> {
        let (kind, wanted) = (request.identifier.kind(), request.wanted_channel);
        let account = self.directory.find(&request.identifier).await?;
        self.accept(&request, async |tx, id, now| {
            let contacts = account.as_ref().map(|account| self.contacts(account, kind, wanted)).unwrap_or_default();
            // Lock the account before the limits on text messages, as `complete` does, to avoid a deadlock.
            let held = match (&account, contacts.into_iter().next()) {
                (Some(account), Some(contact)) => {
                    self.directory.hold(tx, account, id, now, now).await?.map(|account| (account, contact))
                }
                _ => None,
            };
            if deliver {
                self.queue_reset(tx, &request, id, now).await?;
            }
            let Some((account, contact)) = held else { return Ok(false) };
            let expires_at = now.after(self.settings.link_ttl);
            // A message that is sent as well is retried for as long as any other.
            let ends_at = (!deliver).then_some(expires_at);
            tx.bind_challenge_without_message(id, &account, &contact, ends_at).await?;
            tx.insert_link_key(secret, purpose, id, now, expires_at).await?;
            let handed_out = Record::ok(AuditEvent::HandedOut, &request.caller).of(id);
            self.recorder.record_in(tx, &Record { account_id: Some(&account.id), ..handed_out }).await?;
            Ok(true)
        })
        .await
    }
}
