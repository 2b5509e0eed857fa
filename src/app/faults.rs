//! Our own faults: written to the log once, and answered with 503 when they pass by themselves, else
//! with 500. Called by the views and the actions.

use leptos::prelude::ServerFnError;
use serde::{Deserialize, Serialize};
use tower_sessions::session::Error as SessionError;
use tower_sessions::session_store::Error as SessionStoreError;

use super::context::PageContext;
use crate::reset::Fault;

/// It is our fault; the log says why, and the answer has its status.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PageFault;

impl From<PageFault> for ServerFnError {
    fn from(_: PageFault) -> Self {
        Self::new("fault")
    }
}

/// The session cannot be read or written. Behind it is the database alone.
pub fn session_fault(error: SessionError) -> PageFault {
    tracing::error!(%error, "the session cannot be read or written");
    answer(matches!(error, SessionError::Store(SessionStoreError::Backend(_))))
}

/// A step failed.
pub fn our_fault(fault: &Fault) -> PageFault {
    tracing::error!(error = %fault, "a step failed");
    answer(fault.is_passing())
}

fn answer(is_passing: bool) -> PageFault {
    if let Some(context) = PageContext::current() {
        context.fault(is_passing);
    }
    PageFault
}
