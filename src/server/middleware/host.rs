//! Refuses requests for other hosts or over plain HTTP (SECURITY.md, requirements 14 and 44).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Facts;
use crate::api::{Dialect, LayerFault};

pub(in crate::server) async fn known_host(State(facts): State<Arc<Facts>>, request: Request, next: Next) -> Response {
    if !facts.is_our_host(&request) {
        return LayerFault::MisdirectedRequest.into_response();
    }
    if facts.came_without_tls(&request) {
        return facts.send_to_tls(&request);
    }
    next.run(request).await
}

impl Facts {
    /// Whether there is exactly one `Host` header, it names our host, and an absolute-form target names the same.
    fn is_our_host(&self, request: &Request) -> bool {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let in_target = request.uri().authority().map(Authority::as_str);
        let (None, Some(host)) = (hosts.next(), host.or(in_target)) else { return false };
        in_target.is_none_or(|target| target.eq_ignore_ascii_case(host)) && self.is_ours(host)
    }

    /// Whether this is the host of the public URL. A service on a loopback host answers to all names of the loopback.
    pub(super) fn is_ours(&self, host: &str) -> bool {
        let ours = self.public_url.authority();
        if host.eq_ignore_ascii_case(&ours) {
            return true;
        }
        if self.public_url.is_https() {
            return host.strip_suffix(":443").is_some_and(|host| host.eq_ignore_ascii_case(&ours));
        }
        let port = self.public_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}{port}")))
    }

    /// Whether a trusted proxy reports that some hop was not HTTPS, although our public URL is HTTPS.
    fn came_without_tls(&self, request: &Request) -> bool {
        let socket = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        // Behind several proxies, the header is a list or occurs several times, and may include the caller's own value.
        let words = request
            .headers()
            .get_all("x-forwarded-proto")
            .iter()
            .flat_map(|value| value.as_bytes().split(|octet| *octet == b','));
        let plain = words.map(<[u8]>::trim_ascii).any(|scheme| !scheme.eq_ignore_ascii_case(b"https"));
        plain && self.public_url.is_https() && socket.is_some_and(|socket| self.is_trusted_proxy(socket))
    }

    /// Redirects page requests to HTTPS. Programs get an error instead, so that somebody fixes the URL before the
    /// program sends a secret again.
    fn send_to_tls(&self, request: &Request) -> Response {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let is_page = matches!(*request.method(), Method::GET | Method::HEAD) && Dialect::of(request).is_none();
        match HeaderValue::try_from(self.public_url.join(target)) {
            Ok(location) if is_page => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response(),
            _ => LayerFault::Forbidden.into_response(),
        }
    }
}
