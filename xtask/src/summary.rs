//! Runs the parts of a long run: prints a heading before each, and at the end a table of the results and times.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

enum Outcome {
    Passed(Duration),
    Failed(Duration),
    Skipped(&'static str),
}

#[derive(Default)]
pub(crate) struct Summary {
    parts: Vec<(&'static str, Outcome)>,
}

impl Summary {
    /// Runs one part and returns whether it passed. A failure is shown at once and remembered, so that later parts
    /// still run.
    pub(crate) fn part(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        println!("\n== {name}");
        let start = Instant::now();
        let result = work();
        let passed = result.is_ok();
        let outcome = match result {
            Ok(()) => Outcome::Passed(start.elapsed()),
            Err(error) => {
                eprintln!("{name}: {error:#}");
                Outcome::Failed(start.elapsed())
            }
        };
        self.parts.push((name, outcome));
        passed
    }

    /// Records, and prints, that a part cannot run here.
    pub(crate) fn skip(&mut self, name: &'static str, reason: &'static str) {
        println!("\n== {name}: SKIPPED, {reason}");
        self.parts.push((name, Outcome::Skipped(reason)));
    }

    /// Prints the table. Fails if any part has failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!("\n== summary");
        let mut failed = Vec::new();
        for (name, outcome) in self.parts {
            match outcome {
                Outcome::Passed(time) => println!("{name:<24} passed  {:>7.1} s", time.as_secs_f64()),
                Outcome::Skipped(reason) => println!("{name:<24} SKIPPED {reason}"),
                Outcome::Failed(time) => {
                    println!("{name:<24} FAILED  {:>7.1} s", time.as_secs_f64());
                    failed.push(name);
                }
            }
        }
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_part_does_not_stop_the_next_but_fails_the_whole() {
        let mut summary = Summary::default();
        assert!(!summary.part("first", || bail!("broken")));
        assert!(summary.part("second", || Ok(())));
        summary.skip("third", "not here");
        assert_eq!(summary.finish().unwrap_err().to_string(), "failed: first");
    }

    #[test]
    fn a_skipped_part_fails_nothing() {
        let mut summary = Summary::default();
        summary.skip("only", "not here");
        assert!(summary.finish().is_ok());
    }
}
