//! What script adds to `/one-moment`: it solves the puzzle in short turns, so that the page stays usable, and sends the
//! form. By hand rather than with signals, as in `live_code`.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement};

use super::live_code::run_timers;
use crate::puzzle;

/// How long one turn takes, in milliseconds.
const TURN: f64 = 10.0;

/// Numbers that are tried between two looks at the clock.
const AT_ONCE: u32 = 256;

/// Works on elements of the page: the form `one-moment`, its field `proof`, and the sentence `by-itself`.
#[island]
pub fn SolvePuzzle() -> impl IntoView {
    Effect::new(|_| {
        run_timers();
        start();
    });
}

fn start() -> Option<()> {
    let form: HtmlFormElement = document().get_element_by_id("one-moment")?.dyn_into().ok()?;
    let field: HtmlInputElement = document().get_element_by_id("proof")?.dyn_into().ok()?;
    let _hidden_no_more = document().get_element_by_id("by-itself")?.remove_attribute("hidden");
    let number = |name: &str| form.get_attribute(name)?.parse::<u32>().ok();
    let (seed, bits) = (form.get_attribute("data-seed")?, number("data-bits")?);
    let at = |seconds: u32| js_sys::Date::now() + f64::from(seconds) * 1000.0;
    // A second more: the server's clock decides.
    let (due, ripe) = (at(number("data-pause")?), at(number("data-ripe")? + 1));
    let (next, is_solved, is_sent) = (Cell::new(0), Cell::new(false), Cell::new(false));
    let turn = move || {
        let end = js_sys::Date::now() + TURN;
        while !is_solved.get() && js_sys::Date::now() < end {
            let from = next.get();
            next.set(from + AT_ONCE);
            if let Some(found) = (from..from + AT_ONCE).find(|number| puzzle::is_solved(&seed, *number, bits)) {
                field.set_value(&found.to_string());
                is_solved.set(true);
            }
        }
        let now = js_sys::Date::now();
        if !is_sent.get() && now >= due && (is_solved.get() || now >= ripe) {
            is_sent.set(true);
            let _sent = form.submit();
        }
    };
    set_interval(turn, Duration::from_millis(1));
    Some(())
}
