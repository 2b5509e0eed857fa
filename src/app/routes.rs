//! The paths of the pages.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use super::pages::{
    AnotherLinkPage, AskPage, AuthRedirectPage, CheckInboxPage, CodePage, DonePage, LinkExpiredPage,
    LinkUnreadablePage, NotFoundPage, NotMePage, OneMomentPage, ResetPasswordPage, SlowDownPage,
};

/// The router of the pages.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=AskPage ssr=SsrMode::Async/>
                <Route path=path!("/forgot-password") view=AskPage ssr=SsrMode::Async/>
                <Route path=path!("/check-inbox") view=CheckInboxPage ssr=SsrMode::Async/>
                <Route path=path!("/code") view=CodePage ssr=SsrMode::Async/>
                <Route path=path!("/auth-redirect") view=AuthRedirectPage ssr=SsrMode::Async/>
                <Route path=path!("/another-link") view=AnotherLinkPage ssr=SsrMode::Async/>
                <Route path=path!("/reset-password") view=ResetPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/done") view=DonePage ssr=SsrMode::Async/>
                <Route path=path!("/link-expired") view=LinkExpiredPage ssr=SsrMode::Async/>
                <Route path=path!("/link-unreadable") view=LinkUnreadablePage ssr=SsrMode::Async/>
                <Route path=path!("/one-moment") view=OneMomentPage ssr=SsrMode::Async/>
                <Route path=path!("/slow-down") view=SlowDownPage ssr=SsrMode::Async/>
                <Route path=path!("/not-me") view=NotMePage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
