//! `/api/v1/resets`: a reset in an app's own pages, a file a step.

pub(super) mod cancel;
pub(super) mod complete;
pub(super) mod request;
pub(super) mod timeline;
pub(super) mod verify;
