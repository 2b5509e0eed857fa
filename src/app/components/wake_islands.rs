//! Loads the script and the WASM of the islands and hands each island its element. Used by the shell
//! on pages that hold one.
//!
//! In place of Leptos' `HydrationScripts`. That looks for the WASM under another name unless `cargo
//! leptos` compiled it; preloads it in browsers that run no script, too, which is most of the page's
//! weight for nothing; and carries 2 KB for what we have none of (islands inside islands). What both
//! rely on are the names that `#[island]` gives: the attribute `data-component` holds the name of a
//! function of the script, which takes the element.

use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// A module script waits until the page is there, and without it the page works as it is. Script and
/// WASM are fetched side by side.
#[component]
pub fn WakeIslands(options: LeptosOptions) -> impl IntoView {
    let files = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    let script = format!(
        "const files=\"{files}\",wasm=fetch(files+\".wasm\"),page=await import(files+\".js\");\
         await page.default({{module_or_path:wasm}});\
         page.hydrate();\
         for(const island of document.querySelectorAll(\"leptos-island\"))page[island.dataset.component](island)"
    );
    view! { <script r#type="module" nonce=use_nonce()>{script}</script> }
}
