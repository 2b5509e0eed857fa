//! `/api/v1/resets`: password resets in an app's own pages, one file per step.

pub(super) mod cancel;
pub(super) mod complete;
pub(super) mod request;
pub(super) mod timeline;
pub(super) mod verify;
