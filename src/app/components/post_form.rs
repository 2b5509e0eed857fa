//! How every form of the pages is written. A form posts to a server function (`#[server]`, in `app/actions.rs` and
//! `app/asking.rs`), and its fields are the function's arguments:
//!
//! ```text
//! let fields = view! {
//!     <input name="code"/>
//!     <button type="submit">{context.say("code-submit")}</button>
//! };
//! view! { <PostForm<CheckCode>>{fields}</PostForm<CheckCode>> }
//! ```
//!
//! The fields come first, because a component's children outlive the `&PageContext`.
//!
//! The function answers with `PageContext::see_other`. A person's mistake is a `Notice` for the next page, never an
//! `Err`. Leptos' own `ActionForm` draws the same HTML, but needs a `ServerAction`, which only a hydrated page can use.

use std::marker::PhantomData;

use axum::http::{HeaderValue, header};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::app::context::PageContext;
use crate::model::{AccessToken, ApiKey, CancelKey, LinkKey, Page};

/// A form that posts to the server function `F`. `attr:class="…"` and the like give it more attributes.
#[component]
pub fn PostForm<F>(#[prop(optional)] _to: PhantomData<F>, children: Children) -> impl IntoView
where
    F: ServerFn + 'static,
{
    if let Some(context) = PageContext::current() {
        set_referrer_policy(&context);
    }
    view! { <form method="post" action=F::url()>{children()}</form> }
}

/// All other answers have `no-referrer`. With it, browsers send `Origin: null` with a form, and those without Fetch
/// Metadata couldn't prove where the form comes from. With `same-origin`, only our server sees the URL of the page,
/// which must not contain a secret.
fn set_referrer_policy(context: &PageContext) {
    let query = context.query.as_str();
    // An app may add its own parameters to a link to the first page.
    let is_clean = query.is_empty() || (context.path != Page::NotMe.path() && !holds_secret(query));
    if is_clean {
        context.header(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
}

/// Whether a query may contain one of our secrets, added by mistake.
fn holds_secret(query: &str) -> bool {
    let prefixes = [LinkKey::PREFIX, CancelKey::PREFIX, AccessToken::PREFIX, ApiKey::PREFIX];
    url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| prefixes.iter().any(|prefix| value.contains(prefix) || name.contains(prefix)))
}
