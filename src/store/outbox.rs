//! Table `outbox`. Written by the steps of `reset`, worked off by `worker` under leases: claim,
//! commit, send, mark. A worker that dies holds its rows until the lease ends, then another has them.

use sqlx::{AssertSqlSafe, FromRow};

use super::{Store, StoreError, Tx};
use crate::model::{Channel, Timestamp};

/// What kind of message is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxKind {
    /// The link and the code.
    Reset,
    /// "Your password was changed".
    Notice,
    /// "Too many wrong codes".
    CodesClosed,
    /// An event for the operator's app.
    Webhook,
}

/// What waits apart: each is worked off by itself, so that none holds the others up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxLane {
    /// To people, on one channel.
    Messages(Channel),
    /// To the operator's app.
    Webhooks,
}

impl OutboxLane {
    /// As the partial indexes of the table say it.
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

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxOutcome {
    /// The mail system has taken the message.
    Sent,
    /// There is no account to send to.
    Nobody,
    /// The challenge ended before the message could go.
    Cancelled,
    /// Kept back on purpose: a limit, the budget, or codes are closed.
    Withheld,
    /// Given up.
    Failed,
}

impl OutboxOutcome {
    /// The word in the table and in the audit.
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

/// A claimed row. `lease_until` proves the claim: who marks must still hold it.
#[derive(Clone, FromRow)]
pub struct OutboxRow {
    pub id: String,
    kind: String,
    pub challenge_id: String,
    channel: Option<String>,
    lane: String,
    /// The domain of the address that was typed; `None`: there is none, or it is not known.
    pub destination: Option<String>,
    /// Which limit on text messages was full when it was asked for.
    pub text_limit: Option<String>,
    /// What a webhook carries.
    pub payload: Option<String>,
    pub give_up_at: i64,
    pub attempts: i64,
    /// How often it may have gone although nobody said so.
    pub unanswered: i64,
    pub lease_until: i64,
}

impl OutboxRow {
    /// What kind of message it is; `None`: a newer Keyback wrote it.
    pub fn kind(&self) -> Option<OutboxKind> {
        OutboxKind::from_word(&self.kind)
    }

    /// The way that it must go; `None`: the challenge decides.
    pub fn channel(&self) -> Option<Channel> {
        self.channel.as_deref().and_then(Channel::from_word)
    }

    /// As far as lanes look at one.
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

    /// The channel whose lane it is in; mail, where a newer Keyback wrote another.
    pub fn lane(&self) -> Channel {
        Channel::from_word(&self.lane).unwrap_or(Channel::Email)
    }
}

/// How something in the outbox stands.
#[derive(Clone, Debug, FromRow)]
pub struct MessageRow {
    /// `reset`, `notice`, `codes_closed` or `webhook`.
    pub kind: String,
    /// `email` or `sms`; `None`: the challenge decides, or it is no message to a person.
    pub channel: Option<String>,
    /// How often somebody began to send it.
    pub attempts: i64,
    /// When it is tried next.
    pub due_at: i64,
    /// How it ended; `None`: not yet.
    pub outcome: Option<String>,
    /// The last failure.
    pub reason: Option<String>,
}

/// A message that is to go.
pub struct NewOutboxRow<'a> {
    pub id: &'a str,
    pub kind: OutboxKind,
    pub challenge_id: &'a str,
    pub channel: Option<Channel>,
    /// By which way it will probably go.
    pub lane: Channel,
    /// The domain of the address that was typed.
    pub destination: Option<&'a str>,
    /// Which limit on text messages is full.
    pub text_limit: Option<&'a str>,
    /// What a webhook carries, in JSON.
    pub payload: Option<&'a str>,
    pub due_at: Timestamp,
    pub give_up_at: Timestamp,
    /// `Some`: it is never sent and has ended so already.
    pub outcome: Option<OutboxOutcome>,
}

impl Tx {
    /// Says that a message is to go.
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

    /// Ends a row. `false`: the lease ran out and the row is somebody else's.
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

/// Which rows a worker wants.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    pub lane: OutboxLane,
    /// Rows at most.
    pub limit: usize,
    /// Those that were due by then.
    pub due_by: Timestamp,
    /// None to these: they have as many places of the lane as one destination may have. The empty one stands for
    /// those that are not known.
    pub but_not_to: &'a [String],
    /// None that somebody has begun to send before.
    pub first_tries_only: bool,
    pub now: Timestamp,
    /// Nobody else gets them before.
    pub lease_until: Timestamp,
}

impl Store {
    /// When the next row of a lane that nobody holds is due, or was due.
    pub async fn next_due(&self, lane: OutboxLane, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let statement = AssertSqlSafe(format!(
            "SELECT due_at FROM outbox WHERE {waiting} AND lease_until <= $1 ORDER BY due_at LIMIT 1",
            waiting = lane.condition(),
        ));
        let due: Option<(i64,)> = sqlx::query_as(statement).bind(now.millis()).fetch_optional(self.readers()).await?;
        Ok(due.map(|(due,)| Timestamp::from_millis(due)))
    }

    /// Takes rows that are due, the oldest first.
    pub async fn claim_outbox(&self, claim: &Claim<'_>) -> Result<Vec<OutboxRow>, StoreError> {
        let places: Vec<String> = (0..claim.but_not_to.len()).map(|place| format!("${}", place + 4)).collect();
        let elsewhere = match places.is_empty() {
            true => String::new(),
            false => format!(" AND COALESCE(destination, '') NOT IN ({})", places.join(", ")),
        };
        let untried = if claim.first_tries_only { " AND attempts = 0" } else { "" };
        // Materialised: joined to the table, the inner part could run more than once and take more than its limit.
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

    /// Gives a row to the lane of another channel, as if nobody had taken it.
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

    /// Gives a row back, to be tried again at `due_at`.
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

    /// Everything that was to be sent about a challenge, oldest first.
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
