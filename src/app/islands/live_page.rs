//! Enhances `/code` and `/one-moment` with countdowns and with the code from a text message (WebOTP) or the solution of
//! the puzzle. It renders nothing: the pages work without it. It doesn't use signals, because they would add a tenth to
//! the WASM of every page with an island.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlInputElement, Node};

use super::every::every;
use super::solve_puzzle;
use crate::app::wake_islands;

/// Works with elements of the page: the field `code`, the field `proof`, and each `role="timer"`. Both pages share one
/// island, because a second one would add half a kilobyte to each page.
#[island]
pub fn LivePage() -> impl IntoView {
    wake_islands();
    Effect::new(|_| {
        run_timers();
        if solve_puzzle::start().is_some() {
            return;
        }
        // Errors don't matter: the browser has no WebOTP, no message arrived, or the person prefers to type.
        spawn_local(async { drop(fill_from_text_message().await) });
    });
}

/// Starts the countdowns on the page.
fn run_timers() {
    if let Ok(timers) = document().query_selector_all("[role=timer]") {
        for index in 0..timers.length() {
            run(timers.item(index));
        }
    }
}

/// Counts down the seconds in `data-seconds`. At zero, the next sentence replaces the one with the countdown.
fn run(timer: Option<Node>) {
    let Some(timer) = timer.and_then(|timer| timer.dyn_into::<Element>().ok()) else { return };
    let seconds: u32 = timer.get_attribute("data-seconds").and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = js_sys::Date::now() + f64::from(seconds) * 1000.0;
    let tick = move || {
        let left = ((end - js_sys::Date::now()) / 1000.0).ceil().max(0.0) as u32;
        timer.set_text_content(Some(&time(left)));
        if let (0, Some(sentence)) = (left, timer.parent_element()) {
            let _shown_already = sentence.set_attribute("hidden", "");
            if let Some(next) = sentence.next_element_sibling() {
                let _hidden_no_more = next.remove_attribute("hidden");
            }
        }
    };
    every(1000, Box::new(tick));
}

/// Formats minutes and seconds: `9:05`.
pub fn time(seconds: u32) -> String {
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let zero = if seconds < 10 { "0" } else { "" };
    minutes.to_string() + ":" + zero + &seconds.to_string()
}

async fn fill_from_text_message() -> Result<(), JsValue> {
    let member = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &JsValue::from_str(name));
    if member(&window(), "OTPCredential")?.is_undefined() {
        return Ok(());
    }
    let credentials = member(&member(&window(), "navigator")?, "credentials")?;
    let get: js_sys::Function = member(&credentials, "get")?.dyn_into()?;
    let wanted = js_sys::JSON::parse(r#"{"otp":{"transport":["sms"]}}"#)?;
    let credential = JsFuture::from(js_sys::Promise::from(get.call1(&credentials, &wanted)?)).await?;
    let field = document().get_element_by_id("code").and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    if let (Some(field), Some(code)) = (field, member(&credential, "code")?.as_string()) {
        field.set_value(&code);
        if let Some(form) = field.form() {
            form.request_submit()?;
        }
    }
    Ok(())
}
