//! `/slow-down`: for browsers whose network has started too many sessions. The page itself needs no session.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::context::PageContext;

/// The window of the limit, in seconds.
const WINDOW: u64 = 15 * 60;

/// Says when to try again.
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
