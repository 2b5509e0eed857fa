//! The box above a form that says what went wrong and what to do next. Screen readers announce it immediately; the
//! form's field refers to it by its ID.

use leptos::prelude::*;

/// The notice, if there is one.
#[component]
pub fn NoticeBox(notice: Option<String>) -> impl IntoView {
    notice.map(|notice| view! { <div id="notice" class="notice" role="alert"><p>{notice}</p></div> })
}
