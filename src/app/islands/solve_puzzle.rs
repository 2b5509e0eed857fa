//! Solves the puzzle on `/one-moment` in short turns, so that the page stays responsive, and sends the form.

use std::cell::Cell;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::every::every;
use crate::puzzle::Puzzle;

/// The length of one turn, in milliseconds.
const TURN: f64 = 10.0;

/// How many numbers to try before looking at the clock again.
const AT_ONCE: u32 = 256;

/// Works with the field `proof`, its form, and the sentence after the field. `None` means that this is another page.
pub(super) fn start() -> Option<()> {
    let field: HtmlInputElement = document().get_element_by_id("proof")?.dyn_into().ok()?;
    let form = field.form()?;
    let _hidden_no_more = field.next_element_sibling()?.remove_attribute("hidden");
    let number = |name: &str| field.get_attribute(name)?.parse::<u32>().ok();
    let (puzzle, bits) = (Puzzle::new(&field.get_attribute("data-seed")?)?, number("data-bits")?);
    let due = js_sys::Date::now() + f64::from(number("data-pause")?) * 1000.0;
    let (next, is_solved, is_sent) = (Cell::new(0), Cell::new(false), Cell::new(false));
    let turn = move || {
        let end = js_sys::Date::now() + TURN;
        while !is_solved.get() && js_sys::Date::now() < end {
            let from = next.get();
            next.set(from + AT_ONCE);
            if let Some(found) = (from..from + AT_ONCE).find(|number| puzzle.is_solved_by(*number, bits)) {
                field.set_value(&found.to_string());
                is_solved.set(true);
            }
        }
        if is_solved.get() && !is_sent.get() && js_sys::Date::now() >= due {
            is_sent.set(true);
            let _sent = form.request_submit();
        }
    };
    every(1, Box::new(turn));
    Some(())
}
