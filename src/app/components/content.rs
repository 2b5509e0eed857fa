//! The content of a page: waits for its view model and renders it, or an error if gathering the view model failed.

use std::future::Future;

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::context::PageContext;
use crate::app::faults::PageFault;
use crate::model::Page;

/// Gathers a view model with `gather` and renders it with `draw`.
///
/// A [`Suspend`] without a `Suspense` around it: the rest of the page waits for it, and nothing is serialised. Every
/// route is `SsrMode::Async`, so nothing is sent before it is ready either.
#[component]
pub fn Content<V, G, D, F>(gather: G, draw: D) -> impl IntoView
where
    V: Send + 'static,
    G: FnOnce(PageContext) -> F,
    F: Future<Output = Result<V, PageFault>> + Send + 'static,
    D: FnOnce(&PageContext, V) -> AnyView + Send + 'static,
{
    // Without a request (while Leptos lists the routes at startup) there is nothing to render.
    let context = PageContext::current()?;
    let gathered = gather(context.clone());
    Some(Suspend::new(async move {
        match gathered.await {
            Ok(view) => draw(&context, view),
            Err(PageFault) => draw_fault(&context),
        }
    }))
}

fn draw_fault(context: &PageContext) -> AnyView {
    view! {
        <Title text=context.say("fault-title")/>
        <h1>{context.say("fault-title")}</h1>
        <p>{context.say("fault-intro")}</p>
        <p><a class="button" href=Page::ForgotPassword.path()>{context.say("to-start")}</a></p>
    }
    .into_any()
}
