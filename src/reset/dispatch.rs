//! Step 2: the worker has claimed an outbox row. Decides what to send (`prepare` for a link and a code, `notices` for
//! notices to the owner), and ends the row when it was sent.

use super::ResetService;
use super::error::Fault;
use super::recorder::Record;
use crate::model::{
    AccountId, AuditEvent, Channel, Message, MessageKind, MessageOutcome, QueuedMessage, Timestamp, WebhookEvent,
};
use crate::webhooks::{Details, Reason, Webhook};

/// What to do with an outbox row.
#[derive(Debug)]
pub enum Dispatch {
    /// Send this.
    Send(Box<Message>),
    /// Send nothing and end the row with this outcome, but take as long as for a message: no account was found, or none
    /// that may receive a message.
    Pretend(MessageOutcome),
    /// Send nothing and end the row with this outcome at once: no account was looked up.
    Drop(MessageOutcome),
    /// Send nothing before this time: the same address or number has just received a message.
    Wait(Timestamp),
    /// Send it by this channel, to whose lane the row must move.
    Elsewhere(Channel),
}

impl Dispatch {
    pub(super) fn send(message: Message) -> Self {
        Self::Send(Box::new(message))
    }
}

impl ResetService {
    /// Prepares the message of an outbox row.
    ///
    /// # Errors
    /// [`Fault`]; the row is retried later.
    #[tracing::instrument(level = "error", skip_all)]
    pub async fn dispatch(&self, message: &QueuedMessage) -> Result<Dispatch, Fault> {
        let Some(challenge) = self.store.challenge(&message.challenge_id).await? else {
            return Ok(Dispatch::Drop(MessageOutcome::Cancelled));
        };
        // Rows of the previous version have no lane.
        if let Some(channel) = message.channel
            && channel != message.lane
        {
            return Ok(Dispatch::Elsewhere(channel));
        }
        let channel = message.channel.unwrap_or(Channel::Email);
        match message.kind {
            Some(MessageKind::Reset) => {
                // A message that is repeated while a password is being written must not bind its link to the new one.
                if challenge.is_being_written {
                    self.settle_write_of(&challenge.id).await?;
                }
                self.dispatch_reset(message, &challenge).await
            }
            Some(MessageKind::Notice) => self.dispatch_change(&challenge, channel).await,
            Some(MessageKind::CodesClosed) => self.dispatch_closing(&challenge, channel).await,
            Some(MessageKind::Webhook) | None => Err(Fault::UnknownMessage),
        }
    }

    /// Ends a claimed row and records the outcome in the audit, both or neither. `false` if the lease has run out: the
    /// row belongs to another worker, and nothing was written.
    ///
    /// # Errors
    /// [`Fault`]; the row is claimed again after its lease.
    pub async fn finish_dispatch(
        &self,
        message: &QueuedMessage,
        outcome: MessageOutcome,
        reason: Option<&str>,
    ) -> Result<bool, Fault> {
        let event = match message.kind {
            Some(MessageKind::Reset) => AuditEvent::Dispatched,
            Some(MessageKind::Notice | MessageKind::CodesClosed) | None => AuditEvent::Notified,
            Some(MessageKind::Webhook) => AuditEvent::Webhook,
        };
        let challenge_id = Some(&message.challenge_id);
        let record = Record { event, result: outcome.into(), challenge_id, account_id: None, caller: None };
        let undelivered = self.undelivered(message, outcome).await?;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        if !tx.finish_outbox(message, outcome, reason, now).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        self.recorder.record_in(&mut tx, &record).await?;
        if let Some(Undelivered { account_id, channel }) = undelivered {
            let webhook = Webhook {
                event: WebhookEvent::ResetDeliveryFailed,
                reset_id: &message.challenge_id,
                account_id: account_id.as_ref(),
                details: Details { reason: Some(Reason::Message(outcome)), channel, ..Details::default() },
            };
            self.webhooks.queue(&mut tx, &webhook, now).await?;
        }
        tx.commit().await?;
        self.wake_webhooks();
        Ok(true)
    }

    /// Whose message of a reset does not arrive. `None` if it arrives, or is no message of a reset.
    async fn undelivered(
        &self,
        message: &QueuedMessage,
        outcome: MessageOutcome,
    ) -> Result<Option<Undelivered>, Fault> {
        let does_not_arrive = matches!(outcome, MessageOutcome::Failed | MessageOutcome::Withheld);
        if !does_not_arrive || message.kind != Some(MessageKind::Reset) {
            return Ok(None);
        }
        match self.store.challenge(&message.challenge_id).await {
            Ok(found) => {
                Ok(found.map(|challenge| Undelivered { account_id: challenge.account_id, channel: challenge.channel }))
            }
            // A challenge that cannot be read must not keep its message from ending.
            Err(error) if error.is_corrupt() => Ok(Some(Undelivered { account_id: None, channel: None })),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whose message of a reset does not arrive, as far as it is known.
struct Undelivered {
    account_id: Option<AccountId>,
    channel: Option<Channel>,
}
