//! The kinds of events that the operator's app can receive; `docs/webhooks.md` has their contents.

use super::words::words;

words! {
    /// A kind of event, in the order of the documentation. Its word stands in `type`, in settings and in the database.
    pub enum WebhookEvent {
        /// Somebody asked for a reset.
        ResetRequested = "reset.requested",
        /// A new password was set.
        ResetCompleted = "reset.completed",
        /// A reset was cancelled, or the password that it set was revoked.
        ResetCancelled = "reset.cancelled",
        /// The message of a reset could not be delivered, and retries have ended.
        ResetDeliveryFailed = "reset.delivery_failed",
        /// Too many wrong codes were entered: the codes of an account are closed.
        AccountLockedOut = "account.locked_out",
    }
}
