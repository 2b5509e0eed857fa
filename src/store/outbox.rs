//! Table `outbox`. Workers process it under leases: claim, commit, send, mark. If a worker dies, another one gets its
//! rows when the lease ends.

use sqlx::{AssertSqlSafe, FromRow};

use super::{Store, StoreError, Tx};
use crate::model::{Channel, Timestamp};

/// The kind of message to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxKind {
    /// The link and the code of a reset.
    Reset,
    /// "Your password was changed".
    Notice,
    /// "Too many wrong codes".
    CodesClosed,
    /// An event for the operator's app.
    Webhook,
}

/// Lanes are processed separately, so that none delays another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxLane {
    /// Messages to people, on one channel.
    Messages(Channel),
    /// Webhook events.
    Webhooks,
}

impl OutboxLane {
    /// The condition, in the words of the table's partial indexes.
    pub(super) const fn condition(self) -> &'static str {
        match self {
            Self::Messages(Channel::Email) => "finished_at IS NULL AND payload IS NULL AND lane = 'email'",
            Self::Messages(Channel::Sms) => "finished_at IS NULL AND payload IS NULL AND lane = 'sms'",
            Self::Webhooks => "finished_at IS NULL AND payload IS NOT NULL",
        }
    }
}

impl OutboxKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Notice => "notice",
            Self::CodesClosed => "codes_closed",
            Self::Webhook => "webhook",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Reset, Self::Notice, Self::CodesClosed, Self::Webhook].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The outcome of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxOutcome {
    /// The mail server, provider or app has accepted the message.
    Sent,
    /// There is no account to send it to.
    Nobody,
    /// The challenge ended before the message was sent.
    Cancelled,
    /// Not sent on purpose: a limit, the budget, or closed codes.
    Withheld,
    /// Sending failed, and retries have ended.
    Failed,
}

impl OutboxOutcome {
    /// Its name in the table and in the audit.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Nobody => "nobody",
            Self::Cancelled => "cancelled",
            Self::Withheld => "withheld",
            Self::Failed => "failed",
        }
    }
}

/// A claimed row. `lease_until` proves the claim: whoever marks the row must still hold the lease.
#[derive(Clone, FromRow)]
pub struct OutboxRow {
    pub id: String,
    kind: String,
    pub challenge_id: String,
    channel: Option<String>,
    lane: String,
    /// The domain of the address that was typed, if there is one and it is known.
    pub destination: Option<String>,
    /// The limit on text messages that was full at the request.
    pub text_limit: Option<String>,
    /// The body of a webhook.
    pub payload: Option<String>,
    pub give_up_at: i64,
    pub attempts: i64,
    /// How often it may have been sent without an answer.
    pub unanswered: i64,
    pub lease_until: i64,
}

impl OutboxRow {
    /// The kind of message. `None` if a newer version wrote the row.
    pub fn kind(&self) -> Option<OutboxKind> {
        OutboxKind::from_word(&self.kind)
    }

    /// The channel that it must use. `None` if the challenge decides.
    pub fn channel(&self) -> Option<Channel> {
        self.channel.as_deref().and_then(Channel::from_word)
    }

    /// A row with only what lanes look at.
    #[cfg(test)]
    pub(crate) fn for_lanes(destination: Option<&str>, attempts: i64) -> Self {
        Self {
            id: String::new(),
            kind: OutboxKind::Reset.as_str().to_owned(),
            challenge_id: String::new(),
            channel: None,
            lane: Channel::Email.as_str().to_owned(),
            destination: destination.map(str::to_owned),
            text_limit: None,
            payload: None,
            give_up_at: 0,
            attempts,
            unanswered: 0,
            lease_until: 0,
        }
    }

    /// The channel of its lane; email if a newer version wrote another one.
    pub fn lane(&self) -> Channel {
        Channel::from_word(&self.lane).unwrap_or(Channel::Email)
    }
}

/// The status of a message in the outbox.
#[derive(Clone, Debug, FromRow)]
pub struct MessageRow {
    /// `reset`, `notice`, `codes_closed` or `webhook`.
    pub kind: String,
    /// `email` or `sms`. `None` if the challenge decides, or if it is a webhook.
    pub channel: Option<String>,
    /// How often sending was started.
    pub attempts: i64,
    /// When it is tried next.
    pub due_at: i64,
    /// Its outcome. `None` while it is pending.
    pub outcome: Option<String>,
    /// The last failure.
    pub reason: Option<String>,
}

/// A message to be queued.
pub struct NewOutboxRow<'a> {
    pub id: &'a str,
    pub kind: OutboxKind,
    pub challenge_id: &'a str,
    pub channel: Option<Channel>,
    /// The lane of the channel that it will probably use.
    pub lane: Channel,
    /// The domain of the address that was typed.
    pub destination: Option<&'a str>,
    /// The limit on text messages that is full.
    pub text_limit: Option<&'a str>,
    /// The body of a webhook, in JSON.
    pub payload: Option<&'a str>,
    pub due_at: Timestamp,
    pub give_up_at: Timestamp,
    /// `Some`: the row is never sent and has already ended with this outcome.
    pub outcome: Option<OutboxOutcome>,
}

impl Tx {
    /// Queues a message.
    pub async fn insert_outbox(&mut self, row: &NewOutboxRow<'_>, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO outbox (id, kind, challenge_id, channel, lane, destination, text_limit, payload, created_at, \
             due_at, give_up_at, finished_at, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(row.id)
        .bind(row.kind.as_str())
        .bind(row.challenge_id)
        .bind(row.channel.map(Channel::as_str))
        .bind(row.lane.as_str())
        .bind(row.destination)
        .bind(row.text_limit)
        .bind(row.payload)
        .bind(now.millis())
        .bind(row.due_at.millis())
        .bind(row.give_up_at.millis())
        .bind(row.outcome.map(|_| now.millis()))
        .bind(row.outcome.map(OutboxOutcome::as_str))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a row. `false` if the lease has run out and the row belongs to another worker.
    pub async fn finish_outbox(
        &mut self,
        row: &OutboxRow,
        outcome: OutboxOutcome,
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
        .bind(&row.id)
        .bind(row.lease_until)
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
        let statement = AssertSqlSafe(format!(
            "SELECT due_at FROM outbox WHERE {waiting} AND lease_until <= $1 ORDER BY due_at LIMIT 1",
            waiting = lane.condition(),
        ));
        let due: Option<(i64,)> = sqlx::query_as(statement).bind(now.millis()).fetch_optional(self.readers()).await?;
        Ok(due.map(|(due,)| Timestamp::from_millis(due)))
    }

    /// Claims rows that are due, the oldest first.
    pub async fn claim_outbox(&self, claim: &Claim<'_>) -> Result<Vec<OutboxRow>, StoreError> {
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
             RETURNING id, kind, challenge_id, channel, lane, destination, text_limit, payload, give_up_at, attempts, \
             unanswered, lease_until",
            waiting = claim.lane.condition(),
            limit = claim.limit,
            skip_locked = self.skip_locked(),
        ));
        let query = sqlx::query_as(statement)
            .bind(claim.lease_until.millis())
            .bind(claim.now.millis())
            .bind(claim.due_by.millis());
        let query = claim.but_not_to.iter().fold(query, sqlx::query::QueryAs::bind);
        Ok(query.fetch_all(&mut *self.writer().await?).await?)
    }

    /// Moves a row to the lane of another channel and gives up the claim.
    pub async fn move_outbox(&self, row: &OutboxRow, lane: Channel) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE outbox SET lane = $1, destination = NULL, lease_until = 0, attempts = attempts - 1 \
             WHERE id = $2 AND lease_until = $3 AND finished_at IS NULL",
        )
        .bind(lane.as_str())
        .bind(&row.id)
        .bind(row.lease_until)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives up the claim on a row, to retry it at `due_at`.
    pub async fn postpone_outbox(
        &self,
        row: &OutboxRow,
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
        .bind(&row.id)
        .bind(row.lease_until)
        .bind(i64::from(may_have_gone))
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Everything that was queued for a challenge, oldest first.
    pub async fn messages_of_challenge(&self, challenge_id: &str) -> Result<Vec<MessageRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT kind, channel, attempts, due_at, outcome, reason FROM outbox WHERE challenge_id = $1 \
             ORDER BY created_at, id",
        )
        .bind(challenge_id)
        .fetch_all(self.readers())
        .await?)
    }
}
