//! The paths of the hosted pages. Routes, redirects and links take them from here.

/// A hosted page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The same as [`Page::ForgotPassword`].
    Root,
    /// Asks for an identifier.
    ForgotPassword,
    /// Says that an email may have been sent.
    CheckInbox,
    /// Asks for the code.
    Code,
    /// The redirect target of links, unless the app has its own.
    AuthRedirect,
    /// Asks whether to continue with a link for something else.
    AnotherLink,
    /// Asks for the new password.
    ResetPassword,
    /// Says that the password is set.
    Done,
    /// Says that a link no longer works.
    LinkExpired,
    /// Says that a link is incomplete.
    LinkUnreadable,
    /// Asks to wait while there are too many requests.
    OneMoment,
    /// Says that there are too many sessions.
    SlowDown,
    /// The target of "this wasn't me" links.
    NotMe,
}

impl Page {
    /// The path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Root => "/",
            Self::ForgotPassword => "/forgot-password",
            Self::CheckInbox => "/check-inbox",
            Self::Code => "/code",
            Self::AuthRedirect => "/auth-redirect",
            Self::AnotherLink => "/another-link",
            Self::ResetPassword => "/reset-password",
            Self::Done => "/done",
            Self::LinkExpired => "/link-expired",
            Self::LinkUnreadable => "/link-unreadable",
            Self::OneMoment => "/one-moment",
            Self::SlowDown => "/slow-down",
            Self::NotMe => "/not-me",
        }
    }
}
