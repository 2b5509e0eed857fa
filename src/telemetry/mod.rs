//! Observability: logs (here), metrics (`metrics`), traces (`traces`, `collector`) and the worker's heartbeat
//! (`heartbeat`). Logs go to standard error, as text or as JSON.

mod attributes;
mod collector;
mod heartbeat;
mod metrics;
mod traces;

use std::io::{self, IsTerminal, Write};
use std::panic;

use tracing_subscriber::filter::{FilterFn, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

pub use collector::CollectorError;
pub use heartbeat::Heartbeat;
pub use metrics::{Metrics, SendOutcome, Sending};
pub use traces::{Traces, request_answered, request_begun};

/// The default filter: Keyback's own steps, and warnings of other libraries. The session layer warns about cookies of
/// ended sessions, which is normal here because a reset ends sessions.
pub const DEFAULT_FILTER: &str = "warn,keyback=info,tower_sessions_core=error";

/// Starts logging, and tracing if there is a collector.
///
/// # Errors
/// If the filter cannot be read. The message says which part.
pub fn start(filter: &str, json: bool, traces: Option<&Traces>) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log {filter}: {error}"))?;
    let for_a_terminal = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_ansi(for_a_terminal).with_writer(|| OneLine);
    let lines: Box<dyn Layer<_> + Send + Sync> = if json { Box::new(lines.json()) } else { Box::new(lines) };
    // One filter for all layers. With one per layer, sqlx's queries of the filters at every statement make them miss
    // the next event or span, and log events must not get lost.
    let traces = traces.map(Traces::layer);
    let log = Registry::default().with(lines).with(traces).with(filter).with(nothing_of_people());
    log.try_init().map_err(|error| error.to_string())?;
    log_panics();
    Ok(())
}

/// From now on, a panic is logged like any other event, with the id of its request. A message that was formatted at run
/// time may contain anything and is left out.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(location, words = panic.payload().downcast_ref::<&'static str>(), "a task panicked");
    }));
}

/// Blocks the log events of libraries that repeat what people typed, whatever filter an operator sets: the one for
/// phone numbers logs them at its finest level, and the one for agents logs whole messages, including passwords.
pub fn nothing_of_people() -> FilterFn {
    filter_fn(|metadata| !["rlibphonenumber", "rmcp"].iter().any(|library| metadata.target().starts_with(library)))
}

/// Standard error with one line per event. A line break within an event, perhaps from a remote server, must not pass
/// for the beginning of another event (SECURITY.md, requirement 76).
struct OneLine;

impl Write for OneLine {
    /// Called once per event.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let mut line = Vec::with_capacity(event.len());
        for byte in event.strip_suffix(b"\n").unwrap_or(event) {
            match byte {
                b'\n' => line.extend_from_slice(b"\\n"),
                b'\r' => line.extend_from_slice(b"\\r"),
                _ => line.push(*byte),
            }
        }
        line.push(b'\n');
        io::stderr().lock().write_all(&line)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
