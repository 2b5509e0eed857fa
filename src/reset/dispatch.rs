//! Step 2: the worker has claimed an outbox row. Decides what to send (`prepare` for a link and a code, `notices` for
//! notices to the owner), and ends the row when it was sent.

use super::ResetService;
use super::error::Fault;
use super::recorder::{Event, Record};
use crate::announcements::{Announcement, Details};
use crate::model::{Channel, Identifier, IdentifierKind, Locale, Message, Timestamp, WebhookEvent};
use crate::store::{ChallengeRow, OutboxKind, OutboxOutcome, OutboxRow};

/// What to do with an outbox row.
#[derive(Debug)]
pub enum Dispatch {
    /// Send this.
    Send(Box<Message>),
    /// Send nothing and end the row with this outcome, but take as long as for a message: no account was found, or none
    /// that may receive a message.
    Pretend(OutboxOutcome),
    /// Send nothing and end the row with this outcome at once: no account was looked up.
    Drop(OutboxOutcome),
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
    pub async fn dispatch(&self, row: &OutboxRow) -> Result<Dispatch, Fault> {
        let Some(challenge) = self.store.challenge(&row.challenge_id).await? else {
            return Ok(Dispatch::Drop(OutboxOutcome::Cancelled));
        };
        // Rows of the previous version have no lane.
        if let Some(channel) = row.channel()
            && channel != row.lane()
        {
            return Ok(Dispatch::Elsewhere(channel));
        }
        let channel = row.channel().unwrap_or(Channel::Email);
        match row.kind() {
            Some(OutboxKind::Reset) => self.dispatch_reset(row, &challenge).await,
            Some(OutboxKind::Notice) => self.dispatch_change(&challenge, channel).await,
            Some(OutboxKind::CodesClosed) => self.dispatch_closing(&challenge, channel).await,
            Some(OutboxKind::Webhook) | None => Err(Fault::UnknownMessage),
        }
    }

    /// Ends a claimed row and records the outcome in the audit, both or neither. `false` if the lease has run out: the
    /// row belongs to another worker, and nothing was written.
    ///
    /// # Errors
    /// [`Fault`]; the row is claimed again after its lease.
    pub async fn finish_dispatch(
        &self,
        row: &OutboxRow,
        outcome: OutboxOutcome,
        reason: Option<&str>,
    ) -> Result<bool, Fault> {
        let event = match row.kind() {
            Some(OutboxKind::Reset) => Event::Dispatched,
            Some(OutboxKind::Notice | OutboxKind::CodesClosed) | None => Event::Notified,
            Some(OutboxKind::Webhook) => Event::Announced,
        };
        let challenge_id = Some(row.challenge_id.as_str());
        let record = Record { event, result: outcome.as_str(), challenge_id, account_id: None, caller: None };
        let does_not_arrive = matches!(outcome, OutboxOutcome::Failed | OutboxOutcome::Withheld);
        let undelivered = if does_not_arrive && row.kind() == Some(OutboxKind::Reset) {
            self.store.challenge(&row.challenge_id).await?
        } else {
            None
        };
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        if !tx.finish_outbox(row, outcome, reason, now).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        self.recorder.record_in(&mut tx, &record).await?;
        if let Some(challenge) = undelivered {
            let announcement = Announcement {
                event: WebhookEvent::ResetDeliveryFailed,
                reset_id: &challenge.id,
                account_id: challenge.account_id.as_deref(),
                details: Details {
                    reason: Some(outcome.as_str()),
                    channel: challenge.channel.as_deref(),
                    ..Details::default()
                },
            };
            self.announcer.announce(&mut tx, &announcement, now).await?;
        }
        tx.commit().await?;
        self.wake_webhooks();
        Ok(true)
    }
}

pub(super) fn identifier_of(challenge: &ChallengeRow) -> Option<Identifier> {
    let kind = IdentifierKind::from_word(&challenge.identifier_kind)?;
    Identifier::from_stored(kind, &challenge.identifier, challenge.spelling.as_deref())
}

pub(super) fn locale_of(challenge: &ChallengeRow) -> Locale {
    Locale::from_tag(&challenge.locale).unwrap_or(Locale::English)
}
