//! The HTML document around every page, and its Content-Security-Policy.

use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};

use crate::app::App;
use crate::app::context::PageContext;

/// The document.
pub fn shell() -> impl IntoView {
    provide_meta_context();
    let context = PageContext::current()?;
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    set_policy(&context, &nonce);
    let settings = context.settings.clone();
    let options = &settings.leptos_options;
    let stylesheet = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
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
        <html lang=context.facts.locale.as_str()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg"/>
                <link rel="stylesheet" href=stylesheet/>
                <link rel="stylesheet" href="/theme.css"/>
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
