//! Limits on everybody together (security.md row 10): requests and sessions. People on pages, publishable keys and
//! secret keys have shares, so that none of them uses up what the others need. The last quarter of a share is a
//! reserve: in it a request passes only with a reason that a flood does not have. Its network was not seen lately, or it
//! brings a ticket whose puzzle is solved, or that is ripe. Each reason has its own part, so that none starves the
//! others.
//!
//! Only the counters of the running minute decide, so the reserve opens and closes by itself.

use super::{HOUR, LimitReached, Limits, MINUTE};
use crate::model::{Caller, KeyKind, Pass, Ticket, Timestamp};
use crate::store::{Hit, LimitRule, Store, StoreError, Tx};

pub(super) const EVERYBODY: &str = "everybody";

/// Whether a network asked for something in the last hour.
const SEEN: LimitRule = LimitRule { name: "network_seen", max: 1, window: HOUR };

/// The same for sessions: a person who mistypes is not known for a request by that.
const VISITED: LimitRule = LimitRule { name: "network_visited", max: 1, window: HOUR };

/// Tickets of one network (IPv4 /24, IPv6 /48) that pass.
const PASSES: LimitRule = LimitRule { name: "ticket_passes_hour", max: 2, window: HOUR };

/// A ticket passes once.
const TICKETS: LimitRule = LimitRule { name: "ticket_used", max: 1, window: Ticket::LIFETIME };

/// With how many zero bits a puzzle's solution begins: 131,072 tries on average.
const USUAL_BITS: u32 = 17;

/// The same while more than half of the part for solved puzzles is used.
const MORE_BITS: u32 = USUAL_BITS + 2;

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
    /// Of the pages' reserve: for solved puzzles.
    proofs: LimitRule,
    /// Of the pages' reserve: for ripe tickets.
    waits: LimitRule,
    publishable: Share,
    secret: LimitRule,
    visitors: Share,
}

impl Rules {
    pub(super) fn new(per_minute: u32) -> Self {
        let rule = |name, max: u32| LimitRule { name, max: max.max(1), window: MINUTE };
        let (pages, quarter) = (per_minute / 2, per_minute / 4);
        let part = (pages / 16).max(1);
        let share = |open, unseen, all: u32| Share { open: rule(open, all - all / 4), unseen: rule(unseen, all / 4) };
        Self {
            pages: Share {
                open: rule("pages_minute", pages.saturating_sub(4 * part)),
                unseen: rule("pages_unseen_minute", 2 * part),
            },
            proofs: rule("pages_proofs_minute", part),
            waits: rule("pages_waits_minute", part),
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
        pass: Option<&Pass>,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        let share = match caller.client.as_ref().map(|client| client.kind) {
            Some(KeyKind::Secret) => return self.count(tx, &self.everybody.secret, EVERYBODY, now).await,
            Some(KeyKind::Publishable) => &self.everybody.publishable,
            None => &self.everybody.pages,
        };
        let reached = self.count_or_pass(tx, share, &SEEN, caller, now).await?;
        if let (Some(_), Some(pass), None) = (reached, pass, &caller.client)
            && self.passes(tx, caller, pass, now).await?
        {
            return Ok(None);
        }
        Ok(reached)
    }

    /// Whether a request passes into the pages' reserve by its ticket, which is used up then. The caller of this rolls
    /// back where it does not.
    async fn passes(&self, tx: &mut Tx, caller: &Caller, pass: &Pass, now: Timestamp) -> Result<bool, StoreError> {
        let Some(ticket) = Ticket::read(&self.key, &caller.network(), &pass.ticket, now) else { return Ok(false) };
        let (is_solved, is_ripe) = (ticket.is_solved_by(&pass.proof), ticket.ripe_in(now).is_zero());
        if !is_solved && !is_ripe {
            return Ok(false);
        }
        // Of parallel uses one finds the ticket unused.
        if let Hit::Full { .. } = tx.count_hit(&TICKETS, &self.ticket_name(&ticket), now).await? {
            return Ok(false);
        }
        // A flood that solves and waits as people do has few networks for many requests.
        if let Hit::Full { .. } = self.hit(tx, &PASSES, &self.widest(caller), now).await? {
            return Ok(false);
        }
        if is_solved && self.count(tx, &self.everybody.proofs, EVERYBODY, now).await?.is_none() {
            return Ok(true);
        }
        Ok(is_ripe && self.count(tx, &self.everybody.waits, EVERYBODY, now).await?.is_none())
    }

    /// Whether a ticket has passed.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_used(&self, store: &Store, ticket: &Ticket, now: Timestamp) -> Result<bool, StoreError> {
        Ok(store.hits(&TICKETS, &self.ticket_name(ticket), now).await? > 0)
    }

    /// How hard the puzzle of a new ticket is.
    ///
    /// # Errors
    /// The database's.
    pub async fn difficulty(&self, store: &Store, now: Timestamp) -> Result<u32, StoreError> {
        let used = store.hits(&self.everybody.proofs, EVERYBODY, now).await?;
        let is_scarce = 2 * used > i64::from(self.everybody.proofs.max);
        Ok(if is_scarce { MORE_BITS } else { USUAL_BITS })
    }

    /// Notes that a network has asked although its request was refused: a flood is not unseen a second time.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_seen(&self, tx: &mut Tx, caller: &Caller, now: Timestamp) -> Result<(), StoreError> {
        tx.is_first_hit(&SEEN, &self.widest(caller), now).await.map(|_| ())
    }

    fn ticket_name(&self, ticket: &Ticket) -> String {
        self.key.keyed_hash("limit", &["ticket", ticket.seed()])
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
        let is_unseen = tx.is_first_hit(seen, &self.widest(caller), now).await?;
        let Some(reached) = self.count(tx, &share.open, EVERYBODY, now).await? else { return Ok(None) };
        if is_unseen && self.count(tx, &share.unseen, EVERYBODY, now).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(LimitReached { is_unseen, ..reached }))
    }

    /// The widest network of a caller: whoever owns it shows up in as many narrow ones as they like.
    fn widest(&self, caller: &Caller) -> String {
        self.network(&caller.networks().pop().map(|network| network.name).unwrap_or_default())
    }
}
