//! What is seen of this process from outside: its logs (here), its numbers (`metrics`), its traces
//! (`traces`, `collector`), and whether its worker is alive (`heartbeat`). The logs go to standard error, for people by default, as JSON on
//! request; set up once by `cli`.

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

/// Where nothing is said: our own steps, other libraries' warnings. The session layer's warning about
/// cookies of sessions that have ended is normal here, for a reset ends sessions.
pub const DEFAULT_FILTER: &str = "warn,keyback=info,tower_sessions_core=error";

/// Begins to log, and to trace where there is a collector.
///
/// # Errors
/// When the filter cannot be read: the message says which part.
pub fn start(filter: &str, json: bool, traces: Option<&Traces>) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log {filter}: {error}"))?;
    let for_a_terminal = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_ansi(for_a_terminal).with_writer(|| OneLine);
    let lines: Box<dyn Layer<_> + Send + Sync> = if json { Box::new(lines.json()) } else { Box::new(lines) };
    // One filter for all. With one for each layer, what sqlx asks of the filters at every statement makes
    // them forget the next event or span (and an event of the log must not get lost).
    let traces = traces.map(Traces::layer);
    let log = Registry::default().with(lines).with(traces).with(filter).with(nothing_of_people());
    log.try_init().map_err(|error| error.to_string())?;
    log_panics();
    Ok(())
}

/// From now on a panic is an event of the log like any other, with the number of its request. Words
/// that were put together while it ran may hold anything and are left out.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(location, words = panic.payload().downcast_ref::<&'static str>(), "a panic");
    }));
}

/// Lets nothing through from libraries that repeat what people typed, whatever filter an operator sets: the one that
/// reads phone numbers writes them down at its finest level, the one that speaks to agents writes down whole messages,
/// passwords and all.
pub fn nothing_of_people() -> FilterFn {
    filter_fn(|metadata| !["rlibphonenumber", "rmcp"].iter().any(|library| metadata.target().starts_with(library)))
}

/// Standard error, a line an event: a line break in it, from a server that we talked to perhaps, must
/// not pass for the beginning of another event (security.md row 76).
struct OneLine;

impl Write for OneLine {
    /// Called once an event.
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
