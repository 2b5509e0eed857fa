//! `/not-me`: from the "this wasn't me" link of a message. Opening it ends nothing (scanners open
//! links, too); the button does.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::components::Content;
use crate::app::context::PageContext;
use crate::app::views::{self, NotMeView};
use crate::app::visit::CancelledWhat;

/// Ends a request, or locks a password that somebody else chose.
#[component]
pub fn NotMePage() -> impl IntoView {
    view! { <Content gather=views::not_me draw/> }
}

fn draw(context: &PageContext, page: NotMeView) -> AnyView {
    match page {
        NotMeView::Redirecting => ().into_any(),
        NotMeView::OpenRequest => draw_question(context, "not-me-open", "not-me-submit-open"),
        NotMeView::CompletedReset => draw_question(context, "not-me-completed", "not-me-submit-completed"),
        NotMeView::Done(CancelledWhat::Request) => draw_answer(context, "not-me-done-title", "not-me-done-open"),
        NotMeView::Done(CancelledWhat::Password) => {
            let answer = draw_answer(context, "not-me-done-title", "not-me-done-completed");
            view! { {answer} <p><a class="button" href="/forgot-password">{context.say("to-start")}</a></p> }.into_any()
        }
        NotMeView::Done(CancelledWhat::Nothing) | NotMeView::NothingLeft => {
            draw_answer(context, "not-me-title", "not-me-gone")
        }
    }
}

fn draw_question(context: &PageContext, intro: &str, submit: &str) -> AnyView {
    view! {
        <Title text=context.say("not-me-title")/>
        <h1>{context.say("not-me-title")}</h1>
        <p>{context.say(intro)}</p>
        <form method="post" action="/actions/not-me">
            <button type="submit" class="button danger">{context.say(submit)}</button>
        </form>
    }
    .into_any()
}

fn draw_answer(context: &PageContext, title: &str, answer: &str) -> AnyView {
    view! {
        <Title text=context.say(title)/>
        <h1>{context.say(title)}</h1>
        <p>{context.say(answer)}</p>
    }
    .into_any()
}
