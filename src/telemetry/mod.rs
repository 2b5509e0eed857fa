//! What is seen of this process from outside: its logs (here), its numbers (`metrics`), and whether its
//! worker is alive (`heartbeat`). The logs go to standard error, for people by default, as JSON on
//! request; set up once by `cli`.

mod heartbeat;
mod metrics;

use std::io::IsTerminal;

use tracing_subscriber::filter::{FilterFn, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

pub use heartbeat::Heartbeat;
pub use metrics::{Metrics, SendOutcome, Sending};

/// Where nothing is said: our own steps, other libraries' warnings. The session layer's warning about
/// cookies of sessions that have ended is normal here, for a reset ends sessions.
pub const DEFAULT_FILTER: &str = "warn,keyback=info,tower_sessions_core=error";

/// Begins to log.
///
/// # Errors
/// When the filter cannot be read: the message says which part.
pub fn start(filter: &str, json: bool) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log {filter}: {error}"))?;
    let for_a_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_ansi(for_a_terminal).with_writer(std::io::stderr);
    let lines: Box<dyn Layer<_> + Send + Sync> = if json { Box::new(lines.json()) } else { Box::new(lines) };
    let log = Registry::default().with(lines).with(filter).with(nothing_of_people());
    log.try_init().map_err(|error| error.to_string())
}

/// Lets nothing through from a library that repeats what people typed: the one that reads phone
/// numbers writes them down at its finest level, whatever filter an operator sets.
pub fn nothing_of_people() -> FilterFn {
    filter_fn(|metadata| !metadata.target().starts_with("rlibphonenumber"))
}
