//! Routes for the pages and their server functions, and the settings that they need.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::get;
use leptos::config::LeptosOptions;
use leptos_axum::{LeptosRoutes, generate_route_list};

use super::{BuildError, assets};
use crate::app::App;
use crate::app::components::shell;
use crate::app::context::{PageContext, PageSettings};
use crate::config::Config;
use crate::model::Page;
use crate::reset::ResetService;

pub(super) fn routes(config: &Config, reset: ResetService) -> Result<Router, BuildError> {
    let leptos_options = LeptosOptions::builder().output_name(assets::output_name()).build();
    let settings = Arc::new(PageSettings {
        product_name: config.pages.product_name.clone(),
        logo_url: config.pages.logo.as_deref().and_then(assets::logo_path).map(str::to_owned),
        support_url: config.pages.support_url.as_ref().map(ToString::to_string),
        return_to: config.return_to.as_ref().map(ToString::to_string),
        frame_ancestors: config.pages.frame_ancestors.clone(),
        link_minutes: config.reset.link_ttl.as_secs().div_ceil(60),
        code_minutes: config.reset.code_ttl.as_secs().div_ceil(60),
        code_tries: config.reset.max_code_attempts.into(),
        leptos_options: leptos_options.clone(),
    });
    let provide = move || PageContext::provide(reset.clone(), Arc::clone(&settings));
    let fallback = leptos_axum::render_app_async_with_context(provide.clone(), shell);
    Ok(Router::new()
        .leptos_routes_with_context(&leptos_options, generate_route_list(App), provide, shell)
        .route("/.well-known/change-password", get(change_password))
        .fallback(fallback)
        .with_state(leptos_options))
}

/// The path to which password managers send people (W3C change-password-url).
async fn change_password() -> (StatusCode, [(header::HeaderName, HeaderValue); 1]) {
    (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static(Page::ForgotPassword.path()))])
}
