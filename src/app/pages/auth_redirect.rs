//! `/auth-redirect`: the default redirect target of links. With `action=reset-pwd` and an access token it redirects
//! immediately; with error parameters it shows our own message, never the text in the URL.

use leptos::prelude::*;
use leptos_meta::Title;

use super::link_expired::draw_link_expired;
use super::link_unreadable::draw_link_unreadable;
use crate::app::components::Content;
use crate::app::context::PageContext;
use crate::app::views::{self, ArrivalView};
use crate::model::Page;

/// Moves the token from the URL to the session.
#[component]
pub fn AuthRedirectPage() -> impl IntoView {
    view! { <Content gather=views::arrival draw/> }
}

fn draw(context: &PageContext, page: ArrivalView) -> AnyView {
    match page {
        ArrivalView::Redirecting => ().into_any(),
        ArrivalView::LinkRefused => draw_link_expired(context),
        ArrivalView::LinkUnreadable => draw_link_unreadable(context),
        ArrivalView::NothingToDo => view! {
            <Title text=context.say("redirect-title")/>
            <h1>{context.say("redirect-title")}</h1>
            <p>{context.say("redirect-intro")}</p>
            <p><a class="button" href=Page::ForgotPassword.path()>{context.say("to-start")}</a></p>
        }
        .into_any(),
    }
}
