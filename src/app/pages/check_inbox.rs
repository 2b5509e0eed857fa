//! `/check-inbox`: says that a message may have been sent, in the same way for known and unknown addresses. It links to
//! `/code` for people who read their email on another device.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::components::Content;
use crate::app::context::PageContext;
use crate::app::views::{self, CheckInboxView};
use crate::model::Page;

/// Says what happens next.
#[component]
pub fn CheckInboxPage() -> impl IntoView {
    view! { <Content gather=views::check_inbox draw/> }
}

fn draw(context: &PageContext, page: CheckInboxView) -> AnyView {
    let CheckInboxView::Asked { typed } = page else { return ().into_any() };
    view! {
        <Title text=context.say("check-inbox-title")/>
        <h1>{context.say("check-inbox-title")}</h1>
        <p>{context.text("check-inbox-intro", &[("identifier", typed.as_str().into())])}</p>
        <p>{context.text("check-inbox-link", &[("minutes", context.settings.link_minutes.into())])}</p>
        <div class="aside">
            <h2>{context.say("check-inbox-code")}</h2>
            <p><a class="button secondary" href=Page::Code.path()>{context.say("check-inbox-to-code")}</a></p>
        </div>
        <p class="hint">{context.say("check-inbox-nothing")}</p>
        <p><a href=Page::ForgotPassword.path()>{context.say("check-inbox-again")}</a></p>
    }
    .into_any()
}
