//! Programs with an API key: what they may do, from which origins, and their redirect targets.

use super::RedirectUrl;
use super::words::words;

words! {
    /// Where a key is kept, which decides what its holder may learn. The words are those of the database and the command
    /// line.
    pub enum KeyKind {
        /// Kept on a server. It may learn what its scopes allow, including about accounts.
        Secret = "secret",
        /// Shipped in a browser or an app, so everybody can read it. It learns nothing about accounts, and the rate
        /// limits per caller apply to it.
        Publishable = "publishable",
    }
}

words! {
    /// A permission of a key, as it is called in the database, on the command line and in answers.
    pub enum Scope {
        /// Request resets, and cancel them.
        ResetsRequest = "resets:request",
        /// Check codes, and set new passwords with a proof from the person.
        ResetsComplete = "resets:complete",
        /// Read the timeline of a reset.
        ResetsRead = "resets:read",
        /// Receive the link or the request id of a reset instead of sending a message. Whoever has this scope can set
        /// any password.
        ResetsReturnLink = "resets:return_link",
        /// Check passwords.
        AccountsAuthenticate = "accounts:authenticate",
        /// Read accounts.
        AccountsRead = "accounts:read",
        /// Add, change and disable accounts.
        AccountsWrite = "accounts:write",
        /// Mark an address or a number as verified. Whoever has this scope decides where messages go.
        AccountsVerify = "accounts:verify",
    }
}

impl Scope {
    /// The scopes of a new key, unless others are named.
    pub fn usual(kind: KeyKind) -> Vec<Self> {
        let everyday = [Self::ResetsRequest, Self::ResetsComplete, Self::ResetsRead, Self::AccountsAuthenticate];
        everyday.into_iter().filter(|scope| scope.is_for(kind)).collect()
    }

    /// Whether keys of that kind may have the scope. A key that everybody can read gets no more than the pages offer to
    /// everybody.
    pub const fn is_for(self, kind: KeyKind) -> bool {
        match kind {
            KeyKind::Secret => true,
            KeyKind::Publishable => matches!(self, Self::ResetsRequest | Self::ResetsComplete),
        }
    }
}

/// The program behind a request.
#[derive(Clone, Debug)]
pub struct Client {
    /// The public id of its key.
    pub id: String,
    /// The kind of its key.
    pub kind: KeyKind,
    /// Its own redirect targets; the first is its default. Empty: those of the configuration.
    pub redirect_urls: Vec<RedirectUrl>,
}

/// A new public id for a key: 26 characters `a`–`z` and `2`–`7` (130 random bits), which all supported protocols accept
/// as a client id.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn new_client_id() -> Result<String, getrandom::Error> {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = [0_u8; 26];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

/// An origin in the spelling that browsers use in `Origin`: `https://app.example.org`. `http` only for this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// Reads an origin from the configuration. `None` if it is malformed or not secure.
    pub fn parse(text: &str) -> Option<Self> {
        let url = RedirectUrl::parse(text).ok()?;
        let url = url::Url::parse(url.as_str()).ok()?;
        let is_bare = url.path() == "/" && url.query().is_none();
        is_bare.then(|| Self(url.origin().ascii_serialization()))
    }

    /// The origin as browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_what_cognito_takes_for_one() {
        let id = new_client_id().unwrap();
        assert_eq!(id.len(), 26);
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte)));
        assert_ne!(id, new_client_id().unwrap());
    }

    // SECURITY.md, requirement 74
    #[test]
    fn what_everybody_can_read_gets_no_right_over_accounts() {
        assert_eq!(Scope::usual(KeyKind::Publishable), [Scope::ResetsRequest, Scope::ResetsComplete]);
        for scope in Scope::ALL {
            assert_eq!(Scope::from_word(scope.as_str()), Some(scope));
            assert!(scope.is_for(KeyKind::Secret));
        }
        assert!(!Scope::usual(KeyKind::Secret).contains(&Scope::ResetsReturnLink));
        assert!(!Scope::usual(KeyKind::Secret).contains(&Scope::AccountsVerify));
    }

    // SECURITY.md, requirement 70
    #[test]
    fn an_origin_has_one_spelling_and_no_wildcard() {
        assert_eq!(WebOrigin::parse("https://App.example.org:443/").unwrap().as_str(), "https://app.example.org");
        assert_eq!(WebOrigin::parse("http://localhost:5173").unwrap().as_str(), "http://localhost:5173");
        for text in [
            "*",
            "https://*.example.org",
            "https://%2A.example.org",
            "https://user@app.example.org",
            "https://app.example.org/#a",
            "https://app.example.org, https://b.example.org",
            "null",
            "http://app.example.org",
            "https://app.example.org/a",
            "app.example.org",
        ] {
            assert!(WebOrigin::parse(text).is_none(), "{text}");
        }
    }
}
