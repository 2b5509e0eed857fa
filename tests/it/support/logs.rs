//! Everything that is logged, at the finest level of every library, so that tests can search it for secrets
//! (SECURITY.md, requirement 75).

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use keyback::telemetry::nothing_of_people;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

pub(crate) fn keep_all() {
    static START: Once = Once::new();
    START.call_once(|| {
        let all = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(Keeper);
        all.finish().with(nothing_of_people()).init();
    });
}

/// The lines that hold one of the secrets.
pub(crate) fn lines_with(secrets: &[String]) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let text = String::from_utf8_lossy(&lines);
    text.lines().filter(|line| secrets.iter().any(|secret| line.contains(secret))).map(str::to_owned).collect()
}

#[derive(Clone, Copy)]
struct Keeper;

impl Write for Keeper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Keeper {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}
