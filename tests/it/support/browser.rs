//! A headless browser: it keeps the session cookie and the cookie of people who wait, sends what browsers send with a
//! form, and follows redirects only when told to.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};

/// What a browser got.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.body))
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The answer without what differs from one request to the next.
    pub(crate) fn comparable(&self) -> (StatusCode, Vec<(String, String)>, String) {
        let changing = ["date", "x-amzn-requestid", "x-request-id", "set-cookie"];
        let nonce = self.nonce().unwrap_or("no nonce");
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .filter(|(name, _)| !changing.contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().replace(nonce, "…")))
            .collect();
        headers.sort();
        (self.status, headers, self.body.replace(nonce, "…"))
    }

    /// What lets scripts run on this page, and on no other.
    pub(crate) fn nonce(&self) -> Option<&str> {
        self.header("content-security-policy")?.split("'nonce-").nth(1)?.split('\'').next()
    }
}

#[derive(Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    base: String,
    host: String,
    origin: String,
    pub(crate) cookie: Option<String>,
    /// What it waits for on `/one-moment`.
    pub(crate) moment: Option<String>,
    extra: HeaderMap,
}

impl Browser {
    /// `base` is where the server really is, `public_url` is where the browser believes it to be.
    pub(crate) fn new(base: &str, public_url: &str) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let host = public_url.split("://").nth(1).unwrap().to_owned();
        Self {
            client,
            base: base.into(),
            host,
            origin: public_url.into(),
            cookie: None,
            moment: None,
            extra: HeaderMap::new(),
        }
    }

    /// Goes on with another server at the same public URL.
    pub(crate) fn go_to(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    /// Sends this header with everything.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.extra.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// Sends a form as a page of ours would.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post_body(path, "application/x-www-form-urlencoded", body.into_bytes()).await
    }

    pub(crate) async fn post_body(&mut self, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
        let origin = self.origin.clone();
        let headers = [("content-type", content_type), ("origin", origin.as_str()), ("sec-fetch-site", "same-origin")];
        self.send(Method::POST, path, &headers, Some(body)).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        self.try_to_send(method, path, headers, body).await.unwrap()
    }

    /// The same, where the server may die before it has answered.
    pub(crate) async fn try_to_send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).headers(self.extra.clone());
        if !self.extra.contains_key("host") {
            request = request.header("host", &self.host);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies: Vec<&str> = [&self.cookie, &self.moment].into_iter().flatten().map(String::as_str).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.text().await?;
        self.keep_cookie(&headers);
        Ok(Answer { status, headers, body })
    }

    /// Calls the native API with a key and a JSON body.
    pub(crate) async fn call_api(&mut self, path: &str, key: &str, body: serde_json::Value) -> Answer {
        let headers = [("authorization", &*format!("Bearer {key}")), ("content-type", "application/json")];
        self.send(Method::POST, path, &headers, Some(body.to_string().into_bytes())).await
    }

    /// What the form on `/reset-password` says of itself; empty when there is no form.
    pub(crate) async fn form_name(&mut self) -> String {
        let page = self.get("/reset-password").await;
        let field = page.body.split("name=\"form\" value=\"").nth(1);
        field.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    }

    /// Goes on to where a redirect of ours leads.
    pub(crate) async fn follow(&mut self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let location = answer.location().to_owned();
        let path = location.strip_prefix(&self.origin).unwrap_or(&location).to_owned();
        assert!(path.starts_with('/'), "{location} is elsewhere");
        self.get(&path).await
    }

    fn keep_cookie(&mut self, headers: &HeaderMap) {
        for value in headers.get_all("set-cookie") {
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, content) = pair.split_once('=').unwrap();
            let cookie = if name == "__Host-keyback-moment" { &mut self.moment } else { &mut self.cookie };
            *cookie = (!content.is_empty()).then(|| pair.to_owned());
        }
    }
}
