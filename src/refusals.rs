//! Refusals that concern no particular reset: unknown links, tokens and codes, full limits, wrong passwords.
//!
//! Anybody can cause any number of them. So they are counted in memory, by caller, event, result and minute, and
//! written once a second in one transaction, together with repeated events of one reset. Nothing is left out: beyond
//! 300 callers a minute, the others share a row. A process that is killed loses the counts of its last second.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::{
    Actor, AuditEntry, AuditEvent, AuditId, AuditResult, AuditStep, Caller, LimitName, ServerKey, Timestamp,
};
use crate::store::{Hit, LimitRule, Store, StoreError};

/// How often the counts are written.
pub const EVERY: Duration = Duration::from_secs(1);

const MINUTE: Duration = Duration::from_secs(60);

/// Callers that get a row each, per event and minute, over all instances.
const CALLERS: LimitRule = LimitRule { name: LimitName::AuditCallers, max: 300, window: MINUTE };

/// Never full. An instance holds its row while it writes, so that two instances cannot deadlock.
const WRITING: LimitRule = LimitRule { name: LimitName::AuditWriting, max: u32::MAX, window: MINUTE };

/// How many refusals are logged one by one, per caller, event, result and minute.
const LOGGED: i64 = 20;

/// How many rows about resets may wait to be written.
const MOST_OF_RESETS: usize = 10_000;

/// A refusal.
pub struct Refusal<'a> {
    /// What was refused.
    pub event: AuditEvent,
    /// Why it was refused.
    pub result: AuditResult,
    /// Who was refused.
    pub actor: &'a Actor,
    /// Who asked.
    pub caller: &'a Caller,
}

/// The refusals that wait to be written. Clones share them.
#[derive(Clone)]
pub struct Refusals(Arc<Shared>);

struct Shared {
    store: Store,
    key: ServerKey,
    clock: Clock,
    waiting: Mutex<Waiting>,
    /// By row id.
    of_resets: Mutex<HashMap<AuditId, AuditEntry>>,
    /// Held by the one task that writes.
    writing: tokio::sync::Mutex<()>,
}

/// Waiting counts by minute and event.
type Waiting = BTreeMap<(i64, AuditEvent), Minute>;

/// The counts of one event in one minute.
#[derive(Default)]
struct Minute(HashMap<Group, Count>);

/// Refusals with the same group are counted together.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Group {
    result: AuditResult,
    /// Actor and network; `None` stands for all callers without their own row.
    who: Option<(Actor, String)>,
}

#[derive(Clone, Default)]
struct Count {
    /// Not yet written.
    hits: i64,
    /// Since the minute began.
    seen: i64,
    /// Not yet logged.
    unlogged: i64,
    first_at: Timestamp,
    last_at: Timestamp,
    caller: Option<Caller>,
}

/// A count that is being written to the database.
struct Taken {
    minute: i64,
    event: AuditEvent,
    group: Group,
    count: Count,
}

impl Refusals {
    /// Creates an empty collection over a database.
    pub fn new(store: Store, key: ServerKey, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            store,
            key,
            clock,
            waiting: Mutex::default(),
            of_resets: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }))
    }

    /// Counts a refusal.
    pub fn count(&self, refusal: &Refusal<'_>) {
        let Refusal { event, result, actor, caller } = *refusal;
        let now = self.0.clock.now();
        let mut waiting = self.waiting();
        let Minute(groups) = waiting.entry((minute_of(now), event)).or_default();
        let mut group = Group { result, who: Some((actor.clone(), caller.network())) };
        if !groups.contains_key(&group) && groups.len() >= CALLERS.max as usize {
            group.who = None;
        }
        let is_of_others = group.who.is_none();
        let count = groups.entry(group).or_default();
        if count.hits == 0 {
            count.first_at = now;
        }
        count.hits += 1;
        count.seen += 1;
        count.last_at = count.last_at.max(now);
        if !is_of_others && count.caller.is_none() {
            count.caller = Some(caller.clone());
        }
        if count.seen > LOGGED {
            count.unlogged += 1;
        } else {
            let correlation_id = caller.correlation_id.as_str();
            let (event, result) = (event.as_str(), result.as_str());
            tracing::info!(event, result, actor = %actor, correlation_id, "audit");
        }
    }

    /// Adds to the waiting row about a reset. Returns the row if there is no room; the caller must write it at once.
    pub fn add(&self, row: AuditEntry) -> Option<AuditEntry> {
        let mut waiting = self.of_resets();
        if let Some(same) = waiting.get_mut(&row.id) {
            let (same, step) = (&mut same.step, row.step);
            same.hits += step.hits;
            same.last_at = same.last_at.max(Some(step.last_at.unwrap_or(step.happened_at)));
            return None;
        }
        if waiting.len() >= MOST_OF_RESETS {
            return Some(row);
        }
        waiting.insert(row.id.clone(), row);
        None
    }

    /// Writes what waits once a second, until `stop` resolves. Later refusals need a call of [`Self::write`].
    pub async fn run(&self, stop: impl Future) {
        let mut tick = tokio::time::interval(EVERY);
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = &mut stop => return,
            }
            if let Err(error) = self.write().await {
                tracing::error!(%error, "could not write refusals to the audit; retrying in one second");
            }
        }
    }

    /// Writes what waits. If the future is dropped, the counts it was writing may be lost.
    ///
    /// # Errors
    /// The database's; everything still waits then.
    pub async fn write(&self) -> Result<(), StoreError> {
        let _alone = self.0.writing.lock().await;
        let taken = self.take();
        let of_resets: Vec<AuditEntry> = self.of_resets().drain().map(|(_, row)| row).collect();
        if taken.is_empty() && of_resets.is_empty() {
            return Ok(());
        }
        log(&taken);
        let written = self.try_to_write(&taken, &of_resets).await;
        if written.is_err() {
            self.put_back(taken);
            // New rows may have taken the room in the meantime: rather one row too many than one lost.
            let mut waiting = self.of_resets();
            for row in of_resets {
                let hits = row.step.hits;
                let same = waiting.entry(row.id.clone()).or_insert_with(|| without_hits(row));
                same.step.hits += hits;
            }
        }
        written
    }

    /// The id of a row that counts. Equal parts give equal ids on every instance.
    pub fn row_id(&self, parts: &[&str]) -> AuditId {
        AuditId::of_count(&self.0.key, parts)
    }

    async fn try_to_write(&self, taken: &[Taken], of_resets: &[AuditEntry]) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        let mut tx = self.0.store.begin().await?;
        tx.count_hit(&WRITING, "everybody", now).await?;
        for counted in taken {
            let row = self.row(counted, &counted.group);
            if tx.add_to_audit(&row).await? {
                continue;
            }
            let has_own = counted.group.who.is_some()
                && matches!(tx.count_hit(&CALLERS, counted.event.as_str(), now).await?, Hit::Counted { .. });
            if has_own {
                tx.insert_audit(&row).await?;
            } else {
                let others = Group { result: counted.group.result, who: None };
                tx.insert_audit(&self.row(counted, &others)).await?;
            }
        }
        for row in of_resets {
            tx.insert_audit(row).await?;
        }
        tx.commit().await
    }

    fn row(&self, counted: &Taken, group: &Group) -> AuditEntry {
        let Taken { minute, event, count, .. } = counted;
        let (actor, network) = match &group.who {
            Some((actor, network)) => (actor, network.as_str()),
            None => (&Actor::OtherNetworks, ""),
        };
        let caller = count.caller.as_ref().filter(|_| group.who.is_some());
        let parts = [&minute.to_string(), event.as_str(), group.result.as_str(), &actor.to_string(), network];
        AuditEntry {
            id: self.row_id(&parts),
            step: AuditStep {
                happened_at: count.first_at,
                event: *event,
                result: group.result,
                actor: actor.clone(),
                caller_address: caller.map(|caller| caller.address),
                user_agent: caller.map(|caller| caller.user_agent.clone()),
                correlation_id: caller.map(|caller| caller.correlation_id.clone()),
                hits: count.hits,
                last_at: (count.hits > 1).then_some(count.last_at),
            },
            challenge_id: None,
            account_id: None,
            key_id: None,
        }
    }

    /// Takes what is not yet written, and forgets minutes that are over.
    fn take(&self) -> Vec<Taken> {
        let this_minute = minute_of(self.0.clock.now());
        let mut waiting = self.waiting();
        let mut taken = Vec::new();
        for ((minute, event), Minute(groups)) in waiting.iter_mut() {
            for (group, count) in groups.iter_mut().filter(|(_, count)| count.hits > 0) {
                taken.push(Taken { minute: *minute, event: *event, group: group.clone(), count: count.clone() });
                (count.hits, count.unlogged) = (0, 0);
            }
        }
        waiting.retain(|(minute, _), _| *minute >= this_minute);
        taken
    }

    fn put_back(&self, taken: Vec<Taken>) {
        let mut waiting = self.waiting();
        for Taken { minute, event, group, count } in taken {
            let Minute(groups) = waiting.entry((minute, event)).or_default();
            let now = groups.entry(group).or_default();
            now.first_at = count.first_at;
            now.last_at = now.last_at.max(count.last_at);
            now.hits += count.hits;
            now.seen = now.seen.max(count.seen);
            now.caller = now.caller.take().or(count.caller);
        }
    }

    fn of_resets(&self) -> MutexGuard<'_, HashMap<AuditId, AuditEntry>> {
        self.0.of_resets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn without_hits(mut row: AuditEntry) -> AuditEntry {
    row.step.hits = 0;
    row
}

/// Logs one line for each event and result with more refusals than were logged one by one.
fn log(taken: &[Taken]) {
    let mut unlogged = BTreeMap::<(&str, &str), i64>::new();
    for Taken { event, group, count, .. } in taken.iter().filter(|taken| taken.count.unlogged > 0) {
        *unlogged.entry((event.as_str(), group.result.as_str())).or_default() += count.unlogged;
    }
    for ((event, result), hits) in unlogged {
        tracing::info!(event, result, hits, "audit: repeated");
    }
}

fn minute_of(time: Timestamp) -> i64 {
    time.millis() / Timestamp::from_millis(0).after(MINUTE).millis()
}
