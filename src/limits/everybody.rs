//! Limits on everybody together (security.md row 10): requests and sessions. People on pages, publishable keys and
//! secret keys have shares, so that none of them uses up what the others need. The last quarter of a share is a
//! reserve: in it a request passes only with a reason that a flood does not have.
//!
//! Only the counters of the running minute decide, so the reserve opens and closes by itself.

use super::{HOUR, LimitReached, Limits, MINUTE};
use crate::model::{Caller, KeyKind, Timestamp};
use crate::store::{Hit, LimitRule, StoreError, Tx};

pub(super) const EVERYBODY: &str = "everybody";

/// Whether a network asked for something in the last hour.
const SEEN: LimitRule = LimitRule { name: "network_seen", max: 1, window: HOUR };

/// The same for sessions: a person who mistypes is not known for a request by that.
const VISITED: LimitRule = LimitRule { name: "network_visited", max: 1, window: HOUR };

/// A share of what everybody may do in a minute.
#[derive(Clone, Copy)]
struct Share {
    /// Passes without a reason.
    open: LimitRule,
    /// Passes from networks that were not seen lately, when `open` is full.
    unseen: LimitRule,
}

#[derive(Clone)]
pub(super) struct Rules {
    pages: Share,
    publishable: Share,
    secret: LimitRule,
    visitors: Share,
}

impl Rules {
    pub(super) fn new(per_minute: u32) -> Self {
        let rule = |name, max: u32| LimitRule { name, max: max.max(1), window: MINUTE };
        let quarter = per_minute / 4;
        let share = |open, unseen, all: u32| Share { open: rule(open, all - all / 4), unseen: rule(unseen, all / 4) };
        Self {
            pages: share("pages_minute", "pages_unseen_minute", per_minute / 2),
            publishable: share("publishable_minute", "publishable_unseen_minute", quarter),
            secret: rule("secret_minute", quarter),
            visitors: share("visitors_minute", "visitors_unseen_minute", per_minute),
        }
    }
}

impl Limits {
    /// Counts one request in the share of whoever asks.
    pub(super) async fn count_in_share(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        let share = match caller.client.as_ref().map(|client| client.kind) {
            Some(KeyKind::Secret) => return self.count(tx, &self.everybody.secret, EVERYBODY, now).await,
            Some(KeyKind::Publishable) => &self.everybody.publishable,
            None => &self.everybody.pages,
        };
        self.count_or_pass(tx, share, &SEEN, caller, now).await
    }

    /// Counts one browser that begins a session without any right.
    pub(super) async fn count_visitor(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        self.count_or_pass(tx, &self.everybody.visitors, &VISITED, caller, now).await
    }

    async fn count_or_pass(
        &self,
        tx: &mut Tx,
        share: &Share,
        seen: &LimitRule,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        // Counted in quiet minutes, too: a flood that begins has been seen by then.
        let is_unseen = matches!(tx.count_hit(seen, &self.widest(caller), now).await?, Hit::Counted { .. });
        let Some(reached) = self.count(tx, &share.open, EVERYBODY, now).await? else { return Ok(None) };
        if is_unseen && self.count(tx, &share.unseen, EVERYBODY, now).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(reached))
    }

    /// The widest network of a caller: whoever owns it shows up in as many narrow ones as they like.
    fn widest(&self, caller: &Caller) -> String {
        self.network(&caller.networks().pop().map(|network| network.name).unwrap_or_default())
    }
}
