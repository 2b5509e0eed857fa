//! The `keyback` binary: runs the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyback::cli::run()
}
