//! `/one-moment`: shown when there are too many requests and this browser's network has already made one. With
//! JavaScript, the page solves a puzzle and continues automatically; without it, the button works after a short wait.
//! It is the same for known and unknown accounts.

use leptos::prelude::*;
use leptos_meta::Title;

use super::code::draw_timer;
use crate::app::asking::{Ask, Resend};
use crate::app::components::{Content, NoticeBox, PostForm};
use crate::app::context::PageContext;
use crate::app::islands::LivePage;
use crate::app::moment::{self, MomentView, Waiting};

/// Asks the person to wait.
#[component]
pub fn OneMomentPage() -> impl IntoView {
    view! { <Content gather=moment::one_moment draw/> }
}

fn draw(context: &PageContext, page: MomentView) -> AnyView {
    let MomentView::Waiting(page) = page else { return ().into_any() };
    let notice = page.was_refused.then(|| context.say("one-moment-still"));
    view! {
        <Title text=context.say("one-moment-title")/>
        <h1>{context.say("one-moment-title")}</h1>
        <LivePage/>
        <NoticeBox notice/>
        <p>{context.text("one-moment-intro", &[("identifier", page.typed.as_str().into())])}</p>
        {draw_timer(context, "one-moment-wait", "one-moment-now", page.seconds_left)}
        {draw_form(context, page)}
    }
    .into_any()
}

/// Repeats the request for which the person is waiting.
fn draw_form(context: &PageContext, page: Waiting) -> AnyView {
    let hidden = |name: &'static str, value: String| view! { <input type="hidden" name=name value=value/> };
    let redirect_url = page.redirect_url.map(|url| hidden("redirect_url", url));
    let rest = view! {
        {redirect_url}
        {hidden("ticket", page.ticket)}
        <input
            type="hidden"
            id="proof"
            name="proof"
            value=""
            data-seed=page.seed
            data-bits=page.bits.to_string()
            data-pause=page.pause.to_string()
        />
        <p role="status" hidden>{context.say("one-moment-by-itself")}</p>
        <button type="submit" class="button">{context.say("one-moment-submit")}</button>
    };
    match page.resend {
        Some(channel) => {
            let channel = hidden("channel", channel);
            view! { <PostForm<Resend> attr:autocomplete="off">{channel} {rest}</PostForm<Resend>> }.into_any()
        }
        None => {
            let identifier = hidden("identifier", page.typed);
            view! { <PostForm<Ask> attr:autocomplete="off">{identifier} {rest}</PostForm<Ask>> }.into_any()
        }
    }
}
