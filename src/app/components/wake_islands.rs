//! Loads the script and the WASM of the islands and hydrates each island.
//!
//! This replaces Leptos' `HydrationScripts`, which expects another file name for the WASM unless `cargo leptos` built
//! it, preloads the WASM even in browsers without JavaScript (most of the page's weight, for nothing), and contains
//! 2 KB of code for nested islands, which we don't have. Both rely on the names that `#[island]` generates: the
//! attribute `data-component` names a function of the script, which takes the element.

use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// A module script runs after the page has been parsed; the page works without it. Script and WASM are fetched in
/// parallel.
#[component]
pub fn WakeIslands(options: LeptosOptions) -> impl IntoView {
    let files = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    let script = format!(
        "const files=\"{files}\",w=fetch(files+\".wasm\"),p=await import(files+\".js\");\
         await p.default({{module_or_path:w}});\
         p.hydrate();\
         for(const i of document.querySelectorAll(\"leptos-island\"))p[i.dataset.component](i)"
    );
    view! { <script r#type="module" nonce=use_nonce()>{script}</script> }
}
