//! Table `challenges`. Every decision (is it open, was that the fifth try, who wins) is made by a single statement.

use sqlx::FromRow;

use super::{Store, StoreError, Tx};
use crate::model::{Channel, Door, Timestamp};

/// A row of the table.
#[derive(Clone, FromRow)]
pub struct ChallengeRow {
    pub id: String,
    pub identifier_kind: String,
    pub identifier: String,
    /// The spelling, if it differs from `identifier`.
    pub spelling: Option<String>,
    pub redirect_url: Option<String>,
    pub locale: String,
    pub caller_address: String,
    pub requested_at: i64,
    pub expires_at: i64,
    pub account_id: Option<String>,
    pub wanted_channel: Option<String>,
    /// Where its message goes. `None` while undecided.
    pub channel: Option<String>,
    pub client: Option<String>,
    pub door: Option<String>,
    pub completed_at: Option<i64>,
    pub completed_from: Option<String>,
    pub cancelled_at: Option<i64>,
    pub cancelled_because: Option<String>,
}

impl ChallengeRow {
    /// Neither completed nor cancelled nor expired.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.completed_at.is_none() && self.cancelled_at.is_none() && self.expires_at > now.millis()
    }
}

/// The contents of a new row.
pub struct NewChallengeRow<'a> {
    pub id: &'a str,
    pub identifier_kind: &'a str,
    pub identifier: &'a str,
    pub spelling: Option<&'a str>,
    pub redirect_url: Option<&'a str>,
    pub locale: &'a str,
    pub caller_address: &'a str,
    pub client: Option<&'a str>,
    pub door: Door,
    pub wanted_channel: Option<Channel>,
    pub requested_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a challenge is bound to when its message is sent.
pub struct ChallengeBinding<'a> {
    pub id: &'a str,
    pub account_id: &'a str,
    pub sent_to: &'a str,
    pub channel: Channel,
    /// `None` if the message has no code.
    pub code_hash: Option<&'a str>,
    pub code_expires_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A challenge that was cancelled together with others.
#[derive(Clone, Debug, FromRow)]
pub struct CancelledRow {
    pub id: String,
    pub account_id: Option<String>,
}

const OPEN: &str = "completed_at IS NULL AND cancelled_at IS NULL";

impl Store {
    /// The challenge with that id, whatever its state.
    pub async fn challenge(&self, id: &str) -> Result<Option<ChallengeRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, identifier_kind, identifier, spelling, redirect_url, locale, caller_address, requested_at, expires_at, \
             account_id, wanted_channel, channel, client, door, completed_at, completed_from, cancelled_at, \
             cancelled_because FROM challenges WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(self.readers())
        .await?)
    }

    /// The id of the newest challenge of an identifier since `asked_since`, ended, expired or not: whether it has ended
    /// or expired depends on whether its message was sent, and to whom.
    pub async fn newest_challenge(
        &self,
        kind: &str,
        identifier: &str,
        asked_since: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let found: Option<(String,)> = sqlx::query_as(
            "SELECT id FROM challenges WHERE identifier = $1 AND identifier_kind = $2 AND requested_at > $3 \
             ORDER BY requested_at DESC, id LIMIT 1",
        )
        .bind(identifier)
        .bind(kind)
        .bind(asked_since.millis())
        .fetch_optional(self.readers())
        .await?;
        Ok(found.map(|(id,)| id))
    }
}

impl Tx {
    /// How many challenges of an identifier since `since` have not ended, and when the oldest of them was requested.
    /// Known and unknown identifiers count alike, because the time at which a message was sent is ignored.
    pub async fn open_challenges(
        &mut self,
        kind: &str,
        identifier: &str,
        since: Timestamp,
    ) -> Result<(i64, Option<i64>), StoreError> {
        Ok(sqlx::query_as(
            "SELECT COUNT(*), MIN(requested_at) FROM challenges WHERE identifier = $1 AND identifier_kind = $2 \
             AND requested_at > $3 AND completed_at IS NULL AND cancelled_at IS NULL",
        )
        .bind(identifier)
        .bind(kind)
        .bind(since.millis())
        .fetch_one(self.connection())
        .await?)
    }

    /// Adds an open challenge.
    pub async fn insert_challenge(&mut self, row: &NewChallengeRow<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO challenges (id, identifier_kind, identifier, redirect_url, locale, caller_address, client, door, \
             wanted_channel, requested_at, expires_at, spelling) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(row.id)
        .bind(row.identifier_kind)
        .bind(row.identifier)
        .bind(row.redirect_url)
        .bind(row.locale)
        .bind(row.caller_address)
        .bind(row.client)
        .bind(row.door.as_str())
        .bind(row.wanted_channel.map(Channel::as_str))
        .bind(row.requested_at.millis())
        .bind(row.expires_at.millis())
        .bind(row.spelling)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Cancels the oldest open challenges of an identifier, so that `keep` remain open. Returns the cancelled ones.
    pub async fn cancel_all_but_newest(
        &mut self,
        kind: &str,
        identifier: &str,
        keep: i64,
        now: Timestamp,
    ) -> Result<Vec<CancelledRow>, StoreError> {
        Ok(sqlx::query_as(
            "UPDATE challenges SET cancelled_at = $1, cancelled_because = 'superseded' \
             WHERE identifier = $2 AND identifier_kind = $4 AND completed_at IS NULL AND cancelled_at IS NULL AND id NOT IN \
             (SELECT id FROM challenges WHERE identifier = $2 AND identifier_kind = $4 AND completed_at IS NULL AND cancelled_at IS NULL \
              ORDER BY requested_at DESC, id LIMIT $3) RETURNING id, account_id",
        )
        .bind(now.millis())
        .bind(identifier)
        .bind(keep)
        .bind(kind)
        .fetch_all(self.connection())
        .await?)
    }

    /// Binds an open challenge to the account that was found and to its new code; the time of its link begins now.
    /// `false` if it is no longer open.
    pub async fn bind_challenge(&mut self, binding: &ChallengeBinding<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET account_id = $1, sent_to = $2, channel = $3, code_hash = $4, code_expires_at = $5, \
             expires_at = $6 WHERE id = $7 AND completed_at IS NULL AND cancelled_at IS NULL AND expires_at > $8",
        )
        .bind(binding.account_id)
        .bind(binding.sent_to)
        .bind(binding.channel.as_str())
        .bind(binding.code_hash)
        .bind(binding.code_expires_at.millis())
        .bind(binding.expires_at.millis())
        .bind(binding.id)
        .bind(now.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Binds a new challenge to the account that was found, without a message. `None` leaves its expiry as it is.
    pub async fn bind_challenge_without_message(
        &mut self,
        id: &str,
        account_id: &str,
        sent_to: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE challenges SET account_id = $1, sent_to = $2, expires_at = COALESCE($3, expires_at) WHERE id = $4",
        )
        .bind(account_id)
        .bind(sent_to)
        .bind(expires_at.map(Timestamp::millis))
        .bind(id)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Does the same work as [`Self::bind_challenge`], but binds the challenge to nobody.
    pub async fn bind_challenge_to_nobody(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET code_hash = NULL \
             WHERE id = $1 AND completed_at IS NULL AND cancelled_at IS NULL AND expires_at > $2",
        )
        .bind(id)
        .bind(now.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Completes the challenge that a valid token was granted for. Of any number of parallel calls, one gets `true`.
    pub async fn complete_challenge(
        &mut self,
        token_hash: &str,
        from: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET completed_at = $1, completed_from = $3, \
             ended_code_hash = COALESCE(code_hash, ended_code_hash), code_hash = NULL \
             WHERE completed_at IS NULL AND cancelled_at IS NULL AND id = \
             (SELECT challenge_id FROM grants WHERE token_hash = $2 AND expires_at > $1)",
        )
        .bind(now.millis())
        .bind(token_hash)
        .bind(from)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Locks an open challenge for this transaction, so that counts about it change one at a time. A caller that also
    /// locks the account's row must lock that first. `false` if the challenge is no longer open.
    pub async fn hold_challenge(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET id = id WHERE id = $1 AND completed_at IS NULL AND cancelled_at IS NULL \
             AND expires_at > $2",
        )
        .bind(id)
        .bind(now.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Cancels one challenge. `false` if it had already ended.
    pub async fn cancel_challenge(&mut self, id: &str, because: &str, now: Timestamp) -> Result<bool, StoreError> {
        let statement = sqlx::AssertSqlSafe(format!(
            "UPDATE challenges SET cancelled_at = $1, cancelled_because = $2, \
             ended_code_hash = COALESCE(code_hash, ended_code_hash), code_hash = NULL WHERE id = $3 AND {OPEN}"
        ));
        let done = sqlx::query(statement).bind(now.millis()).bind(because).bind(id).execute(self.connection()).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Cancels every open challenge of an account. Returns the cancelled ones.
    pub async fn cancel_challenges_of_account(
        &mut self,
        account_id: &str,
        because: &str,
        now: Timestamp,
    ) -> Result<Vec<CancelledRow>, StoreError> {
        let statement = sqlx::AssertSqlSafe(format!(
            "UPDATE challenges SET cancelled_at = $1, cancelled_because = $2, \
             ended_code_hash = COALESCE(code_hash, ended_code_hash), code_hash = NULL \
             WHERE account_id = $3 AND {OPEN} RETURNING id, account_id"
        ));
        let cancelled = sqlx::query_as(statement).bind(now.millis()).bind(because).bind(account_id);
        Ok(cancelled.fetch_all(self.connection()).await?)
    }
}
