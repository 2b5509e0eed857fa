//! The HTML document around every page, its Content-Security-Policy and its Referrer-Policy.

use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};

use super::wake_islands::WakeIslands;
use crate::app::App;
use crate::app::context::PageContext;
use crate::model::{AccessToken, ApiKey, CancelKey, LinkKey, Page};

/// Pages with an island. Only these load script and WASM.
const PAGES_WITH_ISLANDS: [Page; 3] = [Page::Code, Page::OneMoment, Page::ResetPassword];

/// Pages with a form. Their URLs contain no secret. A test keeps this list complete.
const PAGES_WITH_FORMS: [Page; 7] = [
    Page::Root,
    Page::ForgotPassword,
    Page::OneMoment,
    Page::Code,
    Page::AnotherLink,
    Page::ResetPassword,
    Page::NotMe,
];

/// The document.
pub fn shell() -> impl IntoView {
    provide_meta_context();
    let context = PageContext::current()?;
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    set_policy(&context, &nonce);
    set_referrer_policy(&context);
    let settings = context.settings.clone();
    let options = settings.leptos_options.clone();
    let stylesheet = format!("/pkg/{}.css", options.output_name);
    let has_islands = PAGES_WITH_ISLANDS.iter().any(|page| page.path() == context.path);
    let support = settings
        .support_url
        .clone()
        .map(|url| view! { <footer><a href=url rel="noreferrer">{context.say("support")}</a></footer> });
    let logo = match settings.logo_url.clone() {
        Some(url) => view! { <img src=url alt=settings.product_name.clone()/> }.into_any(),
        None => view! { <span>{settings.product_name.clone()}</span> }.into_any(),
    };
    Some(view! {
        <!DOCTYPE html>
        <html lang=context.facts.locale.tag()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg"/>
                <link rel="stylesheet" href=stylesheet/>
                <link rel="stylesheet" href="/theme.css"/>
                {has_islands.then(|| view! { <WakeIslands options/> })}
                <MetaTags/>
            </head>
            <body>
                <div class="page">
                    <header class="brand">{logo}</header>
                    <main class="card"><App/></main>
                    {support}
                </div>
            </body>
        </html>
    })
}

/// All other answers have `no-referrer`. With it, browsers send `Origin: null` with a form, and those without Fetch
/// Metadata couldn't prove where the form comes from. With `same-origin`, only our server sees the URL of the page,
/// which must not contain a secret.
fn set_referrer_policy(context: &PageContext) {
    let (path, query) = (context.path.as_str(), context.query.as_str());
    // An app may add its own parameters to a link to the first page.
    let is_clean = query.is_empty() || (path != Page::NotMe.path() && !holds_secret(query));
    if PAGES_WITH_FORMS.iter().any(|page| page.path() == path) && is_clean {
        context.header(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
}

/// Whether a query may contain one of our secrets, added by mistake.
fn holds_secret(query: &str) -> bool {
    let prefixes = [LinkKey::PREFIX, CancelKey::PREFIX, AccessToken::PREFIX, ApiKey::PREFIX];
    url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| prefixes.iter().any(|prefix| value.contains(prefix) || name.contains(prefix)))
}

/// Allows only our own files, and scripts only with this answer's nonce (ASVS 3.4.3). WASM needs `wasm-unsafe-eval`;
/// without it, the islands stay inactive.
fn set_policy(context: &PageContext, nonce: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
         frame-ancestors {}",
        context.settings.frame_ancestors
    );
    if let Ok(value) = HeaderValue::try_from(policy) {
        context.header(header::CONTENT_SECURITY_POLICY, value);
    }
}
