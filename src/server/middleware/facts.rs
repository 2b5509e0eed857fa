//! Determines the caller, the language and the request ID of each request and stores them in its extensions. Writes
//! the access log with route patterns instead of paths and query strings, which may contain secrets.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use tracing::Instrument;

use super::numbers::{known_method, route_of};
use super::only;
use crate::api::{Dialect, LayerFault};
use crate::app::context::RequestFacts;
use crate::clock::Clock;
use crate::config::{Config, PublicUrl};
use crate::model::{Caller, CorrelationId, Locale};
use crate::telemetry::{request_answered, request_begun};

/// The settings that the middleware needs.
pub(in crate::server) struct Facts {
    pub(super) public_url: PublicUrl,
    pub(super) trusted_proxies: Vec<IpNet>,
    pub(super) product_name: String,
    locales: Vec<Locale>,
    clock: Clock,
}

impl Facts {
    pub(in crate::server) fn new(config: &Config, clock: Clock) -> Self {
        Self {
            public_url: config.server.public_url.clone(),
            trusted_proxies: config.server.trusted_proxies.clone(),
            product_name: config.pages.product_name.clone(),
            locales: config.pages.locales.clone(),
            clock,
        }
    }

    fn of(&self, request: &Request) -> Option<RequestFacts> {
        let socket = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip();
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let caller = Caller {
            address: self.caller_address(socket, request.headers()),
            user_agent: Caller::clean_user_agent(header(header::USER_AGENT)),
            correlation_id: CorrelationId::random().ok()?,
            client: None,
        };
        let locale = Locale::negotiate(header(header::ACCEPT_LANGUAGE), &self.locales);
        Some(RequestFacts { caller, locale, now: self.clock.now() })
    }

    pub(super) fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }

    /// The trace that a trusted proxy has started.
    fn trusted_parent<'a>(&self, request: &'a Request) -> Option<&'a str> {
        let socket = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip();
        only(request.headers(), "traceparent").ok().flatten().filter(|_| self.is_trusted_proxy(socket))
    }

    /// The socket's address or, behind trusted proxies, the right-most address that isn't one of theirs. Anything
    /// further left was written by the caller and proves nothing (CVE-2026-108162).
    fn caller_address(&self, socket: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.is_trusted_proxy(socket) {
            return socket.to_canonical();
        }
        let mut address = socket;
        // The caller's part may not even be UTF-8; what the proxy appended to it still counts.
        let forwarded =
            headers.get_all("x-forwarded-for").iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let forwarded = forwarded.collect::<Vec<_>>().join(",");
        for hop in forwarded.rsplit(',').map(str::trim) {
            let with_port = || hop.parse::<SocketAddr>().map(|address| address.ip());
            let Ok(hop) = hop.parse::<IpAddr>().or_else(|_| with_port()) else { break };
            address = hop;
            if !self.is_trusted_proxy(hop) {
                break;
            }
        }
        address.to_canonical()
    }
}

pub(in crate::server) async fn request_facts(
    State(facts): State<Arc<Facts>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(found) = facts.of(&request) else {
        tracing::error!(
            "a request has no socket address, or the system has no randomness; answering with a server error"
        );
        return Dialect::Native.draw(LayerFault::Internal);
    };
    let correlation_id = found.caller.correlation_id.clone();
    // At error level, so that every log line that passes an operator's filter has the request ID.
    let span = tracing::error_span!("request", id = correlation_id.as_str());
    // Nothing of an unknown path is logged: the caller made it up, and it may contain a secret.
    let (method, route) = (known_method(&request), route_of(&request));
    let for_clients = Dialect::of(&request).and_then(Dialect::request_id_header);
    request.extensions_mut().insert(found.caller.clone());
    request.extensions_mut().insert(found);

    request_begun(&span, method, &route, facts.trusted_parent(&request));
    let mut response = next.run(request).instrument(span.clone()).await;
    request_answered(&span, response.status().as_u16());
    tracing::info!(parent: &span, method, route, status = response.status().as_u16(), "answered");
    if let Ok(id) = HeaderValue::try_from(correlation_id.as_str()) {
        for name in ["x-request-id"].into_iter().chain(for_clients) {
            response.headers_mut().insert(name, id.clone());
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(trusted: &str, socket: &str, forwarded: &[&[u8]]) -> String {
        let facts = Facts {
            public_url: PublicUrl::parse("https://reset.example.org").unwrap(),
            trusted_proxies: vec![trusted.parse().unwrap()],
            product_name: String::new(),
            locales: vec![Locale::English],
            clock: Clock::System,
        };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_bytes(value).unwrap());
        }
        facts.caller_address(socket.parse().unwrap(), &headers).to_string()
    }

    // SECURITY.md, requirement 11
    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_word() {
        assert_eq!(caller("10.0.0.0/8", "192.0.2.1", &[b"203.0.113.9"]), "192.0.2.1");
        assert_eq!(caller("10.0.0.0/8", "10.0.0.1", &[b"203.0.113.9"]), "203.0.113.9");
        assert_eq!(caller("10.0.0.0/8", "10.0.0.1", &[b"6.6.6.6, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(caller("10.0.0.0/8", "10.0.0.1", &[b"6.6.6.6", b"203.0.113.9"]), "203.0.113.9");
        assert_eq!(caller("10.0.0.0/8", "10.0.0.1", &[b"203.0.113.9, nonsense"]), "10.0.0.1");
        assert_eq!(caller("10.0.0.0/8", "10.0.0.1", &[b"\xff, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(caller("10.0.0.0/8", "10.0.0.1", &[b"203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(caller("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(caller("10.0.0.0/8", "::ffff:10.0.0.1", &[b"203.0.113.9"]), "203.0.113.9");
    }
}
