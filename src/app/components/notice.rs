//! What went wrong and what to do next, above a form. Read out at once by screen readers; the form's
//! field refers to it by its id.

use leptos::prelude::*;

/// The notice, if there is one.
#[component]
pub fn NoticeBox(notice: Option<String>) -> impl IntoView {
    notice.map(|notice| view! { <div id="notice" class="notice" role="alert"><p>{notice}</p></div> })
}
