//! `/` and `/forgot-password`: where a reset starts, with an email address, a phone number or a username. An app may
//! name one of its registered redirect targets as `?redirect_url=`.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::asking::Ask;
use crate::app::components::{Content, NoticeBox, PostForm};
use crate::app::context::PageContext;
use crate::app::views::{self, AskView};

/// Asks for the identifier.
#[component]
pub fn AskPage() -> impl IntoView {
    view! { <Content gather=views::ask draw/> }
}

fn draw(context: &PageContext, page: AskView) -> AnyView {
    let refused = page.redirect_refused.then(|| context.say("redirect-refused"));
    let say = |id: &str| context.text(id, &[("ways", page.ways.as_str().into())]);
    let invalid = page.identifier_is_wrong.then_some("true");
    let described_by = page.notice.is_some().then_some("notice");
    let fields = view! {
        <div class="field">
            <label for="identifier">{say("identifier-label")}</label>
            <input
                id="identifier"
                name="identifier"
                type=page.field_type
                autocomplete="username"
                autocapitalize="none"
                spellcheck="false"
                maxlength="320"
                required
                value=page.typed
                aria-invalid=invalid
                aria-describedby=described_by
            />
        </div>
        {page.redirect_url.map(|url| view! { <input type="hidden" name="redirect_url" value=url/> })}
        <button type="submit" class="button">{say("ask-submit")}</button>
    };
    view! {
        <Title text=context.say("ask-title")/>
        <h1>{context.say("ask-title")}</h1>
        <NoticeBox notice=refused.or(page.notice)/>
        <p>{say("ask-intro")}</p>
        <PostForm<Ask> attr:novalidate=true>{fields}</PostForm<Ask>>
    }
    .into_any()
}
