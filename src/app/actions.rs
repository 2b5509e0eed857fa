//! Server functions to which the forms post; those that request a message are in `asking`. They answer a person's
//! mistake with a notice in the session and a redirect. `Err` is only for faults on our side: without JavaScript,
//! Leptos redirects a form whose function fails to its `Referer`.

use leptos::prelude::*;

use super::context::PageContext;
use super::faults::{PageFault, our_fault, session_fault};
use super::field::{Field, FormName};
use super::islands::Strength;
use super::texts::violation_text;
use super::visit::{CancelledWhat, Notice};
use crate::model::{AccessToken, ChallengeId, Code, Hold, NewPassword, Page, PasswordError, SecretHash};
use crate::reset::{Arrival, BrowserState, Cancelled, CodeError, CompleteError};

/// The code form on `/code`.
#[server(prefix = "/actions", endpoint = "check-code", input_derive = (serde::Serialize, serde::Deserialize))]
pub async fn check_code(#[server(default)] code: Field<Code>) -> Result<(), PageFault> {
    let context = context()?;
    let asked = context.visit.asked().await.map_err(session_fault)?;
    let Some(challenge) = asked.and_then(|asked| asked.challenge()) else {
        context.see_other(Page::ForgotPassword);
        return Ok(());
    };
    let Ok(code) = code.0 else { return again(&context, Notice::CodeRefused, Page::Code).await };
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
        Err(CodeError::Fault(fault)) => Err(our_fault(&fault)),
    }
}

/// The parameters with which `/auth-redirect` was opened.
#[server(prefix = "/actions", endpoint = "auth-redirect", input_derive = (serde::Serialize, serde::Deserialize))]
pub async fn arrive(
    #[server(default)] action: String,
    #[server(default)] access_token: Field<AccessToken>,
) -> Result<(), PageFault> {
    let context = context()?;
    match access_token.0 {
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
pub async fn arrive_with(context: &PageContext, token: &AccessToken) -> Result<(), PageFault> {
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
pub async fn go_on_with_another_link(#[server(default)] form: FormName) -> Result<(), PageFault> {
    let context = context()?;
    match context.visit.waiting().await.map_err(session_fault)? {
        Some(token) if form == FormName::of(&token) => take_grant(&context, &token).await,
        Some(_) | None => {
            context.see_other(Page::AnotherLink);
            Ok(())
        }
    }
}

/// The form on `/reset-password`.
#[server(prefix = "/actions", endpoint = "set-password", input_derive = (serde::Serialize, serde::Deserialize))]
pub async fn set_password(
    #[server(default)] form: FormName,
    #[server(default)] new_password: Field<NewPassword>,
    #[server(default)] new_password_again: Field<NewPassword>,
) -> Result<(), PageFault> {
    let context = context()?;
    let Some(grant) = context.visit.grant().await.map_err(session_fault)? else {
        context.see_other(Page::ResetPassword);
        return Ok(());
    };
    if form != FormName::of(&grant) {
        return again(&context, Notice::AnotherAccount, Page::ResetPassword).await;
    }
    context.reset.note_use(&grant).await.map_err(|fault| our_fault(&fault))?;
    let (password, repeated) = match (new_password.0, new_password_again.0) {
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
        Err(CompleteError::Fault(fault)) => Err(our_fault(&fault)),
    }
}

/// The button on `/not-me`. The form names the key for which the page was rendered; without a name, the newest is used.
#[server(prefix = "/actions", endpoint = "not-me")]
pub async fn not_me(#[server(default)] form: FormName) -> Result<(), PageFault> {
    let context = context()?;
    context.see_other(Page::NotMe);
    let keys = context.visit.cancel_keys().await.map_err(session_fault)?;
    let Some(newest) = keys.last() else { return Ok(()) };
    let named = keys.iter().find(|key| form == FormName::of(key));
    let Some(key) = named.or_else(|| form.is_missing().then_some(newest)) else {
        return context.visit.notify(Notice::AnotherMessage).await.map_err(session_fault);
    };
    let cancelled = context.reset.cancel(key, &context.facts.caller).await.map_err(|fault| our_fault(&fault))?;
    let what = match cancelled {
        Cancelled::Request => CancelledWhat::Request,
        Cancelled::Password => CancelledWhat::Password,
        // `/not-me` then shows the reason.
        Cancelled::Nothing => return context.visit.keep_cancel_key(key).await.map_err(session_fault),
    };
    context.visit.keep_cancelled(what, key).await.map_err(session_fault)
}

/// The implementation of `password_strength`. The answer is empty without a valid grant, while too many people are
/// typing, and when the reset has used up its assessments.
pub async fn assess_password(password: String) -> Result<Strength, PageFault> {
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
async fn holds_a_grant_for(context: &PageContext, asked: &ChallengeId) -> Result<bool, PageFault> {
    let Some(grant) = context.visit.grant().await.map_err(session_fault)? else { return Ok(false) };
    context.reset.is_granted_for(&grant, asked).await.map_err(|fault| our_fault(&fault))
}

/// A new request takes precedence: an open form for another request is set aside until the person returns to it,
/// because an attacker may have planted it.
pub(super) async fn set_aside_what_is_not_of(context: &PageContext, asked: &ChallengeId) -> Result<(), PageFault> {
    if !holds_a_grant_for(context, asked).await? {
        context.visit.set_grant_aside().await.map_err(session_fault)?;
    }
    Ok(())
}

async fn take_grant(context: &PageContext, token: &SecretHash) -> Result<(), PageFault> {
    match context.reset.granted_account(token, None, Hold::Taken).await.map_err(|fault| our_fault(&fault))? {
        Some(account) => {
            context.visit.keep_grant(token, &account).await.map_err(session_fault)?;
            context.see_other(Page::ResetPassword);
        }
        None => context.see_other(Page::LinkExpired),
    }
    Ok(())
}

pub(super) async fn again(context: &PageContext, notice: Notice, page: Page) -> Result<(), PageFault> {
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

pub(super) fn context() -> Result<PageContext, PageFault> {
    PageContext::current().ok_or(PageFault)
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::axum::server_fn_paths;

    // The layers that check forms recognise them by it.
    #[test]
    fn the_path_of_every_server_function_begins_with_the_prefix() {
        let paths = server_fn_paths().map(|(path, _)| path);
        let ours: Vec<&str> = paths.filter(|path| !path.starts_with("/upstream/")).collect();
        assert_eq!(ours.len(), 8, "{ours:?}");
        assert!(ours.iter().all(|path| path.starts_with(crate::app::ACTIONS)), "{ours:?}");
    }
}
