//! The view models of the pages: plain data without secrets, gathered before rendering starts.

use axum::http::StatusCode;

use super::actions::{Right, may_begin_with};
use super::context::PageContext;
use super::faults::{PageFault, our_fault, session_fault};
use super::field::FormName;
use super::texts::{notice_text, ways};
use super::visit::{CancelledWhat, Notice};
use crate::model::{AccessToken, CancelKey, Channel, Hold, InLink, Page, SecretHash, Timestamp, has_value};
use crate::reset::{CancelSubject, Over};

/// `/forgot-password`.
pub struct AskView {
    pub notice: Option<String>,
    pub typed: String,
    pub redirect_url: Option<String>,
    pub redirect_refused: bool,
    pub identifier_is_wrong: bool,
    /// The kinds of identifiers that people may enter: `email`, `email-phone`, …
    pub ways: String,
    pub field_type: String,
}

/// `/check-inbox`.
pub enum CheckInboxView {
    /// This browser has requested nothing.
    Redirecting,
    Asked {
        typed: String,
    },
}

/// `/code`.
pub enum CodeView {
    /// This browser has requested nothing.
    Redirecting,
    Asked(AskedCode),
}

/// The view model of the code page.
pub struct AskedCode {
    /// An error.
    pub notice: Option<String>,
    pub code_is_wrong: bool,
    /// A success message.
    pub told: Option<String>,
    pub typed: String,
    /// The channel of the message: `email`, `sms` or `either`.
    pub way: String,
    pub seconds_left: u32,
    pub seconds_to_wait: u32,
    /// The other channels by which it may be sent: `email`, `sms`.
    pub other_ways: Vec<String>,
}

/// `/reset-password`.
pub enum FormView {
    Open {
        notice: Option<String>,
        account: String,
        form: FormName,
        min_length: usize,
    },
    /// A token is waiting for confirmation, so the answer redirects to `/another-link`.
    Redirecting,
    SessionLost,
}

/// `/auth-redirect`.
pub enum ArrivalView {
    /// The token was valid or dead, so the answer redirects.
    Redirecting,
    /// The link that led here doesn't work.
    LinkRefused,
    /// The link that led here can't be read.
    LinkUnreadable,
    /// The page was opened without parameters.
    NothingToDo,
}

/// `/another-link`.
pub enum AnotherLinkView {
    /// No link is waiting any more, so the answer redirects.
    Redirecting,
    Waiting {
        /// The identifier that was entered in this browser.
        asked: Option<String>,
        /// The account whose form is open in this browser.
        open: Option<String>,
        /// The account whose password the link would set.
        name: String,
        form: FormName,
    },
}

/// `/not-me`.
pub enum NotMeView {
    Redirecting,
    /// There is something to cancel.
    Question {
        notice: Option<String>,
        what: CancelledWhat,
        form: FormName,
    },
    Done(CancelledWhat),
    /// The key is known, but there is nothing left to cancel.
    Over {
        why: OverBecause,
        time: String,
    },
    /// The key in the link is unknown.
    Unknown,
    /// The link can't be read.
    Unreadable,
    /// There is no link, or the session is lost.
    NoLink,
}

/// Why a known cancel key can't cancel anything any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverBecause {
    Cancelled,
    SetElsewhere,
    Expired,
    Set,
    Replaced,
}

pub async fn ask(context: PageContext) -> Result<AskView, PageFault> {
    let notice = context.visit.take_notice().await.map_err(session_fault)?;
    let (typed, kept_redirect) = context.visit.typed().await.map_err(session_fault)?;
    let asked_redirect = context.parameter("redirect_url");
    let has_parameter = context.query.split('&').any(|pair| pair.starts_with("redirect_url"));
    let redirect_url = if has_parameter { asked_redirect } else { kept_redirect };
    let redirect_url = redirect_url.filter(|url| context.reset.redirects().find(url).is_ok());
    let redirect_refused = has_parameter && redirect_url.is_none();
    match &notice {
        Some(Notice::TooSoon { seconds } | Notice::TooManyRequests { seconds }) => {
            context.status(StatusCode::TOO_MANY_REQUESTS);
            context.retry_after(*seconds);
        }
        Some(Notice::RedirectRefused) => context.status(StatusCode::BAD_REQUEST),
        Some(_) => context.status(StatusCode::UNPROCESSABLE_ENTITY),
        None if redirect_refused => context.status(StatusCode::BAD_REQUEST),
        None => {}
    }
    let identifier_is_wrong = matches!(notice, Some(Notice::IdentifierEmpty | Notice::IdentifierMalformed { .. }));
    let ways = ways(&context);
    let field_type = match ways.as_str() {
        "email" => "email",
        "phone" => "tel",
        _ => "text",
    };
    Ok(AskView {
        identifier_is_wrong,
        field_type: field_type.to_owned(),
        ways,
        notice: notice.map(|notice| notice_text(&context, &notice)),
        typed: typed.unwrap_or_default(),
        redirect_url,
        redirect_refused,
    })
}

pub async fn check_inbox(context: PageContext) -> Result<CheckInboxView, PageFault> {
    let Some(asked) = context.visit.asked().await.map_err(session_fault)? else {
        context.see_other(Page::ForgotPassword);
        return Ok(CheckInboxView::Redirecting);
    };
    Ok(CheckInboxView::Asked { typed: asked.typed })
}

pub async fn code(context: PageContext) -> Result<CodeView, PageFault> {
    let Some(asked) = context.visit.asked().await.map_err(session_fault)? else {
        context.see_other(Page::ForgotPassword);
        return Ok(CodeView::Redirecting);
    };
    let notice = context.visit.take_notice().await.map_err(session_fault)?;
    match &notice {
        Some(Notice::TooSoon { seconds } | Notice::TooManyRequests { seconds }) => {
            context.status(StatusCode::TOO_MANY_REQUESTS);
            context.retry_after(*seconds);
        }
        Some(Notice::CodeSent) | None => {}
        Some(_) => context.status(StatusCode::UNPROCESSABLE_ENTITY),
    }
    let code_is_wrong = notice == Some(Notice::CodeRefused);
    let words = notice.as_ref().map(|notice| notice_text(&context, notice));
    let (told, notice) = if notice == Some(Notice::CodeSent) { (words, None) } else { (None, words) };
    let left = |until: i64| {
        let left = Timestamp::from_millis(until).since(context.facts.now);
        u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
    };
    let way = match asked.channels.as_slice() {
        [only] => only.clone(),
        _ => "either".to_owned(),
    };
    let kind = context.reset.asking().identify(&asked.typed).map(|identifier| identifier.kind());
    let on_request = kind.map(|kind| context.reset.asking().channels_on_request(kind)).unwrap_or_default();
    let other_ways = on_request.into_iter().map(Channel::as_str).filter(|other| *other != way);
    Ok(CodeView::Asked(AskedCode {
        notice,
        code_is_wrong,
        told,
        typed: asked.typed,
        seconds_left: left(asked.code_expires_at),
        seconds_to_wait: left(asked.again_at),
        other_ways: other_ways.map(str::to_owned).collect(),
        way,
    }))
}

pub async fn form(context: PageContext) -> Result<FormView, PageFault> {
    let grant = context.visit.grant().await.map_err(session_fault)?;
    let asked = context.visit.asked().await.map_err(session_fault)?;
    let typed = asked.map(|asked| asked.typed);
    let account = match &grant {
        Some(grant) => {
            let typed = typed.as_deref();
            context.reset.granted_account(grant, typed, Hold::Shown).await.map_err(|fault| our_fault(&fault))?
        }
        None => None,
    };
    let Some(account) = account else {
        if waiting(&context).await?.is_some() {
            context.see_other(Page::AnotherLink);
            return Ok(FormView::Redirecting);
        }
        context.status(StatusCode::FORBIDDEN);
        return Ok(FormView::SessionLost);
    };
    let notice = context.visit.take_notice().await.map_err(session_fault)?;
    match &notice {
        Some(Notice::Busy) => {
            context.status(StatusCode::SERVICE_UNAVAILABLE);
            context.retry_after(3);
        }
        Some(_) => context.status(StatusCode::UNPROCESSABLE_ENTITY),
        None => {}
    }
    Ok(FormView::Open {
        notice: notice.map(|notice| notice_text(&context, &notice)),
        account: account.name,
        form: grant.as_ref().map(FormName::of).unwrap_or_default(),
        min_length: context.reset.policy().min_length(),
    })
}

pub async fn arrival(context: PageContext) -> Result<ArrivalView, PageFault> {
    match AccessToken::in_query(&context.query) {
        InLink::Read(token) if has_value(&context.query, "action", "reset-pwd") => {
            super::actions::arrive_with(&context, &token).await?;
            return Ok(ArrivalView::Redirecting);
        }
        InLink::Read(_) => {
            context.see_other(Page::LinkExpired);
            return Ok(ArrivalView::Redirecting);
        }
        // Redirect, so that not even a part of a token stays in the address bar.
        InLink::Unreadable => {
            context.see_other(Page::LinkUnreadable);
            return Ok(ArrivalView::Redirecting);
        }
        InLink::Absent => {}
    }
    if context.parameter("status").as_deref() == Some("400") {
        context.status(StatusCode::BAD_REQUEST);
        return Ok(ArrivalView::LinkUnreadable);
    }
    let refused = ["error", "code", "status"].iter().any(|name| context.parameter(name).is_some());
    if refused {
        context.status(StatusCode::GONE);
        return Ok(ArrivalView::LinkRefused);
    }
    context.status(StatusCode::NOT_FOUND);
    Ok(ArrivalView::NothingToDo)
}

pub async fn another_link(context: PageContext) -> Result<AnotherLinkView, PageFault> {
    let asked = context.visit.asked().await.map_err(session_fault)?.map(|asked| asked.typed);
    let open = match context.visit.grant().await.map_err(session_fault)? {
        Some(grant) => account_name(&context, &grant).await?,
        None => None,
    };
    let Some((token, name)) = waiting(&context).await? else {
        context.see_other(if open.is_none() && asked.is_some() { Page::Code } else { Page::ResetPassword });
        return Ok(AnotherLinkView::Redirecting);
    };
    Ok(AnotherLinkView::Waiting { asked, open, name, form: FormName::of(&token) })
}

/// The token that is waiting for confirmation, if it is still valid, and the name of its account.
async fn waiting(context: &PageContext) -> Result<Option<(SecretHash, String)>, PageFault> {
    let Some(token) = context.visit.waiting().await.map_err(session_fault)? else { return Ok(None) };
    let name = account_name(context, &token).await?;
    Ok(name.map(|name| (token, name)))
}

async fn account_name(context: &PageContext, token: &SecretHash) -> Result<Option<String>, PageFault> {
    let account = context.reset.granted_account(token, None, Hold::Minted).await.map_err(|fault| our_fault(&fault))?;
    Ok(account.map(|account| account.name))
}

pub async fn not_me(context: PageContext) -> Result<NotMeView, PageFault> {
    match CancelKey::in_query(&context.query) {
        InLink::Read(key) => {
            let key = key.hash();
            return match context.reset.cancel_subject(&key).await.map_err(|fault| our_fault(&fault))? {
                Some(CancelSubject::OpenRequest | CancelSubject::CompletedReset) => {
                    if !may_begin_with(&context, Right::CancelKey(&key)).await? {
                        return Ok(NotMeView::Redirecting);
                    }
                    context.visit.keep_cancel_key(&key).await.map_err(session_fault)?;
                    context.see_other(Page::NotMe);
                    Ok(NotMeView::Redirecting)
                }
                Some(CancelSubject::Over(over)) => Ok(view_of(over)),
                None => {
                    context.status(StatusCode::NOT_FOUND);
                    Ok(NotMeView::Unknown)
                }
            };
        }
        InLink::Unreadable => {
            context.status(StatusCode::BAD_REQUEST);
            return Ok(NotMeView::Unreadable);
        }
        InLink::Absent => {}
    }
    if let Some(what) = context.visit.cancelled().await.map_err(session_fault)? {
        return Ok(NotMeView::Done(what));
    }
    let Some(key) = context.visit.cancel_keys().await.map_err(session_fault)?.pop() else {
        return Ok(NotMeView::NoLink);
    };
    let notice = context.visit.take_notice().await.map_err(session_fault)?;
    let notice = notice.map(|notice| notice_text(&context, &notice));
    let question = |what| NotMeView::Question { notice, what, form: FormName::of(&key) };
    Ok(match context.reset.cancel_subject(&key).await.map_err(|fault| our_fault(&fault))? {
        Some(CancelSubject::OpenRequest) => question(CancelledWhat::Request),
        Some(CancelSubject::CompletedReset) => question(CancelledWhat::Password),
        Some(CancelSubject::Over(over)) => view_of(over),
        None => NotMeView::Unknown,
    })
}

fn view_of(over: Over) -> NotMeView {
    let (why, time) = match over {
        Over::Cancelled(time) => (OverBecause::Cancelled, time),
        Over::SetElsewhere(time) => (OverBecause::SetElsewhere, time),
        Over::Expired(time) => (OverBecause::Expired, time),
        Over::Set(time) => (OverBecause::Set, time),
        Over::Replaced(time) => (OverBecause::Replaced, time),
    };
    NotMeView::Over { why, time: time.for_people() }
}
