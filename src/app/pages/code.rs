//! `/code`: asks for the code from a text message or an email. It is the same for known and unknown accounts: what it
//! says about the message and the remaining time depends only on the request.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::actions::CheckCode;
use crate::app::asking::Resend;
use crate::app::components::{Content, NoticeBox, PostForm};
use crate::app::context::PageContext;
use crate::app::islands::{LivePage, time};
use crate::app::views::{self, AskedCode, CodeView};
use crate::model::Page;

/// Asks for the code, and offers a new one.
#[component]
pub fn CodePage() -> impl IntoView {
    view! { <Content gather=views::code draw/> }
}

fn draw(context: &PageContext, page: CodeView) -> AnyView {
    let CodeView::Asked(page) = page else { return ().into_any() };
    let way = page.way.as_str();
    let intro = match &page.told {
        Some(told) => view! { <p class="told" role="status">{told.clone()}</p> }.into_any(),
        None => {
            let values = [("way", way.into()), ("identifier", page.typed.as_str().into())];
            view! { <p>{context.text("code-intro", &values)}</p> }.into_any()
        }
    };
    let left = draw_timer(context, "code-time", "code-over", page.seconds_left);
    let form = draw_form(context, &page);
    let resend = draw_resend(context, &page);
    view! {
        <Title text=context.say("code-title")/>
        <h1>{context.say("code-title")}</h1>
        <LivePage/>
        <NoticeBox notice=page.notice.clone()/>
        {intro}
        {form}
        {left}
        {resend}
        {(way != "email").then(|| view! { <p class="hint">{context.say("code-risk")}</p> })}
        <p><a href=Page::ForgotPassword.path()>{context.say("resend-other")}</a></p>
    }
    .into_any()
}

fn draw_form(context: &PageContext, page: &AskedCode) -> AnyView {
    let invalid = page.code_is_wrong;
    let fields = view! {
        <div class="field">
            <label for="code">{context.say("code-label")}</label>
            <input
                id="code"
                name="code"
                class="code"
                type="text"
                inputmode="numeric"
                autocomplete="one-time-code"
                autocapitalize="none"
                spellcheck="false"
                maxlength="500"
                required
                aria-invalid=invalid.then_some("true")
                aria-describedby=if invalid { "code-hint notice" } else { "code-hint" }
            />
            <p id="code-hint" class="hint">{context.text("code-hint", &[("way", page.way.as_str().into())])}</p>
        </div>
        <button type="submit" class="button">{context.say("code-submit")}</button>
    };
    view! {
        <PostForm<CheckCode> attr:novalidate=true>{fields}</PostForm<CheckCode>>
    }
    .into_any()
}

fn draw_resend(context: &PageContext, page: &AskedCode) -> AnyView {
    // If two channels are offered, "send a new code" would duplicate one of them.
    let usual = (page.other_ways.len() < 2).then(|| {
        view! { <button type="submit" class="button secondary">{context.say("resend-submit")}</button> }
    });
    let others = page.other_ways.iter().map(|way| {
        let words = context.say(&format!("resend-{way}"));
        view! { <button type="submit" class="button secondary" name="channel" value=way.clone()>{words}</button> }
    });
    let spam = (page.way == "email").then(|| view! { <p>{context.say("resend-spam")}</p> });
    let fields = view! {
        <h2>{context.say("resend-title")}</h2>
        {spam}
        {draw_timer(context, "resend-wait", "resend-now", page.seconds_to_wait)}
        {usual}
        {others.collect_view()}
    };
    view! {
        <PostForm<Resend> attr:class="aside">{fields}</PostForm<Resend>>
    }
    .into_any()
}

/// A countdown. Without JavaScript it shows the time at page load. `over` replaces it at zero.
pub(super) fn draw_timer(context: &PageContext, text: &str, over: &str, seconds: u32) -> AnyView {
    let text = context.text(text, &[("time", "{}".into())]);
    let (before, after) = text.split_once("{}").unwrap_or((&text, ""));
    let after = Some(after).filter(|after| !after.is_empty()).map(str::to_owned);
    let is_over = seconds == 0;
    view! {
        <p class="timer" hidden=is_over>
            {before.to_owned()}<span role="timer" data-seconds=seconds.to_string()>{time(seconds)}</span>{after}
        </p>
        <p class="timer over" hidden=!is_over>{context.say(over)}</p>
    }
    .into_any()
}
