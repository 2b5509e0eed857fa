//! The section `telemetry`: where traces go.

use url::Url;
use zeroize::Zeroizing;

use super::error::ConfigError;
use super::reader::Reader;
use super::values;

/// An OpenTelemetry collector.
#[derive(Clone)]
pub struct TracesConfig {
    /// The URL to which traces are posted.
    pub url: Url,
    /// Headers for the collector, each a name and a value.
    pub headers: Vec<(String, Zeroizing<String>)>,
    pub service_name: String,
    /// The share of requests that are traced, from 0 to 1.
    pub sample_ratio: f64,
}

impl std::fmt::Debug for TracesConfig {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TracesConfig(…)")
    }
}

/// `None` if nothing is traced.
pub(super) fn read(reader: &mut Reader) -> Result<Option<TracesConfig>, ConfigError> {
    let url = reader.optional("telemetry.otlp_endpoint", collector)?;
    let headers = reader.optional("telemetry.otlp_headers", headers)?.unwrap_or_default();
    let service_name = reader.get("telemetry.service_name", values::product_name)?;
    let sample_ratio = reader.get("telemetry.sample_ratio", ratio)?;
    Ok(url.map(|url| TracesConfig { url, headers, service_name, sample_ratio }))
}

/// Appends the path of the protocol (OpenTelemetry, OTLP exporter configuration, endpoint URLs for HTTP).
fn collector(text: &str) -> Result<Url, String> {
    let fix = || "must be http://host:4318 or https://host, without user, query and /v1/traces".to_owned();
    let url = Url::parse(text).map_err(|_| fix())?;
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let base = url.as_str().trim_end_matches('/');
    if !matches!(url.scheme(), "http" | "https") || !bare || url.fragment().is_some() || base.ends_with("/v1/traces") {
        return Err(fix());
    }
    Url::parse(&format!("{base}/v1/traces")).map_err(|_| fix())
}

fn headers(text: &str) -> Result<Vec<(String, Zeroizing<String>)>, String> {
    let fix = "must be name=value, several of them separated by commas";
    let pairs = text.split(',').map(|pair| {
        let (name, value) = pair.split_once('=').ok_or(fix)?;
        let (name, value) = (name.trim(), value.trim());
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        let printable = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if name.is_empty() || value.is_empty() || !plain || !printable {
            return Err(fix.to_owned());
        }
        Ok((name.to_owned(), Zeroizing::new(value.to_owned())))
    });
    pairs.collect()
}

fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "must be a number from 0 to 1, such as 0.1".to_owned())
}
