//! A program with an API key: what it may do, from where, and which redirect targets it has. Made by
//! `admin::keys`, carried by every request of the program, checked by the doors.

use super::RedirectUrl;

/// Where a key lives, and so what may be told to whoever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// On a server: it is told what its scopes say, accounts included.
    Secret,
    /// Shipped in a browser or an app: everybody can read it. It learns nothing about accounts, and the
    /// limits on callers hold for it.
    Publishable,
}

impl KeyKind {
    /// The word in the database and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Publishable => "publishable",
        }
    }

    /// `None`: no such kind.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Secret, Self::Publishable].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One thing that a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Ask for resets, and cancel them.
    ResetsRequest,
    /// Check codes and set new passwords with what a person proved.
    ResetsComplete,
    /// Read what became of a reset.
    ResetsRead,
    /// Be handed the link or the request id of a reset in place of a message. Whoever has this scope can
    /// set any password.
    ResetsReturnLink,
    /// Ask whether a password is right.
    AccountsAuthenticate,
    /// Read accounts.
    AccountsRead,
    /// Add, change and disable accounts.
    AccountsWrite,
    /// Say that an address or a number is verified. Whoever has this scope decides where messages go.
    AccountsVerify,
}

impl Scope {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::ResetsRequest,
        Self::ResetsComplete,
        Self::ResetsRead,
        Self::ResetsReturnLink,
        Self::AccountsAuthenticate,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::AccountsVerify,
    ];

    /// The word in the database, on the command line and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetsRequest => "resets:request",
            Self::ResetsComplete => "resets:complete",
            Self::ResetsRead => "resets:read",
            Self::ResetsReturnLink => "resets:return_link",
            Self::AccountsAuthenticate => "accounts:authenticate",
            Self::AccountsRead => "accounts:read",
            Self::AccountsWrite => "accounts:write",
            Self::AccountsVerify => "accounts:verify",
        }
    }

    /// `None`: no such scope.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// What a key may do unless its maker says otherwise.
    pub fn usual(kind: KeyKind) -> Vec<Self> {
        let everyday = [Self::ResetsRequest, Self::ResetsComplete, Self::ResetsRead, Self::AccountsAuthenticate];
        everyday.into_iter().filter(|scope| scope.is_for(kind)).collect()
    }

    /// Whether a key of that kind can have it: what everybody can read is not given more than what a page
    /// offers to everybody.
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
    /// What may be told to it.
    pub kind: KeyKind,
    /// Its own redirect targets, the first is its default; empty: those of the configuration.
    pub redirect_urls: Vec<RedirectUrl>,
}

/// A new public id for a key: 26 characters `a`–`z` and `2`–`7` (130 random bits), which every protocol
/// that we speak takes for a client id.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn new_client_id() -> Result<String, getrandom::Error> {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = [0_u8; 26];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

/// The origin that a browser writes into `Origin`, in its one spelling: `https://app.example.org`. `http` for
/// this machine alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// Reads what an operator wrote. `None`: no origin, or one that is not secure.
    pub fn parse(text: &str) -> Option<Self> {
        let url = RedirectUrl::parse(text).ok()?;
        let url = url::Url::parse(url.as_str()).ok()?;
        let is_bare = url.path() == "/" && url.query().is_none();
        is_bare.then(|| Self(url.origin().ascii_serialization()))
    }

    /// As browsers write it.
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

    // security.md row 74
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

    // security.md row 70
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
