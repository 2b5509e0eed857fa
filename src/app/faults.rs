//! Faults on our side: logs them once, and answers with 503 if they may be temporary and with 500 otherwise.

use leptos::prelude::ServerFnError;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use tower_sessions::session::Error as SessionError;
use tower_sessions::session_store::Error as SessionStoreError;

use super::context::PageContext;
use crate::reset::Fault;

/// A fault on our side. It is already logged, and the status of the answer is set.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PageFault;

impl FromServerFnError for PageFault {
    type Encoder = JsonEncoding;

    /// Nothing that a form can contain causes this: the layer `forms` refuses what Leptos can't read.
    fn from_server_fn_error(_error: ServerFnErrorErr) -> Self {
        Self
    }
}

impl From<PageFault> for ServerFnError {
    fn from(_: PageFault) -> Self {
        Self::new("fault")
    }
}

/// Handles a session that can't be read or written. A backend error comes from the database, so it may be temporary.
pub fn session_fault(error: SessionError) -> PageFault {
    tracing::error!(%error, "could not read or write a session; the person gets an error page");
    answer(matches!(error, SessionError::Store(SessionStoreError::Backend(_))))
}

/// Handles a failed step of a reset.
pub fn our_fault(fault: &Fault) -> PageFault {
    tracing::error!(error = %fault, "a page or form failed; the person gets an error page");
    answer(fault.is_passing())
}

fn answer(is_passing: bool) -> PageFault {
    if let Some(context) = PageContext::current() {
        context.fault(is_passing);
    }
    PageFault
}
