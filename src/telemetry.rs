//! Logs, on standard error: for people by default, as JSON on request. Set up once by `cli`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

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
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(for_a_terminal).with_writer(std::io::stderr);
    let done = if json { subscriber.json().try_init() } else { subscriber.try_init() };
    done.map_err(|error| error.to_string())
}
