//! Table `sessions`: the data behind the session cookie.

use super::{Store, StoreError, Tx};
use crate::model::{AccountId, Timestamp};

impl Store {
    /// Adds a session. `account_id` is set while the session has a right over an account.
    pub async fn insert_session(
        &self,
        id_hash: &str,
        account_id: Option<&AccountId>,
        data: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO sessions (id_hash, account_id, data, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(id_hash)
            .bind(account_id.map(AccountId::as_str))
            .bind(data)
            .bind(expires_at.millis())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Updates an existing session. `false` if it has ended meanwhile; it stays ended.
    pub async fn update_session(
        &self,
        id_hash: &str,
        account_id: Option<&AccountId>,
        data: &str,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE sessions SET account_id = $2, data = $3, expires_at = $4 WHERE id_hash = $1")
            .bind(id_hash)
            .bind(account_id.map(AccountId::as_str))
            .bind(data)
            .bind(expires_at.millis())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The data of a valid session, and when it expires.
    pub async fn find_session(&self, id_hash: &str, now: Timestamp) -> Result<Option<(String, Timestamp)>, StoreError> {
        let row: Option<(String, i64)> =
            sqlx::query_as("SELECT data, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > $2")
                .bind(id_hash)
                .bind(now.millis())
                .fetch_optional(self.readers())
                .await?;
        Ok(row.map(|(data, expires_at)| (data, Timestamp::from_millis(expires_at))))
    }

    /// Ends a session.
    pub async fn delete_session(&self, id_hash: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE id_hash = $1")
            .bind(id_hash)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Ends every session that has a right over the account.
    pub async fn delete_sessions_of_account(&mut self, account_id: &AccountId) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM sessions WHERE account_id = $1")
            .bind(account_id.as_str())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
