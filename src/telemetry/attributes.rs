//! Attributes of a request, as named by OpenTelemetry (semantic conventions for HTTP).

pub(super) const METHOD: &str = "http.request.method";
pub(super) const ROUTE: &str = "http.route";
pub(super) const STATUS: &str = "http.response.status_code";
