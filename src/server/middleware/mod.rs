//! The middleware of the server. `server::build` lists it in order.

mod errors;
mod facts;
mod forms;
mod headers;
mod host;
mod numbers;
mod once;
mod origin;
mod root;

pub(super) use errors::{after_panic, plain_errors, timeout};
pub(super) use facts::{Facts, request_facts};
pub(super) use forms::forms;
pub(super) use headers::security_headers;
pub(super) use host::known_host;
pub(super) use numbers::count_requests;
use once::only;
pub(super) use origin::same_origin;
pub(super) use root::calls_at_root;
