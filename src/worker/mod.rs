//! The door driven by time: sends what is in the outbox and deletes what has had its time. Started
//! by `cli` beside the server; any number of instances may run one each.

mod purge;
mod send;

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::RetentionConfig;
use crate::delivery::{MailTransport, Renderer, TextTransport};
use crate::reset::ResetService;
use crate::store::Store;

pub use send::OutboxUnreadable;

/// How often the outbox is looked at when nobody calls.
const POLL: Duration = Duration::from_secs(1);

/// How long a new row waits at most. Sending takes longer for known addresses; begun at once, that
/// could be measured on the request that follows.
const HESITATION: Duration = Duration::from_millis(400);

/// Rows claimed at a time: as many as are sent at once.
const BATCH: i64 = 8;

/// How often old rows are deleted.
const PURGE_EVERY: Duration = Duration::from_secs(10 * 60);

/// Everything that a worker needs.
#[derive(Clone)]
pub struct Worker {
    pub reset: ResetService,
    pub store: Store,
    pub renderer: Renderer,
    pub transport: MailTransport,
    /// `None`: no text message goes out.
    pub texts: Option<TextTransport>,
    pub retention: RetentionConfig,
    pub clock: Clock,
}

impl Worker {
    /// Works until `stop` says so; what is being sent then is finished first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut purge = tokio::time::interval(PURGE_EVERY);
        while !*stop.borrow() {
            tokio::select! {
                () = self.reset.outbox_changed() => tokio::time::sleep(a_moment()).await,
                () = tokio::time::sleep(POLL) => {}
                _ = purge.tick() => self.purge().await,
                _ = stop.changed() => return,
            }
            while !*stop.borrow() && self.send_due().await == Ok(BATCH) {}
        }
    }
}

/// Anything from nothing to the whole of [`HESITATION`].
fn a_moment() -> Duration {
    HESITATION.mul_f64(f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX))
}
