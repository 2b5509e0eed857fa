//! The page for all other paths.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::context::PageContext;
use crate::model::Page;

/// Says that the page doesn't exist.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let context = PageContext::current()?;
    context.status(StatusCode::NOT_FOUND);
    Some(view! {
        <Title text=context.say("not-found-title")/>
        <h1>{context.say("not-found-title")}</h1>
        <p>{context.say("not-found-intro")}</p>
        <p><a class="button" href=Page::ForgotPassword.path()>{context.say("to-start")}</a></p>
    })
}
