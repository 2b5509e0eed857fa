//! A headless browser with a stopwatch: keep-alive connections, the headers that browsers send with forms, and a new
//! caller's address for every request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};

use crate::Result;

/// Longer than any answer takes.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client that follows no redirects and keeps no cookies.
pub fn plain() -> Result<reqwest::Client> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT);
    Ok(http.tcp_nodelay(true).no_proxy().build()?)
}

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    public_url: String,
    /// The instances, used in turn.
    instances: Vec<String>,
    callers: Arc<AtomicU32>,
}

/// A request. The caller's address and the host are added.
pub struct Call {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

/// The answer, and how long it took.
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub cookie: Option<String>,
    pub took: Duration,
}

impl Client {
    pub fn new(base: &str) -> Result<Self> {
        Self::of_instances(base, vec![base.to_owned()])
    }

    /// Distributes requests over several instances of one service.
    pub fn of_instances(public_url: &str, instances: Vec<String>) -> Result<Self> {
        Ok(Self { http: plain()?, public_url: public_url.to_owned(), instances, callers: Arc::default() })
    }

    pub async fn get(&self, path: &str, cookie: Option<&str>) -> Result<Answer> {
        self.send(Method::GET, path, None, cookie).await
    }

    /// Sends a form as a page of Keyback does.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], cookie: Option<&str>) -> Result<Answer> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, Some(body), cookie).await
    }

    /// The path of a URL on this server.
    pub fn path_of<'a>(&self, url: &'a str) -> &'a str {
        url.strip_prefix(&self.public_url).unwrap_or(url)
    }

    async fn send(&self, method: Method, path: &str, form: Option<String>, cookie: Option<&str>) -> Result<Answer> {
        let mut headers = Vec::new();
        if form.is_some() {
            headers.push((CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded".to_owned()));
            headers.push((ORIGIN.as_str(), self.public_url.clone()));
            headers.push(("sec-fetch-site", "same-origin".to_owned()));
        }
        headers.extend(cookie.map(|cookie| (COOKIE.as_str(), cookie.to_owned())));
        self.call(Call { method, path: path.to_owned(), headers, body: form }).await
    }

    /// Sends any request.
    pub async fn call(&self, call: Call) -> Result<Answer> {
        let caller = self.callers.fetch_add(1, Ordering::Relaxed);
        let [_, a, b, c] = caller.to_be_bytes();
        let instance = &self.instances[caller as usize % self.instances.len()];
        let host = self.public_url.split("://").nth(1).unwrap_or_default();
        let request = self.http.request(call.method, format!("{instance}{}", call.path)).header(HOST, host);
        let mut request = request.header("x-forwarded-for", format!("10.{a}.{b}.{c}"));
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let start = Instant::now();
        let response = request.send().await?;
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let (status, location) = (response.status().as_u16(), text(LOCATION).map(str::to_owned));
        let cookie = text(SET_COOKIE).and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
        response.bytes().await?;
        Ok(Answer { status, location, cookie, took: start.elapsed() })
    }
}

impl Answer {
    /// Fails unless the answer redirects to `path`.
    pub fn leading_to(self, path: &str) -> Result<Self> {
        match self.location.as_deref() {
            Some(location) if location == path => Ok(self),
            location => Err(format!("{} {location:?} instead of a redirect to {path}", self.status).into()),
        }
    }
}
