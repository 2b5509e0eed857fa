//! What every step of a reset uses.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::admission::Admission;
use super::asking::Asking;
use super::recorder::Recorder;
use crate::accounts::{Directory, Hasher, PasswordPolicy};
use crate::clock::Clock;
use crate::limits::Limits;
use crate::model::{RedirectAllowList, ServerKey};
use crate::store::Store;
use crate::webhooks::Webhooks;

/// The parts of the service.
pub struct Shared {
    pub(super) store: Store,
    pub(super) directory: Directory,
    pub(super) hasher: Hasher,
    pub(super) limits: Limits,
    pub(super) policy: Arc<PasswordPolicy>,
    pub(super) recorder: Recorder,
    pub(super) webhooks: Webhooks,
    pub(super) clock: Clock,
    pub(super) key: ServerKey,
    pub(super) asking: Asking,
    pub(super) admission: Admission,
    pub(super) settings: Settings,
    pub(super) webhooks_changed: Notify,
}

/// The operator's settings.
pub(super) struct Settings {
    pub(super) link_ttl: Duration,
    pub(super) code_ttl: Duration,
    pub(super) grant_ttl: Duration,
    pub(super) max_code_attempts: i64,
    pub(super) max_open_per_identifier: i64,
    pub(super) resend_cooldown: Duration,
    pub(super) redirects: RedirectAllowList,
    pub(super) conceal_accounts: bool,
}
