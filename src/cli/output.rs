//! The output of commands: results on standard output, errors and notes on standard error.

use std::io::Write;

use serde::Serialize;

use super::Failure;

/// The two streams.
pub struct Output;

impl Output {
    pub(super) fn say(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(std::io::stdout(), "{line}")?)
    }

    /// One JSON value on one line.
    pub(super) fn say_json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        self.say(&serde_json::to_string(value)?)
    }

    pub(super) fn complain(&mut self, line: &str) {
        // If writing to standard error fails, there is nowhere left to report it.
        let _nobody_listens = writeln!(std::io::stderr(), "keyback: {line}");
    }
}
