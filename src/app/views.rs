//! What a page may know: plain data without a secret, gathered before anything is drawn.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::context::PageContext;
use super::texts::notice_text;
use super::visit::{CancelledWhat, Notice};
use crate::model::{CancelKey, SecretHash};
use crate::reset::CancelSubject;

/// Gathering failed, and it is our fault; the log says why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageFault;

/// `/forgot-password`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskView {
    pub notice: Option<String>,
    pub typed: String,
    pub redirect_url: Option<String>,
    pub redirect_refused: bool,
    pub address_is_wrong: bool,
}

/// `/check-inbox`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum CheckInboxView {
    /// Nothing was asked for in this browser.
    Redirecting,
    Asked {
        notice: Option<String>,
        typed: String,
    },
}

/// `/reset-password`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FormView {
    Open { notice: Option<String>, account: String, form: String, min_length: usize },
    SessionLost,
}

/// `/auth-redirect`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ArrivalView {
    /// The token was in order or dead: the answer leads on.
    Redirecting,
    /// The link that led here was refused.
    LinkRefused,
    /// Opened without anything to do.
    NothingToDo,
}

/// `/not-me`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum NotMeView {
    Redirecting,
    OpenRequest,
    CompletedReset,
    Done(CancelledWhat),
    NothingLeft,
}

pub async fn ask(context: PageContext) -> Result<AskView, PageFault> {
    let notice = context.visit.take_notice().await.map_err(session_fault)?;
    let (typed, kept_redirect) = context.visit.typed().await.map_err(session_fault)?;
    let asked_redirect = context.parameter("redirect_url");
    let has_parameter = context.query.split('&').any(|pair| pair.starts_with("redirect_url"));
    let redirect_url = if has_parameter { asked_redirect } else { kept_redirect };
    let redirect_url = redirect_url.filter(|url| context.reset.is_registered_redirect(url));
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
    let address_is_wrong = matches!(notice, Some(Notice::IdentifierEmpty | Notice::IdentifierMalformed));
    Ok(AskView {
        address_is_wrong,
        notice: notice.map(|notice| notice_text(&context, &notice)),
        typed: typed.unwrap_or_default(),
        redirect_url,
        redirect_refused,
    })
}

pub async fn check_inbox(context: PageContext) -> Result<CheckInboxView, PageFault> {
    if context.visit.challenge().await.map_err(session_fault)?.is_none() {
        context.see_other("/forgot-password");
        return Ok(CheckInboxView::Redirecting);
    }
    let notice = context.visit.take_notice().await.map_err(session_fault)?;
    if notice.is_some() {
        context.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (typed, _) = context.visit.typed().await.map_err(session_fault)?;
    Ok(CheckInboxView::Asked {
        notice: notice.map(|notice| notice_text(&context, &notice)),
        typed: typed.unwrap_or_default(),
    })
}

pub async fn form(context: PageContext) -> Result<FormView, PageFault> {
    let grant = context.visit.grant().await.map_err(session_fault)?;
    let (typed, _) = context.visit.typed().await.map_err(session_fault)?;
    let account = match &grant {
        Some(grant) => context.reset.granted_account(grant, typed.as_deref()).await.map_err(|fault| {
            tracing::error!(error = %fault, "the form cannot be prepared");
            PageFault
        })?,
        None => None,
    };
    let Some(account) = account else {
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
        form: grant.map(|grant| super::actions::form_name(&grant)).unwrap_or_default(),
        min_length: context.reset.min_password_length(),
    })
}

pub async fn arrival(context: PageContext) -> Result<ArrivalView, PageFault> {
    let has_token = context.query.split('&').any(|pair| pair.starts_with("access_token="));
    if has_token {
        let action = context.parameter("action").unwrap_or_default();
        let token = context.parameter("access_token").unwrap_or_default();
        super::actions::arrive(action, token).await.map_err(|_| PageFault)?;
        return Ok(ArrivalView::Redirecting);
    }
    let refused = ["error", "code", "status"].iter().any(|name| context.parameter(name).is_some());
    if refused {
        context.status(StatusCode::GONE);
        return Ok(ArrivalView::LinkRefused);
    }
    context.status(StatusCode::NOT_FOUND);
    Ok(ArrivalView::NothingToDo)
}

pub async fn not_me(context: PageContext) -> Result<NotMeView, PageFault> {
    if let Some(key) = context.parameter("key") {
        return match CancelKey::parse(&key) {
            Ok(key) if cancel_subject(&context, &key.hash()).await?.is_some() => {
                context.visit.keep_cancel_key(&key.hash()).await.map_err(session_fault)?;
                context.see_other("/not-me");
                Ok(NotMeView::Redirecting)
            }
            Ok(_) | Err(_) => Ok(NotMeView::NothingLeft),
        };
    }
    if let Some(what) = context.visit.cancelled().await.map_err(session_fault)? {
        return Ok(NotMeView::Done(what));
    }
    let subject = match context.visit.cancel_key().await.map_err(session_fault)? {
        Some(key) => cancel_subject(&context, &key).await?,
        None => None,
    };
    Ok(match subject {
        Some(CancelSubject::OpenRequest) => NotMeView::OpenRequest,
        Some(CancelSubject::CompletedReset) => NotMeView::CompletedReset,
        None => NotMeView::NothingLeft,
    })
}

async fn cancel_subject(context: &PageContext, key: &SecretHash) -> Result<Option<CancelSubject>, PageFault> {
    context.reset.cancel_subject(key).await.map_err(|fault| {
        tracing::error!(error = %fault, "it cannot be told what there is to cancel");
        PageFault
    })
}

fn session_fault(error: tower_sessions::session::Error) -> PageFault {
    tracing::error!(%error, "the session cannot be read or written");
    PageFault
}
