//! `/done`: says that the password is set. A reset signs nobody in, so a plain link leads back to the app.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::context::PageContext;

/// Says that the password is set, and links back to the app.
#[component]
pub fn DonePage() -> impl IntoView {
    let context = PageContext::current()?;
    let way_on = match context.settings.return_to.clone() {
        Some(url) => {
            view! { <p><a class="button" href=url rel="noreferrer">{context.say("done-return")}</a></p> }.into_any()
        }
        None => view! { <p>{context.say("done-close")}</p> }.into_any(),
    };
    Some(view! {
        <Title text=context.say("done-title")/>
        <h1>{context.say("done-title")}</h1>
        <p>{context.say("done-intro")}</p>
        <p>{context.say("done-notice")}</p>
        {way_on}
    })
}
