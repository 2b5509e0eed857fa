//! `/link-expired`: the same page for unknown, expired, used and cancelled links, with a button to request a new one.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::context::PageContext;
use crate::model::Page;

/// Says that the link no longer works.
#[component]
pub fn LinkExpiredPage() -> impl IntoView {
    let context = PageContext::current()?;
    context.status(StatusCode::GONE);
    Some(draw_link_expired(&context))
}

/// The content of the page, which `/auth-redirect` also shows.
pub fn draw_link_expired(context: &PageContext) -> AnyView {
    view! {
        <Title text=context.say("expired-title")/>
        <h1>{context.say("expired-title")}</h1>
        <p>{context.say("expired-intro")}</p>
        <p><a class="button" href=Page::ForgotPassword.path()>{context.say("expired-again")}</a></p>
    }
    .into_any()
}
