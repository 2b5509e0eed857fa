//! `/not-me`: the target of the "this wasn't me" link in messages. Opening it cancels nothing, because scanners also
//! open links; the button does.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::actions::NotMe;
use crate::app::components::{Content, NoticeBox, PostForm};
use crate::app::context::PageContext;
use crate::app::field::FormName;
use crate::app::views::{self, NotMeView, OverBecause};
use crate::app::visit::CancelledWhat;
use crate::model::Page;

/// Cancels a request, or removes a password that somebody else has set.
#[component]
pub fn NotMePage() -> impl IntoView {
    view! { <Content gather=views::not_me draw/> }
}

fn draw(context: &PageContext, page: NotMeView) -> AnyView {
    match page {
        NotMeView::Redirecting => ().into_any(),
        NotMeView::Question { notice, what, form } => draw_question(context, notice, what, form),
        NotMeView::Done(CancelledWhat::Request) => {
            draw_answer(context, "not-me-done-title", vec![context.say("not-me-done-open")])
        }
        NotMeView::Done(CancelledWhat::Password) => {
            let answer = draw_answer(context, "not-me-done-title", vec![context.say("not-me-done-completed")]);
            view! { {answer} {draw_start(context)} }.into_any()
        }
        NotMeView::Over { why, time } => draw_over(context, why, &time),
        NotMeView::Unknown => {
            let answer = [context.say("not-me-unknown"), context.say("not-me-each-message")];
            draw_answer(context, "not-me-unknown-title", answer.into())
        }
        NotMeView::Unreadable => {
            let waiting = context.text("not-me-waiting", &[("minutes", context.settings.link_minutes.into())]);
            let answer = [context.say("not-me-unreadable"), context.say("not-me-copy"), waiting];
            draw_answer(context, "unreadable-title", answer.into())
        }
        NotMeView::NoLink => {
            let answer = [context.say("not-me-no-link"), context.say("not-me-copy")];
            draw_answer(context, "not-me-no-link-title", answer.into())
        }
    }
}

fn draw_question(context: &PageContext, notice: Option<String>, what: CancelledWhat, form: FormName) -> AnyView {
    let (intro, submit) = match what {
        CancelledWhat::Request => ("not-me-open", "not-me-submit-open"),
        CancelledWhat::Password => ("not-me-completed", "not-me-submit-completed"),
    };
    let fields = view! {
        <input type="hidden" name="form" value=form.into_value()/>
        <button type="submit" class="button danger">{context.say(submit)}</button>
    };
    view! {
        <Title text=context.say("not-me-title")/>
        <h1>{context.say("not-me-title")}</h1>
        <NoticeBox notice/>
        <p>{context.say(intro)}</p>
        <PostForm<NotMe>>{fields}</PostForm<NotMe>>
    }
    .into_any()
}

/// Says only what is true of this request, nothing about others.
fn draw_over(context: &PageContext, why: OverBecause, time: &str) -> AnyView {
    let (title, text, next) = match why {
        OverBecause::Cancelled => ("not-me-over-title", "not-me-over-cancelled", "not-me-each-message"),
        OverBecause::Expired => ("not-me-over-title", "not-me-over-expired", "not-me-each-message"),
        OverBecause::SetElsewhere => ("not-me-over-title", "not-me-over-elsewhere", "not-me-over-lock"),
        OverBecause::Replaced => ("not-me-over-title", "not-me-over-replaced", "not-me-each-message"),
        OverBecause::Set => ("not-me-set-title", "not-me-over-set", "not-me-over-choose"),
    };
    let answer = draw_answer(context, title, vec![context.text(text, &[("time", time.into())]), context.say(next)]);
    let start = (why == OverBecause::Set).then(|| draw_start(context));
    view! { {answer} {start} }.into_any()
}

fn draw_start(context: &PageContext) -> AnyView {
    view! { <p><a class="button" href=Page::ForgotPassword.path()>{context.say("to-start")}</a></p> }.into_any()
}

fn draw_answer(context: &PageContext, title: &str, answer: Vec<String>) -> AnyView {
    view! {
        <Title text=context.say(title)/>
        <h1>{context.say(title)}</h1>
        {answer.into_iter().map(|text| view! { <p>{text}</p> }).collect_view()}
    }
    .into_any()
}
