//! `/another-link`: asks for confirmation when a link is for something other than what this browser has open. It may
//! come from another request of the same person, or from an attacker who wants the person to enter a password for the
//! attacker's account. Two masked addresses can look the same, so the page shows what was entered here in full.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::actions::GoOnWithAnotherLink;
use crate::app::components::{Content, PostForm};
use crate::app::context::PageContext;
use crate::app::views::{self, AnotherLinkView};
use crate::model::Page;

/// Asks whether to continue with the link.
#[component]
pub fn AnotherLinkPage() -> impl IntoView {
    view! { <Content gather=views::another_link draw/> }
}

fn draw(context: &PageContext, page: AnotherLinkView) -> AnyView {
    let AnotherLinkView::Waiting { asked, open, name, form } = page else { return ().into_any() };
    let (here, stay, way_back) = match (&asked, &open) {
        (Some(asked), Some(_)) => (Some(("another-link-asked", asked)), "another-link-back", Page::ResetPassword),
        (Some(asked), None) => (Some(("another-link-asked", asked)), "another-link-stay", Page::Code),
        (None, Some(open)) => (Some(("another-link-open", open)), "another-link-back", Page::ResetPassword),
        (None, None) => (None, "to-start", Page::ForgotPassword),
    };
    let here = here.map(|(text, account)| {
        view! { <p>{context.text(text, &[("account", account.as_str().into())])}</p> }
    });
    let fields = view! {
        <input type="hidden" name="form" value=form.into_value()/>
        <p>{context.say("another-link-sure")}</p>
        <button type="submit" class="button secondary">{context.say("another-link-submit")}</button>
    };
    view! {
        <Title text=context.say("another-link-title")/>
        <h1>{context.say("another-link-title")}</h1>
        {here}
        <p>{context.text("another-link-this", &[("account", name.as_str().into())])}</p>
        <p>{context.say("another-link-warning")}</p>
        <p><a class="button" href=way_back.path()>{context.say(stay)}</a></p>
        <PostForm<GoOnWithAnotherLink> attr:class="aside">{fields}</PostForm<GoOnWithAnotherLink>>
    }
    .into_any()
}
