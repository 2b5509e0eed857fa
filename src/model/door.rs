//! The ways in which a request can arrive. It is stored with the challenge, so that the message uses the caller's
//! protocol and the timeline can name it.

use super::words::words;

words! {
    /// A way in.
    pub enum Door {
        /// The hosted pages.
        Pages = "pages",
        /// `/api/v1`.
        Native = "native",
        /// `/agnost/auth`, and `/_api/rest/v1/auth` of its predecessor.
        Agnost = "agnost",
        /// `/cognito`.
        Cognito = "cognito",
        /// `/v1/auth`.
        Productflame = "productflame",
        /// `/mcp` and `keyback mcp`.
        Mcp = "mcp",
    }
}

impl Door {
    /// The path of the link in its messages.
    pub const fn link_path(self) -> &'static str {
        match self {
            Self::Agnost => "/agnost/auth/verify",
            Self::Pages | Self::Native | Self::Cognito | Self::Productflame | Self::Mcp => "/verify",
        }
    }
}
