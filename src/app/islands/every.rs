//! Runs something again and again in the browser.

use std::time::Duration;

use leptos::prelude::set_interval;

/// Takes a boxed closure, so that all callers share the same compiled code.
pub(super) fn every(milliseconds: u64, turn: Box<dyn Fn()>) {
    set_interval(turn, Duration::from_millis(milliseconds));
}
