//! What a page may know: plain data without a secret, gathered before anything is drawn.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::context::PageContext;
use super::faults::{PageFault, our_fault, session_fault};
use super::texts::{notice_text, ways};
use super::visit::{CancelledWhat, Notice};
use crate::model::{CancelKey, Channel, SecretHash, Timestamp};
use crate::reset::CancelSubject;

/// `/forgot-password`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskView {
    pub notice: Option<String>,
    pub typed: String,
    pub redirect_url: Option<String>,
    pub redirect_refused: bool,
    pub identifier_is_wrong: bool,
    /// With what a person may ask: `email`, `email-phone`, …
    pub ways: String,
    pub field_type: String,
}

/// `/check-inbox`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum CheckInboxView {
    /// Nothing was asked for in this browser.
    Redirecting,
    Asked {
        typed: String,
    },
}

/// `/code`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum CodeView {
    /// Nothing was asked for in this browser.
    Redirecting,
    Asked(AskedCode),
}

/// What the page with the code says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskedCode {
    /// What went wrong.
    pub notice: Option<String>,
    pub code_is_wrong: bool,
    /// What went right.
    pub told: Option<String>,
    pub typed: String,
    /// By which the message comes: `email`, `sms` or `either`.
    pub way: String,
    pub seconds_left: u32,
    pub seconds_to_wait: u32,
    /// By which else it may be sent: `email`, `sms`.
    pub other_ways: Vec<String>,
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
        context.see_other("/forgot-password");
        return Ok(CheckInboxView::Redirecting);
    };
    Ok(CheckInboxView::Asked { typed: asked.typed })
}

pub async fn code(context: PageContext) -> Result<CodeView, PageFault> {
    let Some(asked) = context.visit.asked().await.map_err(session_fault)? else {
        context.see_other("/forgot-password");
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
    let kind = context.reset.identify(&asked.typed).map(|identifier| identifier.kind());
    let on_request = kind.map(|kind| context.reset.channels_on_request(kind)).unwrap_or_default();
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
            context.reset.granted_account(grant, typed.as_deref()).await.map_err(|fault| our_fault(&fault))?
        }
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
    context.reset.cancel_subject(key).await.map_err(|fault| our_fault(&fault))
}
