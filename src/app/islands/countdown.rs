//! Time that runs out, in minutes and seconds. Without JavaScript it shows what was left when the page
//! was made. Used by the page `/code`.

use std::time::Duration;

use leptos::prelude::*;

/// `text` holds `{}` where the time stands; `over` is said when it is up.
#[island]
pub fn Countdown(text: String, seconds: u32, over: String) -> impl IntoView {
    let left = RwSignal::new(seconds);
    Effect::new(move |_| {
        let end = js_sys::Date::now() + f64::from(seconds) * 1000.0;
        let tick = move || left.set(((end - js_sys::Date::now()) / 1000.0).ceil().max(0.0) as u32);
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            Effect::new(move |_| {
                if left.get() == 0 {
                    ticking.clear();
                }
            });
        }
    });
    let words = move || match left.get() {
        0 => over.clone(),
        left => text.replace("{}", &format!("{}:{:02}", left / 60, left % 60)),
    };
    view! { <p role="timer" class="hint">{words}</p> }
}
