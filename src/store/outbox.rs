//! Table `outbox`. Workers process it under leases: claim, commit, send, mark. If a worker dies, another one gets its
//! rows when the lease ends.

use sqlx::{AssertSqlSafe, FromRow};

use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{
    ChallengeId, Channel, LimitName, MessageId, MessageKind, MessageOutcome, MessageStatus, NewContent, NewMessage,
    OutboxLane, QueuedMessage, Timestamp,
};

/// A statement about the waiting rows of a lane: `$before`, the condition in the words of the table's partial indexes, and
/// `$after`.
macro_rules! of_lane {
    ($lane:expr, $before:literal, $after:literal) => {
        match $lane {
            OutboxLane::Messages(Channel::Email) => {
                concat!($before, "finished_at IS NULL AND payload IS NULL AND lane = 'email'", $after)
            }
            OutboxLane::Messages(Channel::Sms) => {
                concat!($before, "finished_at IS NULL AND payload IS NULL AND lane = 'sms'", $after)
            }
            OutboxLane::Webhooks => concat!($before, "finished_at IS NULL AND payload IS NOT NULL", $after),
        }
    };
}

/// A claimed row.
#[derive(FromRow)]
struct OutboxRow {
    id: String,
    kind: String,
    challenge_id: String,
    channel: Option<String>,
    destination: Option<String>,
    text_limit: Option<String>,
    payload: Option<String>,
    give_up_at: i64,
    attempts: i64,
    unanswered: i64,
    lease_until: i64,
}

impl OutboxRow {
    /// `of_lane` is the channel of the lane from which it was claimed.
    fn queued(self, of_lane: Channel) -> Result<QueuedMessage, StoreError> {
        let place = Place::new("outbox", &self.id);
        let channel = place.optional("channel", self.channel.as_deref(), Channel::from_word);
        let kind = place.value("kind", MessageKind::from_word(&self.kind));
        Ok(QueuedMessage {
            id: place.value("id", MessageId::parse(&self.id))?,
            // The log says what cannot be read. The row is retried, so that a newer version can take it.
            kind: kind.ok().filter(|_| channel.is_ok()),
            challenge_id: place.value("challenge_id", ChallengeId::parse(&self.challenge_id))?,
            channel: channel.unwrap_or_default(),
            lane: of_lane,
            destination: self.destination,
            may_go_as_text: self.text_limit.is_none(),
            payload: self.payload,
            give_up_at: Timestamp::from_millis(self.give_up_at),
            attempts: self.attempts,
            unanswered: self.unanswered,
            lease_until: Timestamp::from_millis(self.lease_until),
        })
    }
}

#[derive(FromRow)]
struct StatusRow {
    id: String,
    kind: String,
    channel: Option<String>,
    attempts: i64,
    due_at: i64,
    outcome: Option<String>,
    reason: Option<String>,
}

impl TryFrom<StatusRow> for MessageStatus {
    type Error = StoreError;

    fn try_from(row: StatusRow) -> Result<Self, StoreError> {
        let place = Place::new("outbox", &row.id);
        Ok(Self {
            kind: place.value("kind", MessageKind::from_word(&row.kind))?,
            channel: place.optional("channel", row.channel.as_deref(), Channel::from_word)?,
            attempts: row.attempts,
            due_at: Timestamp::from_millis(row.due_at),
            outcome: place.optional("outcome", row.outcome.as_deref(), MessageOutcome::from_word)?,
            reason: row.reason,
        })
    }
}

/// The columns that depend on the content.
#[derive(Default)]
struct ContentColumns<'a> {
    channel: Option<Channel>,
    lane: Option<Channel>,
    destination: Option<&'a str>,
    text_limit: Option<LimitName>,
    payload: Option<&'a str>,
    outcome: Option<MessageOutcome>,
}

fn columns_of<'a>(content: &NewContent<'a>) -> (MessageKind, ContentColumns<'a>) {
    let on = |channel| ContentColumns { channel: Some(channel), lane: Some(channel), ..Default::default() };
    match *content {
        NewContent::Reset { lane, destination, text_limit } => {
            (MessageKind::Reset, ContentColumns { lane: Some(lane), destination, text_limit, ..Default::default() })
        }
        NewContent::Notice(channel) => (MessageKind::Notice, on(channel)),
        NewContent::CodesClosed(channel) => (MessageKind::CodesClosed, on(channel)),
        NewContent::Webhook { payload, outcome } => {
            (MessageKind::Webhook, ContentColumns { payload: Some(payload), outcome, ..Default::default() })
        }
    }
}

impl Tx {
    /// Queues a message.
    pub async fn insert_outbox(&mut self, message: &NewMessage<'_>, now: Timestamp) -> Result<(), StoreError> {
        let id = MessageId::random()?;
        let (kind, columns) = columns_of(&message.content);
        sqlx::query(
            "INSERT INTO outbox (id, kind, challenge_id, channel, lane, destination, text_limit, payload, created_at, \
             due_at, give_up_at, finished_at, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(id.as_str())
        .bind(kind.as_str())
        .bind(message.challenge_id.as_str())
        .bind(columns.channel.map(Channel::as_str))
        // Events have none of their own; the column may not be empty.
        .bind(columns.lane.unwrap_or(Channel::Email).as_str())
        .bind(columns.destination)
        .bind(columns.text_limit.map(LimitName::as_str))
        .bind(columns.payload)
        .bind(now.millis())
        .bind(message.due_at.millis())
        .bind(message.give_up_at.millis())
        .bind(columns.outcome.map(|_| now.millis()))
        .bind(columns.outcome.map(MessageOutcome::as_str))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a row. `false` if the lease has run out and the row belongs to another worker.
    pub async fn finish_outbox(
        &mut self,
        message: &QueuedMessage,
        outcome: MessageOutcome,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE outbox SET finished_at = $1, outcome = $2, reason = $3 \
             WHERE id = $4 AND lease_until = $5 AND finished_at IS NULL",
        )
        .bind(now.millis())
        .bind(outcome.as_str())
        .bind(reason)
        .bind(message.id.as_str())
        .bind(message.lease_until.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

/// Which rows a worker wants to claim.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    pub lane: OutboxLane,
    /// The maximum number of rows.
    pub limit: usize,
    /// Only rows that were due by then.
    pub due_by: Timestamp,
    /// No rows for these destinations, which already have their share of the lane. The empty one stands for unknown
    /// destinations.
    pub but_not_to: &'a [String],
    /// Only rows that were never tried before.
    pub first_tries_only: bool,
    pub now: Timestamp,
    /// No other worker gets the rows before then.
    pub lease_until: Timestamp,
}

impl Store {
    /// When the next unclaimed row of a lane is due, or was due.
    pub async fn next_due(&self, lane: OutboxLane, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let statement =
            of_lane!(lane, "SELECT due_at FROM outbox WHERE ", " AND lease_until <= $1 ORDER BY due_at LIMIT 1");
        let due: Option<(i64,)> = sqlx::query_as(statement).bind(now.millis()).fetch_optional(self.readers()).await?;
        Ok(due.map(|(due,)| Timestamp::from_millis(due)))
    }

    /// Claims rows that are due, the oldest first. A row without a valid id is left out; the log names it.
    pub async fn claim_outbox(&self, claim: &Claim<'_>) -> Result<Vec<QueuedMessage>, StoreError> {
        let places: Vec<String> = (0..claim.but_not_to.len()).map(|place| format!("${}", place + 4)).collect();
        let elsewhere = match places.is_empty() {
            true => String::new(),
            false => format!(" AND COALESCE(destination, '') NOT IN ({})", places.join(", ")),
        };
        let untried = if claim.first_tries_only { " AND attempts = 0" } else { "" };
        // Materialised: when joined to the table, the inner part could run more than once and claim more rows than the
        // limit.
        let statement = AssertSqlSafe(format!(
            "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE {waiting} AND due_at <= $3 AND lease_until <= $2{elsewhere}{untried} \
             ORDER BY due_at LIMIT {limit}{skip_locked}) \
             UPDATE outbox SET lease_until = $1, attempts = attempts + 1 \
             WHERE finished_at IS NULL AND lease_until <= $2 AND id IN (SELECT id FROM due) \
             RETURNING id, kind, challenge_id, channel, destination, text_limit, payload, give_up_at, attempts, \
             unanswered, lease_until",
            waiting = of_lane!(claim.lane, "", ""),
            limit = claim.limit,
            skip_locked = self.skip_locked(),
        ));
        let query = sqlx::query_as(statement)
            .bind(claim.lease_until.millis())
            .bind(claim.now.millis())
            .bind(claim.due_by.millis());
        let query = claim.but_not_to.iter().fold(query, sqlx::query::QueryAs::bind);
        let rows: Vec<OutboxRow> = query.fetch_all(&mut *self.writer().await?).await?;
        let of_lane = match claim.lane {
            OutboxLane::Messages(channel) => channel,
            OutboxLane::Webhooks => Channel::Email,
        };
        Ok(rows.into_iter().filter_map(|row| row.queued(of_lane).ok()).collect())
    }

    /// Moves a row to the lane of another channel and gives up the claim.
    pub async fn move_outbox(&self, message: &QueuedMessage, lane: Channel) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE outbox SET lane = $1, destination = NULL, lease_until = 0, attempts = attempts - 1 \
             WHERE id = $2 AND lease_until = $3 AND finished_at IS NULL",
        )
        .bind(lane.as_str())
        .bind(message.id.as_str())
        .bind(message.lease_until.millis())
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives up the claim on a row, to retry it at `due_at`.
    pub async fn postpone_outbox(
        &self,
        message: &QueuedMessage,
        due_at: Timestamp,
        reason: &str,
        may_have_gone: bool,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE outbox SET due_at = $1, lease_until = 0, reason = $2, unanswered = unanswered + $5 \
             WHERE id = $3 AND lease_until = $4 AND finished_at IS NULL",
        )
        .bind(due_at.millis())
        .bind(reason)
        .bind(message.id.as_str())
        .bind(message.lease_until.millis())
        .bind(i64::from(may_have_gone))
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Everything that was queued for a challenge, oldest first. What cannot be read is left out; the log names it.
    pub async fn messages_of_challenge(&self, challenge_id: &ChallengeId) -> Result<Vec<MessageStatus>, StoreError> {
        let rows: Vec<StatusRow> = sqlx::query_as(
            "SELECT id, kind, channel, attempts, due_at, outcome, reason FROM outbox WHERE challenge_id = $1 \
             ORDER BY created_at, id",
        )
        .bind(challenge_id.as_str())
        .fetch_all(self.readers())
        .await?;
        Ok(rows.into_iter().filter_map(|row| MessageStatus::try_from(row).ok()).collect())
    }
}
