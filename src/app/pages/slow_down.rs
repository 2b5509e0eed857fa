//! `/slow-down`: for a browser whose network has begun too many sessions. Needs no session itself.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::context::PageContext;

/// The window of the limit, in seconds.
const WINDOW: u64 = 15 * 60;

/// Says when to come back.
#[component]
pub fn SlowDownPage() -> impl IntoView {
    let context = PageContext::current()?;
    context.status(StatusCode::TOO_MANY_REQUESTS);
    context.retry_after(WINDOW);
    Some(view! {
        <Title text=context.say("slow-down-title")/>
        <h1>{context.say("slow-down-title")}</h1>
        <p>{context.text("too-many-requests", &[("minutes", (WINDOW / 60).into())])}</p>
    })
}
