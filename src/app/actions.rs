//! Server functions to which the forms post; those that request a message are in `asking`. They answer a person's
//! mistake with a notice in the session and a redirect. `Err` is only for faults on our side: without JavaScript,
//! Leptos redirects a form whose function fails to its `Referer`.

use leptos::prelude::*;

use super::context::PageContext;
use super::faults::{PageFault, our_fault, session_fault};
use super::islands::Strength;
use super::texts::violation_text;
use super::visit::{CancelledWhat, Notice};
use crate::model::{AccessToken, ChallengeId, Code, Hold, NewPassword, Page, PasswordError, SecretHash};
use crate::reset::{Arrival, BrowserState, Cancelled, CodeError, CompleteError};

/// The code form on `/code`.
#[server(prefix = "/actions", endpoint = "check-code")]
pub async fn check_code(#[server(default)] code: String) -> Result<(), ServerFnError> {
    let context = context()?;
    let asked = context.visit.asked().await.map_err(session_fault)?;
    let Some(challenge) = asked.and_then(|asked| asked.challenge()) else {
        context.see_other(Page::ForgotPassword);
        return Ok(());
    };
    let Ok(code) = Code::parse(&code) else { return again(&context, Notice::CodeRefused, Page::Code).await };
    match context.reset.check_code(&challenge, &code, &context.facts.caller).await {
        Ok(granted) => take_grant(&context, &granted.access_token.hash()).await,
        Err(CodeError::Wrong | CodeError::Ended | CodeError::TooManyTries)
            if holds_a_grant_for(&context, &challenge).await? =>
        {
            context.see_other(Page::ResetPassword);
            Ok(())
        }
        Err(CodeError::Wrong | CodeError::Ended | CodeError::TooManyTries) => {
            again(&context, Notice::CodeRefused, Page::Code).await
        }
        Err(CodeError::Fault(fault)) => Err(our_fault(&fault).into()),
    }
}

/// The parameters with which `/auth-redirect` was opened.
#[server(prefix = "/actions", endpoint = "auth-redirect")]
pub async fn arrive(
    #[server(default)] action: String,
    #[server(default)] access_token: String,
) -> Result<(), ServerFnError> {
    let context = context()?;
    match AccessToken::parse(&access_token) {
        Ok(token) if action == "reset-pwd" => arrive_with(&context, &token).await,
        _ => {
            context.see_other(Page::LinkExpired);
            Ok(())
        }
    }
}

/// Moves the access token from the address bar to the session and redirects to the form, or to `/link-expired` if the
/// token is dead. A token for something other than what this browser has open grants no right yet: another site may
/// have sent the browser here.
pub async fn arrive_with(context: &PageContext, token: &AccessToken) -> Result<(), ServerFnError> {
    let hash = token.hash();
    let asked = context.visit.asked().await.map_err(session_fault)?.and_then(|asked| asked.challenge());
    let held = context.visit.grant().await.map_err(session_fault)?;
    let browser = BrowserState { asked: asked.as_ref(), held: held.as_ref() };
    let arrival = context.reset.arrive(&hash, browser).await.map_err(|fault| our_fault(&fault))?;
    if !matches!(arrival, Arrival::Dead) && !may_begin_with(context, Right::Token(&hash)).await? {
        return Ok(());
    }
    match arrival {
        Arrival::Own(account) => {
            context.visit.keep_grant(&hash, &account).await.map_err(session_fault)?;
            context.see_other(Page::ResetPassword);
        }
        Arrival::Foreign => {
            context.visit.keep_waiting(&hash).await.map_err(session_fault)?;
            context.see_other(Page::AnotherLink);
        }
        Arrival::Dead => context.see_other(Page::LinkExpired),
    }
    Ok(())
}

/// The form on `/another-link`, with which a person continues with the other link. It names the token for which the
/// page was rendered.
#[server(prefix = "/actions", endpoint = "another-link")]
pub async fn go_on_with_another_link(#[server(default)] form: String) -> Result<(), ServerFnError> {
    let context = context()?;
    match context.visit.waiting().await.map_err(session_fault)? {
        Some(token) if form == form_name(&token) => take_grant(&context, &token).await,
        Some(_) | None => {
            context.see_other(Page::AnotherLink);
            Ok(())
        }
    }
}

/// The form on `/reset-password`.
#[server(prefix = "/actions", endpoint = "set-password")]
pub async fn set_password(
    #[server(default)] form: String,
    #[server(default)] new_password: String,
    #[server(default)] new_password_again: String,
) -> Result<(), ServerFnError> {
    let context = context()?;
    let Some(grant) = context.visit.grant().await.map_err(session_fault)? else {
        context.see_other(Page::ResetPassword);
        return Ok(());
    };
    if form != form_name(&grant) {
        return again(&context, Notice::AnotherAccount, Page::ResetPassword).await;
    }
    context.reset.note_use(&grant).await.map_err(|fault| our_fault(&fault))?;
    let (password, repeated) = match (NewPassword::parse(new_password), NewPassword::parse(new_password_again)) {
        (Ok(password), Ok(repeated)) => (password, repeated),
        (Ok(_), Err(PasswordError::Empty)) => {
            return again(&context, Notice::PasswordsDiffer, Page::ResetPassword).await;
        }
        (Err(error), _) | (_, Err(error)) => {
            let notice = Notice::of_password(error, context.reset.policy().max_length());
            return again(&context, notice, Page::ResetPassword).await;
        }
    };
    if password.expose() != repeated.expose() {
        return again(&context, Notice::PasswordsDiffer, Page::ResetPassword).await;
    }
    match context.reset.complete(&grant, password, &context.facts.caller).await {
        Ok(()) => {
            // The password is set, so report success even if the session can't be ended.
            let _logged = context.visit.end().await.map_err(session_fault);
            context.see_other(Page::Done);
            Ok(())
        }
        Err(CompleteError::TokenDead) => {
            context.visit.end().await.map_err(session_fault)?;
            context.see_other(Page::LinkExpired);
            Ok(())
        }
        Err(CompleteError::PasswordRejected(violations)) => {
            let notice = violations.first().copied().map_or(Notice::PasswordWeak, Notice::from);
            again(&context, notice, Page::ResetPassword).await
        }
        Err(CompleteError::Busy) => again(&context, Notice::Busy, Page::ResetPassword).await,
        Err(CompleteError::Fault(fault)) => Err(our_fault(&fault).into()),
    }
}

/// The button on `/not-me`. The form names the key for which the page was rendered; without a name, the newest is used.
#[server(prefix = "/actions", endpoint = "not-me")]
pub async fn not_me(#[server(default)] form: String) -> Result<(), ServerFnError> {
    let context = context()?;
    context.see_other(Page::NotMe);
    let keys = context.visit.cancel_keys().await.map_err(session_fault)?;
    let Some(newest) = keys.last() else { return Ok(()) };
    let named = keys.iter().find(|key| form == form_name(key));
    let Some(key) = named.or_else(|| form.is_empty().then_some(newest)) else {
        return Ok(context.visit.notify(Notice::AnotherMessage).await.map_err(session_fault)?);
    };
    let cancelled = context.reset.cancel(key, &context.facts.caller).await.map_err(|fault| our_fault(&fault))?;
    let what = match cancelled {
        Cancelled::Request => CancelledWhat::Request,
        Cancelled::Password => CancelledWhat::Password,
        // `/not-me` then shows the reason.
        Cancelled::Nothing => return Ok(context.visit.keep_cancel_key(key).await.map_err(session_fault)?),
    };
    Ok(context.visit.keep_cancelled(what, key).await.map_err(session_fault)?)
}

/// The implementation of `password_strength`. The answer is empty without a valid grant, while too many people are
/// typing, and when the reset has used up its assessments.
pub async fn assess_password(password: String) -> Result<Strength, ServerFnError> {
    let context = context()?;
    let grant = context.visit.grant().await.map_err(session_fault)?;
    let (Some(grant), Ok(password)) = (grant, NewPassword::parse(password)) else { return Ok(Strength::default()) };
    let assessment = context.reset.preview(&grant, &password).await.map_err(|fault| our_fault(&fault))?;
    Ok(assessment.map_or_else(Strength::default, |assessment| {
        let hint = match assessment.violations.first() {
            Some(violation) => violation_text(&context, *violation),
            None => context.say(if assessment.score >= 4 { "strength-4" } else { "strength-3" }),
        };
        let score = if assessment.violations.is_empty() { assessment.score } else { assessment.score.min(2) };
        Strength { score, hint }
    }))
}

/// Whether this browser has a grant for this request, or for another one with the same identifier: somebody may go
/// back and enter the code again.
async fn holds_a_grant_for(context: &PageContext, asked: &ChallengeId) -> Result<bool, ServerFnError> {
    let Some(grant) = context.visit.grant().await.map_err(session_fault)? else { return Ok(false) };
    Ok(context.reset.is_granted_for(&grant, asked).await.map_err(|fault| our_fault(&fault))?)
}

/// A new request takes precedence: an open form for another request is set aside until the person returns to it,
/// because an attacker may have planted it.
pub(super) async fn set_aside_what_is_not_of(context: &PageContext, asked: &ChallengeId) -> Result<(), ServerFnError> {
    if !holds_a_grant_for(context, asked).await? {
        context.visit.set_grant_aside().await.map_err(session_fault)?;
    }
    Ok(())
}

async fn take_grant(context: &PageContext, token: &SecretHash) -> Result<(), ServerFnError> {
    match context.reset.granted_account(token, None, Hold::Taken).await.map_err(|fault| our_fault(&fault))? {
        Some(account) => {
            context.visit.keep_grant(token, &account).await.map_err(session_fault)?;
            context.see_other(Page::ResetPassword);
        }
        None => context.see_other(Page::LinkExpired),
    }
    Ok(())
}

/// Ties a form to the grant for which it was rendered: a token that was planted in the session in the meantime must not
/// receive a password that was entered for another account. Not a secret.
pub fn form_name(grant: &SecretHash) -> String {
    grant.fingerprint()
}

pub(super) async fn again(context: &PageContext, notice: Notice, page: Page) -> Result<(), ServerFnError> {
    context.visit.notify(notice).await.map_err(session_fault)?;
    context.see_other(page);
    Ok(())
}

/// Checks the limit on sessions that start with the same link. If it is reached, returns `false` and redirects to
/// `/slow-down`.
pub async fn may_begin_with(context: &PageContext, right: Right<'_>) -> Result<bool, PageFault> {
    if !context.visit.is_new().await.map_err(session_fault)? {
        return Ok(true);
    }
    let admitted = match right {
        Right::Token(token) => context.reset.admission().holder_of_token(token).await,
        Right::CancelKey(key) => context.reset.admission().holder_of_cancel_key(key).await,
    };
    let admitted = admitted.map_err(|fault| our_fault(&fault))?;
    if !admitted {
        context.see_other(Page::SlowDown);
    }
    Ok(admitted)
}

/// The secret with which a browser arrives.
#[derive(Clone, Copy)]
pub enum Right<'a> {
    Token(&'a SecretHash),
    CancelKey(&'a SecretHash),
}

pub(super) fn context() -> Result<PageContext, ServerFnError> {
    PageContext::current().ok_or_else(|| ServerFnError::new("called outside a request"))
}
