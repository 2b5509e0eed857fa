//! Background work: sends what is in the outbox, and deletes expired data. Every instance may run one worker.

mod breaker;
mod counted;
mod flow;
mod lanes;
mod purge;
mod send;
mod settle;

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::RetentionConfig;
use crate::delivery::{MailTransport, Renderer, TextTransport, WebhookTransport};
use crate::model::{Channel, OutboxLane};
use crate::reset::ResetService;
use crate::store::Store;
use crate::telemetry::{Heartbeat, Metrics};

pub use lanes::Lanes;
pub use send::OutboxUnreadable;

/// How long the worker waits for the database.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often old rows are deleted.
const PURGE_EVERY: Duration = Duration::from_secs(10 * 60);

/// What a worker needs.
#[derive(Clone)]
pub struct Worker {
    pub reset: ResetService,
    pub store: Store,
    pub renderer: Renderer,
    pub transport: MailTransport,
    /// `None` if no text messages are sent.
    pub texts: Option<TextTransport>,
    /// The lanes of this process.
    pub lanes: Lanes,
    /// `None` if no webhooks are sent.
    pub webhooks: Option<WebhookTransport>,
    pub retention: RetentionConfig,
    pub clock: Clock,
    pub metrics: Metrics,
    /// Beats once per round.
    pub heartbeat: Heartbeat,
}

impl Worker {
    /// Works until `stop` is set, and finishes what is being sent then.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        tokio::join!(
            self.work_off(OutboxLane::Messages(Channel::Email), stop.clone()),
            self.work_off(OutboxLane::Messages(Channel::Sms), stop.clone()),
            self.work_off_webhooks(stop.clone()),
            self.tidy_up(stop.clone()),
            self.look_after_app(stop),
        );
    }

    /// Processes webhooks. An instance without an endpoint leaves them to the others.
    async fn work_off_webhooks(&self, stop: watch::Receiver<bool>) {
        if self.webhooks.is_some() {
            self.work_off(OutboxLane::Webhooks, stop).await;
        }
    }

    async fn tidy_up(&self, mut stop: watch::Receiver<bool>) {
        let mut purge = tokio::time::interval(PURGE_EVERY);
        loop {
            // If it is stopped in the middle of a batch, that batch is rolled back.
            tokio::select! {
                () = async { purge.tick().await; self.purge().await } => {}
                _ = stop.changed() => return,
            }
        }
    }
}

/// A database that stops answering must not block the worker forever.
async fn answered<T, E: std::fmt::Display>(asked: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("the database does not answer".to_owned()),
    }
}
