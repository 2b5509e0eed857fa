//! `/code`: takes the code from a text message or a mail. The same for known and unknown accounts:
//! what it says of the message and of the time that is left comes from what was asked alone.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::components::{Content, NoticeBox};
use crate::app::context::PageContext;
use crate::app::islands::{CodeField, Countdown};
use crate::app::views::{self, AskedCode, CodeView};

/// Where a countdown puts its time.
const TIME: &str = "{}";

/// Takes the code, and sends a new one.
#[component]
pub fn CodePage() -> impl IntoView {
    view! { <Content gather=views::code draw/> }
}

fn draw(context: &PageContext, page: CodeView) -> AnyView {
    let CodeView::Asked(page) = page else { return ().into_any() };
    let way = page.way.as_str();
    let told = page.told.clone().map(|told| view! { <p class="told" role="status">{told}</p> });
    let resend = draw_resend(context, &page);
    view! {
        <Title text=context.say("code-title")/>
        <h1>{context.say("code-title")}</h1>
        <NoticeBox notice=page.notice.clone()/>
        {told}
        <p>{context.text("code-intro", &[("way", way.into()), ("identifier", page.typed.as_str().into())])}</p>
        <form method="post" action="/actions/check-code" novalidate>
            <CodeField
                label=context.say("code-label")
                hint=context.text("code-hint", &[("way", way.into())])
                invalid=page.code_is_wrong
            />
            <button type="submit" class="button">{context.say("code-submit")}</button>
        </form>
        <Countdown
            text=context.text("code-time", &[("time", TIME.into())])
            seconds=page.seconds_left
            over=context.say("code-over")
        />
        {(way != "email").then(|| view! { <p class="hint">{context.say("code-risk")}</p> })}
        {resend}
    }
    .into_any()
}

fn draw_resend(context: &PageContext, page: &AskedCode) -> AnyView {
    let others = page.other_ways.iter().map(|way| {
        let words = context.say(&format!("resend-{way}"));
        view! { <button type="submit" class="button secondary" name="channel" value=way.clone()>{words}</button> }
    });
    let wait = context.text("resend-wait", &[("time", TIME.into())]);
    view! {
        <form class="aside" method="post" action="/actions/resend">
            <h2>{context.say("resend-title")}</h2>
            <Countdown text=wait seconds=page.seconds_to_wait over=context.say("resend-now")/>
            <button type="submit" class="button secondary">{context.say("resend-submit")}</button>
            {others.collect_view()}
        </form>
        <p><a href="/forgot-password">{context.say("resend-other")}</a></p>
    }
    .into_any()
}
