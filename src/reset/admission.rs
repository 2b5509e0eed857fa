//! Which browsers may begin a session: sessions are rows, and nobody may make them without bound.

use super::ResetService;
use super::error::Fault;
use crate::model::{Caller, SecretHash};

impl ResetService {
    /// Whether a browser may begin a session that gives no right: to be told of a mistake.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn admit_visitor(&self, caller: &Caller) -> Result<bool, Fault> {
        let mut tx = self.store.begin().await?;
        let admitted = self.limits.admit_visitor(&mut tx, caller, self.clock.now()).await?;
        if admitted {
            tx.commit().await?
        } else {
            tx.rollback().await?
        }
        Ok(admitted)
    }

    /// Whether a browser may begin a session with a living access token. All tokens of one reset count together: opening its link
    /// makes as many as somebody likes.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn admit_holder_of_token(&self, token: &SecretHash) -> Result<bool, Fault> {
        match self.store.find_grant(token, self.clock.now()).await? {
            Some(grant) => self.admit_holder(&grant.challenge_id).await,
            None => Ok(false),
        }
    }

    /// Whether a browser may begin a session with a "this wasn't me" key that is known.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn admit_holder_of_cancel_key(&self, key: &SecretHash) -> Result<bool, Fault> {
        self.admit_holder(key.as_str()).await
    }

    async fn admit_holder(&self, right: &str) -> Result<bool, Fault> {
        let mut tx = self.store.begin().await?;
        let admitted = self.limits.admit_holder(&mut tx, right, self.clock.now()).await?;
        if admitted {
            tx.commit().await?
        } else {
            tx.rollback().await?
        }
        Ok(admitted)
    }
}
