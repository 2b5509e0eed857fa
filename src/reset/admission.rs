//! Decides which browsers may begin a session: a session is a row, so their number must be limited. Also issues the
//! tickets for people who ask during a flood of requests.

use super::error::Fault;
use crate::clock::Clock;
use crate::limits::Limits;
use crate::model::{Caller, Pass, SecretHash, ServerKey, Ticket};
use crate::store::{Store, Tx};

/// Decides which browsers may begin a session or must wait.
pub struct Admission {
    pub(super) store: Store,
    pub(super) limits: Limits,
    pub(super) clock: Clock,
    pub(super) key: ServerKey,
}

impl Admission {
    /// Whether a browser may begin a session without any right, in order to show a notice.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn visitor(&self, caller: &Caller) -> Result<bool, Fault> {
        let mut tx = self.store.begin().await?;
        let admitted = self.limits.admit_visitor(&mut tx, caller, self.clock.now()).await?;
        finish(tx, admitted).await
    }

    /// Whether a browser may begin a session with a valid access token. All tokens of one reset count together, because
    /// opening its link creates any number of them.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn holder_of_token(&self, token: &SecretHash) -> Result<bool, Fault> {
        match self.store.find_grant(token, self.clock.now()).await? {
            Some(grant) => self.holder(grant.challenge_id.as_str()).await,
            None => Ok(false),
        }
    }

    /// Whether a browser may begin a session with a known "this wasn't me" key.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn holder_of_cancel_key(&self, key: &SecretHash) -> Result<bool, Fault> {
        self.holder(key.as_str()).await
    }

    async fn holder(&self, right: &str) -> Result<bool, Fault> {
        let mut tx = self.store.begin().await?;
        let admitted = self.limits.admit_holder(&mut tx, right, self.clock.now()).await?;
        finish(tx, admitted).await
    }

    /// The ticket for a person who met the reserve of the pages: the one they hold, while it can be used, or a new one.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn ticket(&self, caller: &Caller, held: Option<&str>) -> Result<Ticket, Fault> {
        let now = self.clock.now();
        let held = held.and_then(|text| Ticket::read(&self.key, &caller.network(), text, now));
        if let Some(held) = held
            && !self.limits.is_used(&self.store, &held, now).await?
        {
            return Ok(held);
        }
        let bits = self.limits.difficulty(&self.store, now).await?;
        Ok(Ticket::issue(&self.key, &caller.network(), bits, now)?)
    }

    /// Whether the holder of a ticket has solved its puzzle or waited long enough.
    pub fn may_use(&self, caller: &Caller, pass: &Pass) -> bool {
        let now = self.clock.now();
        Ticket::read(&self.key, &caller.network(), &pass.ticket, now)
            .is_some_and(|ticket| ticket.is_solved_by(&pass.proof) || ticket.ripe_in(now).is_zero())
    }
}

async fn finish(tx: Tx, admitted: bool) -> Result<bool, Fault> {
    if admitted {
        tx.commit().await?;
    } else {
        tx.rollback().await?;
    }
    Ok(admitted)
}
