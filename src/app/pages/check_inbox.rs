//! `/check-inbox`: the same for known and unknown addresses. The code from the mail can be typed here
//! by who reads mail on another device.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::components::{Content, NoticeBox};
use crate::app::context::PageContext;
use crate::app::views::{self, CheckInboxView};

/// Says what happens next, and takes the code.
#[component]
pub fn CheckInboxPage() -> impl IntoView {
    view! { <Content gather=views::check_inbox draw/> }
}

fn draw(context: &PageContext, page: CheckInboxView) -> AnyView {
    let CheckInboxView::Asked { notice, typed } = page else { return ().into_any() };
    let code_form = draw_code_form(context, notice.is_some());
    view! {
        <Title text=context.say("check-inbox-title")/>
        <h1>{context.say("check-inbox-title")}</h1>
        <NoticeBox notice/>
        <p>{context.text("check-inbox-intro", &[("identifier", typed.as_str().into())])}</p>
        <p>{context.text("check-inbox-link", &[("minutes", context.settings.link_minutes.into())])}</p>
        {code_form}
        <p class="hint">{context.say("check-inbox-nothing")}</p>
        <p><a href="/forgot-password">{context.say("check-inbox-again")}</a></p>
    }
    .into_any()
}

fn draw_code_form(context: &PageContext, invalid: bool) -> AnyView {
    view! {
        <form class="aside" method="post" action="/actions/check-code" novalidate>
            <h2>{context.say("code-title")}</h2>
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
                    maxlength="20"
                    required
                    aria-invalid=invalid.then_some("true")
                    aria-describedby=if invalid { "code-hint notice" } else { "code-hint" }
                />
                <p id="code-hint" class="hint">{context.say("code-hint")}</p>
            </div>
            <button type="submit" class="button secondary">{context.say("code-submit")}</button>
        </form>
    }
    .into_any()
}
