//! Loads the script and the WASM of the islands on the pages that hold one, and hydrates each island.
//!
//! This replaces Leptos' `HydrationScripts`, which preloads the WASM even in browsers without JavaScript: 59 kB for
//! nothing, where the whole page has 5. It also expects another file name for the WASM unless `cargo leptos` built it,
//! and contains 1.8 kB more, for nested islands, which we don't have (`docs/upstream.md`). Both rely on the names that
//! `#[island]` generates: the attribute `data-component` names a function of the script, which takes the element.

use leptos::prelude::*;
use leptos_meta::Script;

use crate::app::context::PageContext;

/// Adds the script to the head of this page, once. Every island calls it first.
///
/// A module script runs after the page has been parsed; the page works without it. Script and WASM are fetched in
/// parallel.
pub fn wake_islands() {
    // Without a request (while Leptos lists the routes at startup) there is no page.
    let Some(context) = PageContext::current() else { return };
    if context.is_first_island() {
        let options = &context.settings.leptos_options;
        let files = format!("/{}/{}", options.site_pkg_dir, options.output_name);
        let script = format!(
            "let f=\"{files}\",w=fetch(f+\".wasm\"),p=await import(f+\".js\");\
             await p.default({{module_or_path:w}});\
             p.hydrate();\
             for(let i of document.querySelectorAll(\"leptos-island\"))p[i.dataset.component](i)"
        );
        // Rendering an element of `leptos_meta` registers it for the head.
        let _in_the_head = view! { <Script type_="module">{script}</Script> }.to_html();
    }
}

#[cfg(test)]
mod tests {
    use leptos::config::LeptosOptions;
    use leptos::prelude::*;

    #[test]
    fn upstream_preloads_the_wasm_even_without_javascript() {
        let html = Owner::new().with(|| {
            let options = LeptosOptions::builder().output_name("name").build();
            view! { <HydrationScripts options islands=true/> }.to_html()
        });
        assert!(html.contains("rel=\"preload\""), "fixed upstream: see whether `HydrationScripts` will do: {html}");
        assert!(html.contains("/pkg/name_bg.wasm"), "fixed upstream: see whether `HydrationScripts` will do: {html}");
    }
}
