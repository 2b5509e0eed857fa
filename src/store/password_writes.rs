//! Passwords that are being written into an app's table: columns of the table `challenges`, and the rows of `accounts`
//! that stand for the app's accounts.

use std::net::IpAddr;

use sqlx::FromRow;

use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{
    AccountId, CancelReason, ChallengeId, PasswordFingerprint, PasswordWrite, SecretHash, Timestamp, WritePurpose,
};

#[derive(FromRow)]
struct WriteRow {
    id: String,
    account_id: Option<String>,
    password_fingerprint: Option<String>,
    new_fingerprint: Option<String>,
    write_purpose: Option<String>,
    write_fingerprint: Option<String>,
    write_from: Option<String>,
    write_started_at: Option<i64>,
}

impl TryFrom<WriteRow> for PasswordWrite {
    type Error = StoreError;

    fn try_from(row: WriteRow) -> Result<Self, StoreError> {
        let place = Place::new("challenges", &row.id);
        let purpose = row.write_purpose.as_deref().and_then(WritePurpose::from_word);
        let purpose = place.value("write_purpose", purpose)?;
        let old = match purpose {
            WritePurpose::Complete => row.password_fingerprint.as_deref(),
            WritePurpose::Lock => row.new_fingerprint.as_deref(),
        };
        let from = row.write_from.as_deref().and_then(|from| from.parse::<IpAddr>().ok());
        Ok(Self {
            challenge_id: place.value("id", ChallengeId::parse(&row.id))?,
            account_id: place.value("account_id", row.account_id.as_deref().and_then(AccountId::parse))?,
            old: PasswordFingerprint::from_stored(place.value("password_fingerprint", old)?),
            new: PasswordFingerprint::from_stored(place.value("write_fingerprint", row.write_fingerprint.as_deref())?),
            from: place.value("write_from", from)?,
            started_at: Timestamp::from_millis(place.value("write_started_at", row.write_started_at)?),
            purpose,
        })
    }
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, account_id, password_fingerprint, new_fingerprint, write_purpose, write_fingerprint, write_from, \
             write_started_at FROM challenges WHERE write_purpose IS NOT NULL AND ",
            $condition
        )
    };
}

impl Store {
    /// Writes that began before that time and are not settled, the oldest first. One that cannot be read is left out;
    /// the log names it.
    pub async fn unsettled_writes(&self, before: Timestamp, limit: u32) -> Result<Vec<PasswordWrite>, StoreError> {
        let rows: Vec<WriteRow> = sqlx::query_as(select!("write_started_at < $1 ORDER BY write_started_at LIMIT $2"))
            .bind(before.millis())
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        Ok(rows.into_iter().filter_map(|row| PasswordWrite::try_from(row).ok()).collect())
    }

    /// The writes of an account that are not settled.
    pub async fn unsettled_writes_of(&self, id: &AccountId) -> Result<Vec<PasswordWrite>, StoreError> {
        let rows: Vec<WriteRow> =
            sqlx::query_as(select!("account_id = $1")).bind(id.as_str()).fetch_all(self.readers()).await?;
        rows.into_iter().map(PasswordWrite::try_from).collect()
    }

    /// The write of a challenge that is not settled.
    pub async fn unsettled_write(&self, id: &ChallengeId) -> Result<Option<PasswordWrite>, StoreError> {
        let row: Option<WriteRow> =
            sqlx::query_as(select!("id = $1")).bind(id.as_str()).fetch_optional(self.readers()).await?;
        row.map(PasswordWrite::try_from).transpose()
    }
}

/// A password that was set in an app's table.
pub struct SetInApp {
    pub challenge_id: ChallengeId,
    pub account_id: AccountId,
    /// What was stored before.
    pub old: PasswordFingerprint,
}

#[derive(FromRow)]
struct SetInAppRow {
    id: String,
    account_id: Option<String>,
    password_fingerprint: Option<String>,
}

impl TryFrom<SetInAppRow> for SetInApp {
    type Error = StoreError;

    fn try_from(row: SetInAppRow) -> Result<Self, StoreError> {
        let place = Place::new("challenges", &row.id);
        let old = place.value("password_fingerprint", row.password_fingerprint.as_deref())?;
        Ok(Self {
            challenge_id: place.value("id", ChallengeId::parse(&row.id))?,
            account_id: place.value("account_id", row.account_id.as_deref().and_then(AccountId::parse))?,
            old: PasswordFingerprint::from_stored(old),
        })
    }
}

impl Store {
    /// Passwords that were set in an app's table after `from` and until `to`. A row that cannot be read is left out;
    /// the log names it.
    pub async fn set_in_app(&self, from: Timestamp, to: Timestamp) -> Result<Vec<SetInApp>, StoreError> {
        let rows: Vec<SetInAppRow> = sqlx::query_as(
            "SELECT id, account_id, password_fingerprint FROM challenges \
             WHERE new_fingerprint IS NOT NULL AND completed_at > $1 AND completed_at <= $2",
        )
        .bind(from.millis())
        .bind(to.millis())
        .fetch_all(self.readers())
        .await?;
        Ok(rows.into_iter().filter_map(|row| SetInApp::try_from(row).ok()).collect())
    }
}

/// What completing a challenge has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenCompletion {
    /// It is completed.
    Now,
    /// It is completed, and its owner has said "this wasn't me" while the password was being written.
    Disowned,
    /// It was completed before.
    Before,
}

impl Tx {
    /// Locks the row that stands for an account of an app, for the rest of the transaction, and creates it if there is
    /// none. `false` if the account has had a new password by Keyback since `asked_at`.
    pub async fn hold_anchor(
        &mut self,
        id: &AccountId,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (changed_at,): (Option<i64>,) = sqlx::query_as(
            "INSERT INTO accounts (id, username_canonical, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING password_changed_at",
        )
        .bind(id.as_str())
        .bind(format!("@{id}"))
        .bind(now.millis())
        .fetch_one(self.connection())
        .await?;
        Ok(changed_at.is_none_or(|changed_at| changed_at < asked_at.millis()))
    }

    /// Deletes the row that stands for an account again.
    pub async fn delete_anchor(&mut self, id: &AccountId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM accounts WHERE id = $1 AND username_canonical = $2")
            .bind(id.as_str())
            .bind(format!("@{id}"))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Notes that a password is about to be committed to an app's table: the one that was chosen with `token`, or, with
    /// none, the random one that locks the account after a reset that its owner disowns. `false` if the token is dead,
    /// or if Keyback has set another password since, or is about to. A call that may still reach an app does not count:
    /// the app compares the version, so that it does only one of the two.
    pub async fn note_write(
        &mut self,
        write: &PasswordWrite,
        token: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let statement = match write.purpose {
            WritePurpose::Complete => {
                "UPDATE challenges SET write_purpose = $1, write_fingerprint = $2, write_from = $3, write_started_at = $4 \
                 WHERE id = $5 AND password_fingerprint = $6 AND completed_at IS NULL AND cancelled_at IS NULL \
                 AND id = (SELECT challenge_id FROM grants WHERE token_hash = $7 AND expires_at > $4)"
            }
            WritePurpose::Lock => {
                "UPDATE challenges SET write_purpose = $1, write_fingerprint = $2, write_from = $3, write_started_at = $4, \
                 new_fingerprint = $6 WHERE id = $5 AND new_fingerprint IS NOT NULL AND $7 = '' AND completed_at = \
                 (SELECT password_changed_at FROM accounts WHERE accounts.id = challenges.account_id) AND NOT EXISTS \
                 (SELECT 1 FROM challenges AS others WHERE others.account_id = challenges.account_id \
                 AND others.write_purpose IS NOT NULL AND others.write_fingerprint NOT LIKE 'call %' \
                 AND others.id <> challenges.id)"
            }
        };
        let done = sqlx::query(statement)
            .bind(write.purpose.as_str())
            .bind(write.new.as_str())
            .bind(write.from.to_string())
            .bind(now.millis())
            .bind(write.challenge_id.as_str())
            .bind(write.old.as_str())
            .bind(token.map_or("", SecretHash::as_str))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether a write of the challenge is open. Orders such writes for the rest of the transaction.
    pub async fn has_open_write(&mut self, id: &ChallengeId) -> Result<bool, StoreError> {
        let row: Option<(Option<String>,)> =
            sqlx::query_as("UPDATE challenges SET id = id WHERE id = $1 RETURNING write_purpose")
                .bind(id.as_str())
                .fetch_optional(self.connection())
                .await?;
        Ok(row.is_some_and(|(purpose,)| purpose.is_some()))
    }

    /// Forgets a write that was not committed, unless another one has been noted in its place.
    pub async fn forget_write(&mut self, write: &PasswordWrite) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE challenges SET write_purpose = NULL, write_fingerprint = NULL, write_from = NULL, \
             write_started_at = NULL WHERE id = $1 AND write_started_at = $2 AND write_fingerprint = $3",
        )
        .bind(write.challenge_id.as_str())
        .bind(write.started_at.millis())
        .bind(write.new.as_str())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Cancels a challenge because its owner says so, although a password is being written for it. `false` if none is,
    /// or if the challenge has ended.
    pub async fn disown_challenge(&mut self, id: &ChallengeId, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET cancelled_at = $1, cancelled_because = $2, \
             ended_code_hash = COALESCE(code_hash, ended_code_hash), code_hash = NULL \
             WHERE id = $3 AND completed_at IS NULL AND cancelled_at IS NULL AND write_purpose IS NOT NULL",
        )
        .bind(now.millis())
        .bind(CancelReason::NotMe.as_str())
        .bind(id.as_str())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Completes the challenge of a committed write. Other writes that were to replace the same stored password can no
    /// longer be committed and are forgotten.
    pub async fn complete_written(
        &mut self,
        write: &PasswordWrite,
        now: Timestamp,
    ) -> Result<WrittenCompletion, StoreError> {
        self.hold_anchor(&write.account_id, now, now).await?;
        let done: Option<(Option<String>,)> = sqlx::query_as(
            "UPDATE challenges SET completed_at = $1, completed_from = $2, new_fingerprint = $3, \
             ended_code_hash = COALESCE(code_hash, ended_code_hash), code_hash = NULL, \
             write_purpose = NULL, write_fingerprint = NULL, write_from = NULL, write_started_at = NULL \
             WHERE id = $4 AND completed_at IS NULL RETURNING cancelled_because",
        )
        .bind(now.millis())
        .bind(write.from.to_string())
        .bind(write.new.as_str())
        .bind(write.challenge_id.as_str())
        .fetch_optional(self.connection())
        .await?;
        let Some((cancelled,)) = done else { return Ok(WrittenCompletion::Before) };
        sqlx::query("UPDATE challenges SET cancelled_at = NULL, cancelled_because = NULL WHERE id = $1")
            .bind(write.challenge_id.as_str())
            .execute(self.connection())
            .await?;
        sqlx::query(
            "UPDATE challenges SET write_purpose = NULL, write_fingerprint = NULL, write_from = NULL, \
             write_started_at = NULL WHERE account_id = $1 AND password_fingerprint = $2 AND completed_at IS NULL \
             AND write_purpose IS NOT NULL",
        )
        .bind(write.account_id.as_str())
        .bind(write.old.as_str())
        .execute(self.connection())
        .await?;
        self.note_change_of_anchor(&write.account_id, now).await?;
        let is_disowned = cancelled.as_deref() == Some(CancelReason::NotMe.as_str());
        Ok(if is_disowned { WrittenCompletion::Disowned } else { WrittenCompletion::Now })
    }

    /// Notes that a committed write has locked the password of a challenge. `false` if that was done before.
    pub async fn lock_written(&mut self, write: &PasswordWrite, now: Timestamp) -> Result<bool, StoreError> {
        self.hold_anchor(&write.account_id, now, now).await?;
        let done = sqlx::query(
            "UPDATE challenges SET new_fingerprint = NULL, write_purpose = NULL, write_fingerprint = NULL, \
             write_from = NULL, write_started_at = NULL WHERE id = $1 AND new_fingerprint = $2",
        )
        .bind(write.challenge_id.as_str())
        .bind(write.old.as_str())
        .execute(self.connection())
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        self.note_change_of_anchor(&write.account_id, now).await?;
        Ok(true)
    }

    async fn note_change_of_anchor(&mut self, id: &AccountId, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE accounts SET password_changed_at = $1 WHERE id = $2 AND username_canonical = $3")
            .bind(now.millis())
            .bind(id.as_str())
            .bind(format!("@{id}"))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
