//! `/link-unreadable`: a link of which a part is missing or changed. That says nothing about the request: it may be open,
//! and its link may work as soon as it is whole.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::context::PageContext;

/// Says what to do with the link.
#[component]
pub fn LinkUnreadablePage() -> impl IntoView {
    let context = PageContext::current()?;
    context.status(StatusCode::BAD_REQUEST);
    Some(draw_link_unreadable(&context))
}

/// The inside of the page, for `/auth-redirect` as well.
pub fn draw_link_unreadable(context: &PageContext) -> AnyView {
    view! {
        <Title text=context.say("unreadable-title")/>
        <h1>{context.say("unreadable-title")}</h1>
        <p>{context.say("unreadable-intro")}</p>
        <p>{context.say("unreadable-copy")}</p>
        <p>{context.say("unreadable-code")}</p>
        <p><a class="button" href="/code">{context.say("check-inbox-to-code")}</a></p>
        <p><a class="button secondary" href="/forgot-password">{context.say("expired-again")}</a></p>
    }
    .into_any()
}
