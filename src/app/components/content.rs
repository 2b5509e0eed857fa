//! The content of a page: waits for its view model and renders it, or an error if gathering the view model failed.

use std::future::Future;

use leptos::prelude::*;
use leptos_meta::Title;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::app::context::PageContext;
use crate::app::faults::PageFault;

/// Gathers a view model with `gather` and renders it with `draw`.
#[component]
pub fn Content<V, G, D, F>(gather: G, draw: D) -> impl IntoView
where
    V: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    G: FnOnce(PageContext) -> F,
    F: Future<Output = Result<V, PageFault>> + Send + 'static,
    D: Fn(&PageContext, V) -> AnyView + Copy + Send + Sync + 'static,
{
    // Without a request (while Leptos lists the routes at startup) there is nothing to render.
    let context = PageContext::current()?;
    // This runs as a separate task, so attach the span: its log lines need the request ID, too.
    let view = OnceResource::new_blocking(gather(context.clone()).instrument(context.facts.span.clone()));
    Some(view! {
        <Suspense>
            {move || {
                let context = context.clone();
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => draw(&context, view),
                        Err(PageFault) => draw_fault(&context),
                    }
                })
            }}
        </Suspense>
    })
}

fn draw_fault(context: &PageContext) -> AnyView {
    view! {
        <Title text=context.say("fault-title")/>
        <h1>{context.say("fault-title")}</h1>
        <p>{context.say("fault-intro")}</p>
        <p><a class="button" href="/forgot-password">{context.say("to-start")}</a></p>
    }
    .into_any()
}
