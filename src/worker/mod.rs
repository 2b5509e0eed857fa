//! The door driven by time: sends what is in the outbox and deletes what has had its time. Started
//! by `cli` beside the server; any number of instances may run one each.

mod breaker;
mod counted;
mod flow;
mod lanes;
mod purge;
mod send;

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::RetentionConfig;
use crate::delivery::{MailTransport, Renderer, TextTransport, WebhookTransport};
use crate::model::Channel;
use crate::reset::ResetService;
use crate::store::{OutboxLane, Store};
use crate::telemetry::{Heartbeat, Metrics};

pub use lanes::Lanes;
pub use send::OutboxUnreadable;

/// How long the database may take for what the worker asks of it.
const PATIENCE: Duration = Duration::from_secs(10);

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
    /// Where messages are on their way.
    pub lanes: Lanes,
    /// `None`: the operator's app is told nothing.
    pub webhooks: Option<WebhookTransport>,
    pub retention: RetentionConfig,
    pub clock: Clock,
    pub metrics: Metrics,
    /// Beats once a round.
    pub heartbeat: Heartbeat,
}

impl Worker {
    /// Works until `stop` says so; what is being sent then is finished first.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        tokio::join!(
            self.work_off(OutboxLane::Messages(Channel::Email), stop.clone()),
            self.work_off(OutboxLane::Messages(Channel::Sms), stop.clone()),
            self.work_off_webhooks(stop.clone()),
            self.tidy_up(stop),
        );
    }

    /// An instance that knows no endpoint leaves the events to those that do.
    async fn work_off_webhooks(&self, stop: watch::Receiver<bool>) {
        if self.webhooks.is_some() {
            self.work_off(OutboxLane::Webhooks, stop).await;
        }
    }

    async fn tidy_up(&self, mut stop: watch::Receiver<bool>) {
        let mut purge = tokio::time::interval(PURGE_EVERY);
        loop {
            // Stopped in the middle of a batch, it is undone.
            tokio::select! {
                () = async { purge.tick().await; self.purge().await } => {}
                _ = stop.changed() => return,
            }
        }
    }
}

/// A database that says nothing more must not be the end of the worker.
async fn answered<T, E: std::fmt::Display>(asked: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("the database does not answer".to_owned()),
    }
}
