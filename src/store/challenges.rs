//! Table `challenges`. Every decision (is it open, was that the fifth try, who wins) is made by a single statement.

use std::net::IpAddr;

use sqlx::FromRow;

use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{
    Account, AccountId, Binding, CancelReason, CancelledChallenge, Challenge, ChallengeId, Channel, Contact, Door,
    Identifier, IdentifierKind, Locale, NewChallenge, OpenRequests, PasswordFingerprint, SecretHash, Timestamp,
};

/// A row of the table.
#[derive(FromRow)]
struct ChallengeRow {
    id: String,
    identifier_kind: String,
    identifier: String,
    /// The spelling, if it differs from `identifier`.
    spelling: Option<String>,
    redirect_url: Option<String>,
    locale: String,
    caller_address: String,
    requested_at: i64,
    expires_at: i64,
    account_id: Option<String>,
    wanted_channel: Option<String>,
    channel: Option<String>,
    client: Option<String>,
    door: Option<String>,
    completed_at: Option<i64>,
    completed_from: Option<String>,
    cancelled_at: Option<i64>,
    cancelled_because: Option<String>,
    new_fingerprint: Option<String>,
    write_purpose: Option<String>,
}

impl TryFrom<ChallengeRow> for Challenge {
    type Error = StoreError;

    fn try_from(row: ChallengeRow) -> Result<Self, StoreError> {
        let place = Place::new("challenges", &row.id);
        let address = |text: &str| text.parse::<IpAddr>().ok();
        Ok(Self {
            id: place.value("id", ChallengeId::parse(&row.id))?,
            identifier: identifier(place, &row.identifier_kind, &row.identifier, row.spelling.as_deref())?,
            wanted_channel: place.optional("wanted_channel", row.wanted_channel.as_deref(), Channel::from_word)?,
            locale: place.value("locale", Locale::from_word(&row.locale))?,
            caller_address: place.value("caller_address", address(&row.caller_address))?,
            door: place.optional("door", row.door.as_deref(), Door::from_word)?,
            requested_at: Timestamp::from_millis(row.requested_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            account_id: place.optional("account_id", row.account_id.as_deref(), AccountId::parse)?,
            channel: place.optional("channel", row.channel.as_deref(), Channel::from_word)?,
            completed_at: row.completed_at.map(Timestamp::from_millis),
            completed_from: place.optional("completed_from", row.completed_from.as_deref(), address)?,
            cancelled_at: row.cancelled_at.map(Timestamp::from_millis),
            cancelled_because: place.optional(
                "cancelled_because",
                row.cancelled_because.as_deref(),
                CancelReason::from_word,
            )?,
            redirect_url: row.redirect_url,
            client: row.client,
            new_fingerprint: row.new_fingerprint.as_deref().map(PasswordFingerprint::from_stored),
            is_being_written: row.write_purpose.is_some(),
        })
    }
}

/// What was typed to name the account.
pub(super) fn identifier(
    place: Place<'_>,
    kind: &str,
    canonical: &str,
    spelling: Option<&str>,
) -> Result<Identifier, StoreError> {
    let kind = place.value("identifier_kind", IdentifierKind::from_word(kind))?;
    place.value("identifier", Identifier::from_stored(kind, canonical, spelling))
}

#[derive(FromRow)]
struct CancelledRow {
    id: String,
    account_id: Option<String>,
}

impl TryFrom<CancelledRow> for CancelledChallenge {
    type Error = StoreError;

    fn try_from(row: CancelledRow) -> Result<Self, StoreError> {
        let place = Place::new("challenges", &row.id);
        Ok(Self {
            id: place.value("id", ChallengeId::parse(&row.id))?,
            account_id: place.optional("account_id", row.account_id.as_deref(), AccountId::parse)?,
        })
    }
}

impl Store {
    /// The challenge with that id, whatever its state.
    pub async fn challenge(&self, id: &ChallengeId) -> Result<Option<Challenge>, StoreError> {
        let row: Option<ChallengeRow> = sqlx::query_as(
            "SELECT id, identifier_kind, identifier, spelling, redirect_url, locale, caller_address, requested_at, expires_at, \
             account_id, wanted_channel, channel, client, door, completed_at, completed_from, cancelled_at, \
             cancelled_because, new_fingerprint, write_purpose FROM challenges WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(self.readers())
        .await?;
        row.map(Challenge::try_from).transpose()
    }

    /// The id of the newest challenge of an identifier since `asked_since`, ended, expired or not: whether it has ended
    /// or expired depends on whether its message was sent, and to whom.
    pub async fn newest_challenge(
        &self,
        identifier: &Identifier,
        asked_since: Timestamp,
    ) -> Result<Option<ChallengeId>, StoreError> {
        let found: Option<(String,)> = sqlx::query_as(
            "SELECT id FROM challenges WHERE identifier = $1 AND identifier_kind = $2 AND requested_at > $3 \
             ORDER BY requested_at DESC, id LIMIT 1",
        )
        .bind(identifier.canonical())
        .bind(identifier.kind().as_str())
        .bind(asked_since.millis())
        .fetch_optional(self.readers())
        .await?;
        let read = |(id,): (String,)| Place::new("challenges", &id).value("id", ChallengeId::parse(&id));
        found.map(read).transpose()
    }
}

impl Tx {
    /// How many challenges of an identifier since `since` have not ended, and when the oldest of them was requested.
    /// Known and unknown identifiers count alike, because the time at which a message was sent is ignored.
    pub async fn open_challenges(
        &mut self,
        identifier: &Identifier,
        since: Timestamp,
    ) -> Result<OpenRequests, StoreError> {
        let (count, oldest): (i64, Option<i64>) = sqlx::query_as(
            "SELECT COUNT(*), MIN(requested_at) FROM challenges WHERE identifier = $1 AND identifier_kind = $2 \
             AND requested_at > $3 AND completed_at IS NULL AND cancelled_at IS NULL",
        )
        .bind(identifier.canonical())
        .bind(identifier.kind().as_str())
        .bind(since.millis())
        .fetch_one(self.connection())
        .await?;
        Ok(OpenRequests { count, oldest: oldest.map(Timestamp::from_millis) })
    }

    /// Adds an open challenge.
    pub async fn insert_challenge(&mut self, new: &NewChallenge<'_>) -> Result<(), StoreError> {
        let canonical = new.identifier.canonical();
        sqlx::query(
            "INSERT INTO challenges (id, identifier_kind, identifier, redirect_url, locale, caller_address, client, door, \
             wanted_channel, requested_at, expires_at, spelling) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(new.id.as_str())
        .bind(new.identifier.kind().as_str())
        .bind(canonical)
        .bind(new.redirect_url)
        .bind(new.locale.as_str())
        .bind(new.caller_address.to_string())
        .bind(new.client)
        .bind(new.door.as_str())
        .bind(new.wanted_channel.map(Channel::as_str))
        .bind(new.requested_at.millis())
        .bind(new.expires_at.millis())
        .bind(Some(new.identifier.spelling()).filter(|spelling| *spelling != canonical))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Cancels the oldest open challenges of an identifier, so that `keep` remain open. Returns the cancelled ones.
    pub async fn cancel_all_but_newest(
        &mut self,
        identifier: &Identifier,
        keep: i64,
        now: Timestamp,
    ) -> Result<Vec<CancelledChallenge>, StoreError> {
        let rows: Vec<CancelledRow> = sqlx::query_as(
            "UPDATE challenges SET cancelled_at = $1, cancelled_because = $5 \
             WHERE identifier = $2 AND identifier_kind = $4 AND completed_at IS NULL AND cancelled_at IS NULL \
             AND write_purpose IS NULL AND id NOT IN \
             (SELECT id FROM challenges WHERE identifier = $2 AND identifier_kind = $4 AND completed_at IS NULL AND cancelled_at IS NULL \
              ORDER BY requested_at DESC, id LIMIT $3) RETURNING id, account_id",
        )
        .bind(now.millis())
        .bind(identifier.canonical())
        .bind(keep)
        .bind(identifier.kind().as_str())
        .bind(CancelReason::Superseded.as_str())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(CancelledChallenge::try_from).collect()
    }

    /// Binds an open challenge to the account that was found and to its new code; the time of its link begins now.
    /// `false` if it is no longer open, or if a password is being written for it.
    pub async fn bind_challenge(&mut self, binding: &Binding<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET account_id = $1, sent_to = $2, channel = $3, code_hash = $4, code_expires_at = $5, \
             expires_at = $6, password_fingerprint = $9 \
             WHERE id = $7 AND completed_at IS NULL AND cancelled_at IS NULL AND write_purpose IS NULL AND expires_at > $8",
        )
        .bind(binding.account_id.as_str())
        .bind(binding.sent_to.canonical())
        .bind(binding.sent_to.channel().as_str())
        .bind(binding.code_hash.map(SecretHash::as_str))
        .bind(binding.code_expires_at.millis())
        .bind(binding.expires_at.millis())
        .bind(binding.id.as_str())
        .bind(now.millis())
        .bind(binding.fingerprint.map(PasswordFingerprint::as_str))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Binds a new challenge to the account that was found, without a message. `None` leaves its expiry as it is.
    pub async fn bind_challenge_without_message(
        &mut self,
        id: &ChallengeId,
        account: &Account,
        sent_to: &Contact,
        expires_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE challenges SET account_id = $1, sent_to = $2, expires_at = COALESCE($3, expires_at), \
             password_fingerprint = $5 WHERE id = $4",
        )
        .bind(account.id.as_str())
        .bind(sent_to.canonical())
        .bind(expires_at.map(Timestamp::millis))
        .bind(id.as_str())
        .bind(account.fingerprint.as_ref().map(PasswordFingerprint::as_str))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Does the same work as [`Self::bind_challenge`], but binds the challenge to nobody.
    pub async fn bind_challenge_to_nobody(&mut self, id: &ChallengeId, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET code_hash = NULL \
             WHERE id = $1 AND completed_at IS NULL AND cancelled_at IS NULL AND expires_at > $2",
        )
        .bind(id.as_str())
        .bind(now.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Completes the challenge that a valid token was granted for. Of any number of parallel calls, one gets `true`.
    pub async fn complete_challenge(
        &mut self,
        token: &SecretHash,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET completed_at = $1, completed_from = $3, \
             ended_code_hash = COALESCE(code_hash, ended_code_hash), code_hash = NULL \
             WHERE completed_at IS NULL AND cancelled_at IS NULL AND id = \
             (SELECT challenge_id FROM grants WHERE token_hash = $2 AND expires_at > $1)",
        )
        .bind(now.millis())
        .bind(token.as_str())
        .bind(from.to_string())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Locks an open challenge for this transaction, so that counts about it change one at a time. A caller that also
    /// locks the account's row must lock that first. `false` if the challenge is no longer open.
    pub async fn hold_challenge(&mut self, id: &ChallengeId, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET id = id WHERE id = $1 AND completed_at IS NULL AND cancelled_at IS NULL \
             AND expires_at > $2",
        )
        .bind(id.as_str())
        .bind(now.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Cancels one challenge. `false` if it had already ended, or if a password is being written for it.
    pub async fn cancel_challenge(
        &mut self,
        id: &ChallengeId,
        because: CancelReason,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET cancelled_at = $1, cancelled_because = $2, \
             ended_code_hash = COALESCE(code_hash, ended_code_hash), code_hash = NULL \
             WHERE id = $3 AND completed_at IS NULL AND cancelled_at IS NULL AND write_purpose IS NULL",
        )
        .bind(now.millis())
        .bind(because.as_str())
        .bind(id.as_str())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Cancels every open challenge of an account, except those for which a password is being written. Returns the cancelled ones.
    pub async fn cancel_challenges_of_account(
        &mut self,
        account_id: &AccountId,
        because: CancelReason,
        now: Timestamp,
    ) -> Result<Vec<CancelledChallenge>, StoreError> {
        let rows: Vec<CancelledRow> = sqlx::query_as(
            "UPDATE challenges SET cancelled_at = $1, cancelled_because = $2, \
             ended_code_hash = COALESCE(code_hash, ended_code_hash), code_hash = NULL \
             WHERE account_id = $3 AND completed_at IS NULL AND cancelled_at IS NULL AND write_purpose IS NULL \
             RETURNING id, account_id",
        )
        .bind(now.millis())
        .bind(because.as_str())
        .bind(account_id.as_str())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(CancelledChallenge::try_from).collect()
    }
}
