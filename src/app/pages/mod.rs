//! The pages, one file per page. All of them are plain HTML that works without JavaScript.

mod another_link;
mod ask;
mod auth_redirect;
mod check_inbox;
mod code;
mod done;
mod link_expired;
mod link_unreadable;
mod not_found;
mod not_me;
mod one_moment;
mod reset_password;
mod slow_down;

pub use another_link::AnotherLinkPage;
pub use ask::AskPage;
pub use auth_redirect::AuthRedirectPage;
pub use check_inbox::CheckInboxPage;
pub use code::CodePage;
pub use done::DonePage;
pub use link_expired::LinkExpiredPage;
pub use link_unreadable::LinkUnreadablePage;
pub use not_found::NotFoundPage;
pub use not_me::NotMePage;
pub use one_moment::OneMomentPage;
pub use reset_password::ResetPasswordPage;
pub use slow_down::SlowDownPage;
