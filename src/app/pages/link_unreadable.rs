//! `/link-unreadable`: for links with a missing or changed part. The request may still be open, and its complete link
//! may work.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::context::PageContext;
use crate::model::Page;

/// Says what to do with the link.
#[component]
pub fn LinkUnreadablePage() -> impl IntoView {
    let context = PageContext::current()?;
    context.status(StatusCode::BAD_REQUEST);
    Some(draw_link_unreadable(&context))
}

/// The content of the page, which `/auth-redirect` also shows.
pub fn draw_link_unreadable(context: &PageContext) -> AnyView {
    view! {
        <Title text=context.say("unreadable-title")/>
        <h1>{context.say("unreadable-title")}</h1>
        <p>{context.say("unreadable-intro")}</p>
        <p>{context.say("unreadable-copy")}</p>
        <p>{context.say("unreadable-code")}</p>
        <p><a class="button" href=Page::Code.path()>{context.say("check-inbox-to-code")}</a></p>
        <p><a class="button secondary" href=Page::ForgotPassword.path()>{context.say("expired-again")}</a></p>
    }
    .into_any()
}
