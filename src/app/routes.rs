//! Every page and its path.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{AsPath, SsrMode, StaticSegment};

use super::pages::{
    AnotherLinkPage, AskPage, AuthRedirectPage, CheckInboxPage, CodePage, DonePage, LinkExpiredPage,
    LinkUnreadablePage, NotFoundPage, NotMePage, OneMomentPage, ResetPasswordPage, SlowDownPage,
};
use crate::model::Page;

impl AsPath for Page {
    fn as_path(&self) -> &'static str {
        self.path()
    }
}

/// The router of the pages.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=StaticSegment(Page::Root) view=AskPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::ForgotPassword) view=AskPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::CheckInbox) view=CheckInboxPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::Code) view=CodePage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::AuthRedirect) view=AuthRedirectPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::AnotherLink) view=AnotherLinkPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::ResetPassword) view=ResetPasswordPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::Done) view=DonePage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::LinkExpired) view=LinkExpiredPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::LinkUnreadable) view=LinkUnreadablePage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::OneMoment) view=OneMomentPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::SlowDown) view=SlowDownPage ssr=SsrMode::Async/>
                <Route path=StaticSegment(Page::NotMe) view=NotMePage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
