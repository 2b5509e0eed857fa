//! Redirect targets (SECURITY.md, requirements 51 and 52). A verified link leads only to registered URLs: an app may
//! name one of them, but never a new one.

use url::Url;

/// Why a URL is rejected as a redirect target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// Not an absolute URL.
    #[error("it is not an absolute URL")]
    Malformed,
    /// A pattern. It would match nothing, because URLs are compared as a whole.
    #[error("URLs are compared exactly, so a * matches nothing: list each URL")]
    Pattern,
    /// Neither https nor http on a loopback host.
    #[error("it must begin with https:// (http:// is only allowed for localhost)")]
    Insecure,
    /// Has a user name, a password or a fragment, or a parameter that Keyback adds itself.
    #[error(
        "it must have no user name, no fragment and none of the parameters access_token, action, status, code, error"
    )]
    Ambiguous,
    /// Well-formed, but not registered.
    #[error("it is not one of the registered URLs")]
    NotRegistered,
}

/// Query parameters that Keyback appends, so a registered URL must not have them.
const OWN_PARAMETERS: [&str; 5] = ["access_token", "action", "status", "code", "error"];

/// An absolute URL in its canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUrl(Url);

impl RedirectUrl {
    /// Reads a URL to register.
    ///
    /// # Errors
    /// See [`RedirectError`].
    pub fn parse(text: &str) -> Result<Self, RedirectError> {
        let suspicious = |character: char| character.is_control() || character.is_whitespace() || character == '\\';
        if text.len() > 2048 || text.chars().any(suspicious) {
            return Err(RedirectError::Malformed);
        }
        // Parsing would resolve them, and something else would be stored than the operator wrote.
        let path = text.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(RedirectError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| RedirectError::Malformed)?;
        // Other spellings of * in a host become one only by parsing.
        if text.contains('*') || url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(RedirectError::Pattern);
        }
        if !(text.starts_with("https://") || text.starts_with("http://")) || !is_secure(&url) {
            return Err(RedirectError::Insecure);
        }
        let own = |(name, _): (std::borrow::Cow<'_, str>, _)| OWN_PARAMETERS.contains(&name.as_ref());
        if !url.username().is_empty()
            || url.password().is_some()
            || url.fragment().is_some()
            || url.query_pairs().any(own)
        {
            return Err(RedirectError::Ambiguous);
        }
        Ok(Self(url))
    }

    /// The URL as it is stored and compared.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL with parameters appended after its own.
    pub fn with_parameters(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        url.into()
    }
}

/// The registered redirect URLs.
#[derive(Clone, Debug)]
pub struct RedirectAllowList {
    allowed: Vec<RedirectUrl>,
    default: RedirectUrl,
}

impl RedirectAllowList {
    /// Creates the list. `default` is used for requests that name no URL, and counts as registered.
    pub fn new(allowed: Vec<RedirectUrl>, default: RedirectUrl) -> Self {
        Self { allowed, default }
    }

    /// The target of requests that name no URL.
    pub fn default_url(&self) -> &RedirectUrl {
        &self.default
    }

    /// The list for a program: only its own URLs, if it has any, with the first as its default; else this list.
    pub fn of_program(&self, own: &[RedirectUrl]) -> Self {
        match own.first() {
            Some(default) => Self::new(own.to_vec(), default.clone()),
            None => self.clone(),
        }
    }

    /// The registered URL that equals `text` after parsing.
    ///
    /// # Errors
    /// See [`RedirectError`].
    pub fn find(&self, text: &str) -> Result<RedirectUrl, RedirectError> {
        let wanted = RedirectUrl::parse(text)?;
        self.allowed
            .iter()
            .chain([&self.default])
            .find(|allowed| **allowed == wanted)
            .cloned()
            .ok_or(RedirectError::NotRegistered)
    }
}

fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => url.host().is_some_and(|host| is_loopback(&host)),
        _ => false,
    }
}

/// Whether a host is `localhost`, in `127.0.0.0/8` or `::1`, so that requests stay on the machine.
fn is_loopback(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> RedirectAllowList {
        let url = |text| RedirectUrl::parse(text).unwrap();
        RedirectAllowList::new(
            vec![url("https://ok.example/reset?a=1"), url("http://localhost:8080/cb")],
            url("https://keyback.example/auth-redirect"),
        )
    }

    // Parsing resolves them, and another path would be registered than the one that was written.
    #[test]
    fn a_path_with_dots_is_refused() {
        for path in ["/../x", "/a/./b", "/a/..", "/a/.", "/%2e%2e/x", "/.%2E/x", "/a/%2e?b=1"] {
            let parsed = RedirectUrl::parse(&format!("https://ok.example{path}"));
            assert_eq!(parsed, Err(RedirectError::Malformed), "{path}");
        }
        for path in ["", "/", "/.well-known/x", "/a..b", "/...", "/x?next=/../y"] {
            assert!(RedirectUrl::parse(&format!("https://ok.example{path}")).is_ok(), "{path}");
        }
    }

    // SECURITY.md, requirement 51
    #[test]
    fn only_the_registered_url_itself_is_found() {
        assert!(list().find("https://ok.example/reset?a=1").is_ok());
        assert!(list().find("https://OK.example:443/reset?a=1").is_ok());
        for text in [
            "//evil",
            "https:evil",
            "https://ok.example@evil/reset?a=1",
            "https://ok.example.evil/reset?a=1",
            "\\\\evil",
            "https://ok.example%2f@evil",
            "/\\evil",
            "https://ok.example/reset?a=1\t",
            "https://ok.example/re\r\nset?a=1",
            "javascript:alert(1)",
            "https://ok.example/reset?a=1&b=2",
            "https://ok.example/reset",
            "http://ok.example/reset?a=1",
            "https://ok.example/reset?a=1#x",
            "https://ok.example/reset/?a=1",
            "https://ok.example:8443/reset?a=1",
            "data:text/html,x",
            "",
        ] {
            assert!(list().find(text).is_err(), "{text:?}");
        }
    }

    // SECURITY.md, requirement 51
    #[test]
    fn an_existing_query_is_kept() {
        let url = list().find("https://ok.example/reset?a=1").unwrap();
        assert_eq!(
            url.with_parameters(&[("access_token", "at-x"), ("error", "a b\r\n&")]),
            "https://ok.example/reset?a=1&access_token=at-x&error=a+b%0D%0A%26"
        );
    }

    #[test]
    fn insecure_and_ambiguous_urls_cannot_be_registered() {
        assert_eq!(RedirectUrl::parse("http://ok.example/"), Err(RedirectError::Insecure));
        assert_eq!(RedirectUrl::parse("https://a:b@ok.example/"), Err(RedirectError::Ambiguous));
        assert_eq!(RedirectUrl::parse("https://ok.example/?access_token=x"), Err(RedirectError::Ambiguous));
        assert_eq!(RedirectUrl::parse("/relative"), Err(RedirectError::Malformed));
        for pattern in [
            "https://*.example.org/x",
            "https://%2a.example.org/x",
            "https://\u{ff0a}.example.org/x",
            "https://ok.example/*",
            "https://ok.example/?a=*",
        ] {
            assert_eq!(RedirectUrl::parse(pattern), Err(RedirectError::Pattern), "{pattern}");
        }
    }
}
