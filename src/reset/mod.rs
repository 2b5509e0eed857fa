//! The core. A reset has four steps. `request` records what is wanted. `dispatch` and `prepare` find the account and
//! create the secrets; `contacts` chooses where the message goes. `verify` turns a link key or a code into a grant, and
//! `arrival` judges who comes with it. `complete` sets the password, and `write` puts it where
//! the accounts are.
//!
//! `asking` says with which identifiers people may ask, `admission` which browsers may begin a session or must wait.
//! `cancel` ends a reset that somebody else requested, `notices` informs the owner, and `reveal` and `timeline` tell
//! programs with a secret key what pages must not show.
#![warn(missing_docs)]

mod admission;
mod arrival;
mod asking;
mod cancel;
mod challenge;
mod compare;
mod complete;
mod contacts;
mod dispatch;
mod error;
mod finish;
mod hand_out;
mod notices;
mod prepare;
mod recorder;
mod request;
mod resend;
mod reveal;
mod scanner;
mod shared;
mod targets;
mod timeline;
mod verify;
mod write;
mod write_by_call;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::accounts::{AccountTools, PasswordPolicy};
use crate::clock::Clock;
use crate::config::Config;
use crate::limits::Limits;
use crate::model::RedirectAllowList;
use crate::refusals::Refusals;
use crate::store::Store;
use crate::webhooks::Webhooks;

pub use crate::accounts::{Assessment, PolicyViolation, first_reason};
pub use crate::limits::LimitReached;
pub use admission::Admission;
pub use arrival::{Arrival, BrowserState, GrantedAccount};
pub use asking::Asking;
pub use cancel::{CancelSubject, Cancelled, Over};
pub use challenge::Granted;
pub use dispatch::Dispatch;
pub use error::{
    CodeError, CompleteByCodeError, CompleteError, Fault, LinkError, RequestError, UNAVAILABLE_RETRY_AFTER,
};
pub use hand_out::HandedOut;
pub use request::{Requested, ResetRequest};
pub use reveal::{Reveal, RevealedAccount, RevealedDelivery, RevealedRequest};
pub use timeline::{ResetStatus, RevealedStep, RevealedTimeline};
pub use verify::OpenedLink;

use recorder::Recorder;
use shared::{Settings, Shared};

/// How long the "this wasn't me" link in a notice can lock the new password.
const NOTICE_CANCEL_TTL: Duration = Duration::from_secs(72 * 60 * 60);

/// How long the message of a request is retried. The time of the link begins when the message is sent.
const REQUEST_GIVE_UP: Duration = Duration::from_secs(4 * 60 * 60);

/// How long a notice is retried.
const NOTICE_GIVE_UP: Duration = Duration::from_secs(24 * 60 * 60);

/// How many grants of one challenge may be valid at once, for devices that have the form open.
const LIVE_GRANTS: i64 = 5;

/// The steps of a reset over one database. A handle: its clones share everything.
#[derive(Clone)]
pub struct ResetService(Arc<Shared>);

/// What the handles share. The steps read it as fields of the handle.
impl Deref for ResetService {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl ResetService {
    /// Creates the service.
    pub fn new(
        config: &Config,
        store: Store,
        accounts: AccountTools,
        limits: Limits,
        refusals: Refusals,
        clock: Clock,
    ) -> Self {
        let key = config.server.secret_key.clone();
        let AccountTools { directory, hasher, policy } = accounts;
        Self(Arc::new(Shared {
            directory,
            recorder: Recorder::new(store.clone(), refusals, clock.clone()),
            webhooks: Webhooks::new(config.webhooks.as_ref()),
            asking: Asking::new(config),
            admission: Admission {
                store: store.clone(),
                limits: limits.clone(),
                clock: clock.clone(),
                key: key.clone(),
            },
            settings: Settings {
                link_ttl: config.reset.link_ttl,
                code_ttl: config.reset.code_ttl,
                grant_ttl: config.reset.grant_ttl,
                max_code_attempts: i64::from(config.reset.max_code_attempts),
                max_open_per_identifier: i64::from(config.reset.max_open_per_identifier),
                resend_cooldown: config.reset.resend_cooldown,
                redirects: config.redirects.clone(),
                conceal_accounts: config.api.conceal_accounts,
            },
            webhooks_changed: Notify::new(),
            key,
            limits,
            store,
            hasher,
            policy,
            clock,
        }))
    }

    /// With which identifiers people may ask, and on which channels messages may go.
    pub fn asking(&self) -> &Asking {
        &self.asking
    }

    /// Whether an app keeps the accounts, in a database of its own or behind HTTP.
    pub fn has_app(&self) -> bool {
        self.directory.own().is_none()
    }

    /// Whether the app's database or endpoint answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn app_answers(&self) -> Result<(), Fault> {
        Ok(self.directory.answers().await?)
    }

    /// Which browsers may begin a session or must wait.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// The password rules in force.
    pub fn policy(&self) -> &PasswordPolicy {
        &self.policy
    }

    /// The registered targets of links.
    pub fn redirects(&self) -> &RedirectAllowList {
        &self.settings.redirects
    }

    /// Waits until this process may have queued a webhook. Polling finds the webhooks of other instances, and messages,
    /// which are not sent at once.
    pub async fn webhooks_changed(&self) {
        self.webhooks_changed.notified().await;
    }

    /// Call after committing a transaction that may have queued a webhook.
    fn wake_webhooks(&self) {
        self.webhooks_changed.notify_one();
    }
}
