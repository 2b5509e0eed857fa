//! The ways in which a request can arrive. It is stored with the challenge, so that the message uses the caller's
//! protocol and the timeline can name it.

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The hosted pages.
    Pages,
    /// `/api/v1`.
    Native,
    /// `/agnost/auth`, and `/_api/rest/v1/auth` of its predecessor.
    Agnost,
    /// `/cognito`.
    Cognito,
    /// `/v1/auth`.
    Productflame,
    /// `/mcp` and `keyback mcp`.
    Mcp,
}

impl Door {
    const ALL: [Self; 6] = [Self::Pages, Self::Native, Self::Agnost, Self::Cognito, Self::Productflame, Self::Mcp];

    /// The word in the database and in timelines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Native => "native",
            Self::Agnost => "agnost",
            Self::Cognito => "cognito",
            Self::Productflame => "productflame",
            Self::Mcp => "mcp",
        }
    }

    /// `None` for a name that a newer version wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.as_str() == word)
    }

    /// The path of the link in its messages.
    pub const fn link_path(self) -> &'static str {
        match self {
            Self::Agnost => "/agnost/auth/verify",
            Self::Pages | Self::Native | Self::Cognito | Self::Productflame | Self::Mcp => "/verify",
        }
    }
}
