//! Workarounds for Leptos' server functions (server_fn 0.8, leptos_axum 0.8), which forms post to without JavaScript.

use std::collections::HashSet;

use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode;

/// Whether all names and values are UTF-8 and all names are plain words that occur once. Leptos reads names such as
/// `a[b]` as nested values, replaces what is not UTF-8, and answers a form that it can't read with a redirect to the
/// `Referer`. So the layer `forms` asks this first.
pub(in crate::server) fn has_plain_fields(body: &[u8]) -> bool {
    let mut seen = HashSet::new();
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).all(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        let name_is_plain = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
        name_is_plain && percent_decode(value).decode_utf8().is_ok() && seen.insert(name)
    })
}

/// Whether the answer to a form leads elsewhere than to one of our pages. A server function that fails, or that names
/// no page, leads to the `Referer`, even to another site, and puts its error into the query.
pub(in crate::server) fn leads_astray(headers: &HeaderMap, our_origin: &str) -> bool {
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = location.strip_prefix(our_origin).unwrap_or(location);
    !path.starts_with('/') || path.starts_with("//") || path.contains("__err")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::http::StatusCode;
    use axum::response::Response;
    use axum::routing::post;
    use leptos::prelude::*;
    use leptos::server_fn::ServerFn;
    use tower::ServiceExt;

    use super::*;

    #[test]
    fn doubled_nested_and_undecodable_fields_are_refused() {
        assert!(has_plain_fields(b"email=a%40b.org&redirect_url="));
        assert!(has_plain_fields(b""));
        for body in [
            "email=a&email=b",
            "email[]=a",
            "email%5B%5D=a",
            "email[$gt]=",
            "email=%ff",
            "email=%C3%28",
            "=a",
            "e%6dail=a&email=b",
        ] {
            assert!(!has_plain_fields(body.as_bytes()), "{body}");
        }
    }

    #[server(prefix = "/upstream", endpoint = "greet")]
    async fn greet(#[server(default)] name: String) -> Result<(), ServerFnError> {
        let is_known = ["jane", "\u{fffd}"].contains(&name.as_str());
        is_known.then_some(()).ok_or_else(|| ServerFnError::new("nobody to greet"))
    }

    /// A form that a browser without JavaScript sends from a page of another site, to the library as it is.
    async fn answer(body: &str) -> Response {
        let router = Router::new().route(Greet::PATH, post(leptos_axum::handle_server_fns));
        let request = Request::post(Greet::PATH)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, "https://evil.example/page")
            .body(Body::from(body.to_owned()))
            .unwrap();
        router.oneshot(request).await.unwrap()
    }

    fn location(response: &Response) -> &str {
        response.headers()[header::LOCATION].to_str().unwrap()
    }

    fn has_failed(response: &Response) -> bool {
        location(response).starts_with("https://evil.example/page?__path=") && location(response).contains("__err=")
    }

    #[tokio::test]
    async fn upstream_leads_a_form_to_its_referer() {
        let done = answer("name=jane").await;
        assert_eq!(done.status(), StatusCode::FOUND);
        assert!(location(&done).starts_with("https://evil.example/page"), "fixed upstream: delete `leads_astray`");
        let failed = answer("name=nobody").await;
        assert_eq!(failed.status(), StatusCode::FOUND);
        assert!(has_failed(&failed), "fixed upstream: delete `leads_astray`: {failed:?}");
        for response in [done, failed] {
            assert!(leads_astray(response.headers(), "https://reset.example.org"));
        }
    }

    #[tokio::test]
    async fn upstream_answers_an_unreadable_form_with_a_redirect() {
        for body in ["name=a&name=b", "name[]=a", "name[$gt]="] {
            let response = answer(body).await;
            assert_eq!(response.status(), StatusCode::FOUND, "{body}");
            assert!(has_failed(&response), "{body}: fixed upstream: delete `has_plain_fields`: {response:?}");
        }
    }

    #[tokio::test]
    async fn upstream_replaces_what_is_not_utf8() {
        let response = answer("name=%ff").await;
        assert!(!has_failed(&response), "fixed upstream: `has_plain_fields` need not decode: {response:?}");
    }
}
