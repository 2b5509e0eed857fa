//! Limits on everybody together (SECURITY.md, requirement 10): requests and sessions. Pages, publishable keys and
//! secret keys have separate shares, so that none uses up what the others need. The last quarter of a share is a
//! reserve: there a request passes only with a reason that a flood does not have. Its network was not seen lately, or
//! it brings a ticket that is ripe or whose puzzle is solved. Each reason has its own part, so that none starves the
//! others.
//!
//! Only the counters of the running minute decide, so the reserve opens and closes by itself.

use super::{HOUR, LimitReached, Limits, MINUTE};
use crate::model::{Caller, KeyKind, LimitName, Pass, Ticket, Timestamp};
use crate::store::{Hit, LimitRule, Store, StoreError, Tx};

pub(super) const EVERYBODY: &str = "everybody";

/// Whether a network has sent a request within the last hour.
const SEEN: LimitRule = LimitRule { name: LimitName::NetworkSeen, max: 1, window: HOUR };

/// The same for sessions. They are separate, so that a person who mistypes does not count as seen for a request.
const VISITED: LimitRule = LimitRule { name: LimitName::NetworkVisited, max: 1, window: HOUR };

/// How many tickets of one network (IPv4 /24, IPv6 /48) may pass.
const PASSES: LimitRule = LimitRule { name: LimitName::TicketPassesHour, max: 2, window: HOUR };

/// A ticket passes only once.
const TICKETS: LimitRule = LimitRule { name: LimitName::TicketUsed, max: 1, window: Ticket::LIFETIME };

/// The number of zero bits that a solution needs: 131,072 tries on average.
const USUAL_BITS: u32 = 17;

/// The same, while more than half of the part for solved puzzles is used.
const MORE_BITS: u32 = USUAL_BITS + 2;

/// The limits of one share, per minute.
#[derive(Clone, Copy)]
struct Share {
    /// Requests that pass without a reason.
    open: LimitRule,
    /// Requests from networks that were not seen lately, when `open` is full.
    unseen: LimitRule,
}

#[derive(Clone)]
pub(super) struct Rules {
    pages: Share,
    /// In the reserve of the pages: solved puzzles.
    proofs: LimitRule,
    /// In the reserve of the pages: ripe tickets.
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
                open: rule(LimitName::PagesMinute, pages.saturating_sub(4 * part)),
                unseen: rule(LimitName::PagesUnseenMinute, 2 * part),
            },
            proofs: rule(LimitName::PagesProofsMinute, part),
            waits: rule(LimitName::PagesWaitsMinute, part),
            publishable: share(LimitName::PublishableMinute, LimitName::PublishableUnseenMinute, quarter),
            secret: rule(LimitName::SecretMinute, quarter),
            visitors: share(LimitName::VisitorsMinute, LimitName::VisitorsUnseenMinute, per_minute),
        }
    }
}

impl Limits {
    /// Counts one request in its caller's share.
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

    /// Whether a request passes into the reserve of the pages with its ticket, which is used up then. If not, the
    /// caller must roll back.
    async fn passes(&self, tx: &mut Tx, caller: &Caller, pass: &Pass, now: Timestamp) -> Result<bool, StoreError> {
        let Some(ticket) = Ticket::read(&self.key, &caller.network(), &pass.ticket, now) else { return Ok(false) };
        let (is_solved, is_ripe) = (ticket.is_solved_by(&pass.proof), ticket.ripe_in(now).is_zero());
        if !is_solved && !is_ripe {
            return Ok(false);
        }
        // Of several parallel uses, only one finds the ticket unused.
        if let Hit::Full { .. } = tx.count_hit(&TICKETS, &self.ticket_name(&ticket), now).await? {
            return Ok(false);
        }
        // A flood that solves puzzles and waits as people do has few networks for many requests.
        if let Hit::Full { .. } = self.hit(tx, &PASSES, &self.widest(caller), now).await? {
            return Ok(false);
        }
        if is_solved && self.count(tx, &self.everybody.proofs, EVERYBODY, now).await?.is_none() {
            return Ok(true);
        }
        Ok(is_ripe && self.count(tx, &self.everybody.waits, EVERYBODY, now).await?.is_none())
    }

    /// Whether a ticket was used.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_used(&self, store: &Store, ticket: &Ticket, now: Timestamp) -> Result<bool, StoreError> {
        Ok(store.hits(&TICKETS, &self.ticket_name(ticket), now).await? > 0)
    }

    /// The difficulty of the puzzle of a new ticket.
    ///
    /// # Errors
    /// The database's.
    pub async fn difficulty(&self, store: &Store, now: Timestamp) -> Result<u32, StoreError> {
        let used = store.hits(&self.everybody.proofs, EVERYBODY, now).await?;
        let is_scarce = 2 * used > i64::from(self.everybody.proofs.max);
        Ok(if is_scarce { MORE_BITS } else { USUAL_BITS })
    }

    /// Records that a network has asked, even if the request was refused, so that a flood does not count as unseen
    /// twice.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_seen(&self, tx: &mut Tx, caller: &Caller, now: Timestamp) -> Result<(), StoreError> {
        tx.is_first_hit(&SEEN, &self.widest(caller), now).await.map(|_| ())
    }

    fn ticket_name(&self, ticket: &Ticket) -> String {
        self.key.keyed_hash("limit", &["ticket", ticket.seed()])
    }

    /// Counts a browser that begins a session without any right.
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
        // Also counted in quiet minutes, so that a flood has been seen when the reserve begins.
        let is_unseen = tx.is_first_hit(seen, &self.widest(caller), now).await?;
        let Some(reached) = self.count(tx, &share.open, EVERYBODY, now).await? else { return Ok(None) };
        if is_unseen && self.count(tx, &share.unseen, EVERYBODY, now).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(LimitReached { is_unseen, ..reached }))
    }

    /// The widest network of a caller. Its owner can appear in any number of narrower ones.
    fn widest(&self, caller: &Caller) -> String {
        self.network(&caller.networks().pop().map(|network| network.name).unwrap_or_default())
    }
}
