//! Serves the static files: style, script, WASM, icon and logo. `cargo xtask` builds them into one folder, which
//! release binaries embed.

use std::borrow::Cow;
use std::path::Path;

use axum::Router;
use axum::extract::Path as UrlPath;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::BuildError;
use crate::config::{Config, readable_accent, text_colour_on};

#[derive(RustEmbed)]
#[folder = "target/site"]
struct Site;

/// For files with a hash of their content in their name, which never change.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// The file name of style, script and WASM. The build writes it to a file, because it contains a hash. Without the
/// browser part, as in the Rust tests, there is no such file.
pub(super) fn output_name() -> String {
    let name = Site::get("pkg/name.txt").and_then(|file| String::from_utf8(file.data.into_owned()).ok());
    name.map_or_else(|| "keyback".to_owned(), |name| name.trim().to_owned())
}

/// The URL path of the operator's logo, according to its file type.
pub(super) fn logo_path(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()? {
        "svg" => Some("/logo.svg"),
        "png" => Some("/logo.png"),
        "webp" => Some("/logo.webp"),
        _ => None,
    }
}

pub(super) fn routes(config: &Config) -> Result<Router, BuildError> {
    let theme = theme(&config.pages.accent);
    let router = Router::new()
        .route(
            "/pkg/{file}",
            get(|UrlPath(file): UrlPath<String>, headers: HeaderMap| async move {
                serve(&format!("pkg/{file}"), &headers, FOR_EVER)
            }),
        )
        .route("/favicon.svg", get(|headers: HeaderMap| async move { serve("favicon.svg", &headers, FOR_A_DAY) }))
        .route(
            "/style.css",
            get(|headers: HeaderMap| async move { serve(&format!("pkg/{}.css", output_name()), &headers, FOR_A_DAY) }),
        )
        .route("/robots.txt", get(|headers: HeaderMap| async move { serve("robots.txt", &headers, FOR_A_DAY) }))
        .route(
            "/theme.css",
            get(move || async move {
                (
                    [(header::CONTENT_TYPE, HeaderValue::from_static("text/css")), (header::CACHE_CONTROL, FOR_A_DAY)],
                    theme,
                )
            }),
        );
    match config.pages.logo.as_deref().and_then(|file| Some((file, logo_path(file)?))) {
        None => Ok(router),
        Some((file, path)) => {
            let content = axum::body::Bytes::from(std::fs::read(file).map_err(BuildError::Logo)?);
            let kind = HeaderValue::from_static(match path {
                "/logo.svg" => "image/svg+xml",
                "/logo.png" => "image/png",
                _ => "image/webp",
            });
            Ok(
                router.route(
                    path,
                    get(move || async move {
                        ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOR_A_DAY)], content)
                    }),
                ),
            )
        }
    }
}

/// The operator's accent colour, adjusted so that it is readable on light and dark backgrounds.
fn theme(accent: &str) -> String {
    let (light, dark) = (readable_accent(accent, false), readable_accent(accent, true));
    format!(
        ":root{{--accent:{accent};--on-accent:{};--link:{light}}}\n\
         @media(prefers-color-scheme:dark){{:root{{--link:{dark}}}}}\n",
        text_colour_on(accent)
    )
}

fn serve(path: &str, headers: &HeaderMap, cache: HeaderValue) -> Response {
    let is_public = !path.ends_with(".br") && !path.ends_with(".gz") && !path.ends_with("name.txt");
    let Some((file, encoding)) = is_public.then(|| best(path, headers)).flatten() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = mime_of(path);
    let mut response = match file.data {
        Cow::Borrowed(data) => data.into_response(),
        Cow::Owned(data) => data.into_response(),
    };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.insert(header::CACHE_CONTROL, cache);
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The smallest encoding of a file that the client accepts.
fn best(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |encoding: &str| {
        accepted.split(',').any(|item| {
            let (name, quality) = item.split_once(';').unwrap_or((item, ""));
            name.trim() == encoding && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| takes(encoding))
        .find_map(|(encoding, ending)| Some((Site::get(&format!("{path}{ending}"))?, Some(encoding))))
        .or_else(|| Some((Site::get(path)?, None)))
}

fn mime_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
