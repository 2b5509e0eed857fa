//! Server functions: what the forms post to. A person's mistake is a notice in the session and a
//! redirect, never an `Err`: that is for our own faults alone (a form posted without JavaScript to a
//! function that fails would be sent to its `Referer`).

use leptos::prelude::*;

use super::context::PageContext;
use super::faults::{our_fault, session_fault};
use super::islands::Strength;
use super::texts::violation_text;
use super::visit::{Asked, CancelledWhat, Notice};
use crate::model::{
    AccessToken, ChallengeId, Channel, Code, Door, Hold, Identifier, IdentifierError, IdentifierKind, MAX_TYPED,
    NewPassword, PasswordError, SecretHash,
};
use crate::reset::{
    Arrival, BrowserState, Cancelled, CodeError, CompleteError, LimitReached, RequestError, ResetRequest,
};

/// The form on `/forgot-password`.
#[server(prefix = "/actions", endpoint = "ask")]
pub async fn ask(
    #[server(default)] identifier: String,
    #[server(default)] redirect_url: String,
) -> Result<(), ServerFnError> {
    let context = context()?;
    if context.visit.is_new()
        && !context.reset.admit_visitor(&context.facts.caller).await.map_err(|fault| our_fault(&fault))?
    {
        context.see_other("/slow-down");
        return Ok(());
    }
    let redirect_url = Some(redirect_url).filter(|url| !url.is_empty());
    let registered = redirect_url.as_deref().filter(|url| context.reset.is_registered_redirect(url));
    let typed: String = identifier.trim().chars().filter(|character| !character.is_control()).take(MAX_TYPED).collect();
    context.visit.keep_typed(&typed, registered).await.map_err(session_fault)?;
    let identifier = match context.reset.identify(&identifier) {
        Ok(identifier) => identifier,
        Err(error) => {
            let notice = match error {
                IdentifierError::Empty => Notice::IdentifierEmpty,
                IdentifierError::Extension => Notice::IdentifierMalformed { meant: "extension".to_owned() },
                IdentifierError::TooLong | IdentifierError::Malformed => malformed(&context, &typed),
            };
            return again(&context, notice, "/forgot-password").await;
        }
    };
    let next = if identifier.kind() == IdentifierKind::Email { "/check-inbox" } else { "/code" };
    request(&context, Asking { identifier, typed, wanted_channel: None, redirect_url }, "/forgot-password", next)
        .await
        .map(|_| ())
}

/// "Send a new code" on `/code`: the same request once more, by the usual way or another.
#[server(prefix = "/actions", endpoint = "resend")]
pub async fn resend(#[server(default)] channel: String) -> Result<(), ServerFnError> {
    let context = context()?;
    let asked = context.visit.asked().await.map_err(session_fault)?;
    let asked = asked.and_then(|asked| Some((context.reset.identify(&asked.typed).ok()?, asked)));
    let Some((identifier, Asked { typed, redirect_url, .. })) = asked else {
        context.see_other("/forgot-password");
        return Ok(());
    };
    let on_request = context.reset.channels_on_request(identifier.kind());
    let wanted_channel = Channel::from_word(&channel).filter(|channel| on_request.contains(channel));
    let asking = Asking { identifier, typed, wanted_channel, redirect_url };
    if request(&context, asking, "/code", "/code").await? {
        context.visit.notify(Notice::CodeSent).await.map_err(session_fault)?;
    }
    Ok(())
}

/// The code form on `/code`.
#[server(prefix = "/actions", endpoint = "check-code")]
pub async fn check_code(#[server(default)] code: String) -> Result<(), ServerFnError> {
    let context = context()?;
    let asked = context.visit.asked().await.map_err(session_fault)?;
    let Some(challenge) = asked.and_then(|asked| asked.challenge()) else {
        context.see_other("/forgot-password");
        return Ok(());
    };
    let Ok(code) = Code::parse(&code) else { return again(&context, Notice::CodeRefused, "/code").await };
    match context.reset.check_code(&challenge, &code, &context.facts.caller).await {
        Ok(granted) => take_grant(&context, &granted.access_token.hash()).await,
        Err(CodeError::Wrong | CodeError::Ended | CodeError::TooManyTries)
            if holds_a_grant_for(&context, &challenge).await? =>
        {
            context.see_other("/reset-password");
            Ok(())
        }
        Err(CodeError::Wrong | CodeError::Ended | CodeError::TooManyTries) => {
            again(&context, Notice::CodeRefused, "/code").await
        }
        Err(CodeError::Fault(fault)) => Err(our_fault(&fault).into()),
    }
}

/// What `/auth-redirect` was opened with.
#[server(prefix = "/actions", endpoint = "auth-redirect")]
pub async fn arrive(
    #[server(default)] action: String,
    #[server(default)] access_token: String,
) -> Result<(), ServerFnError> {
    let context = context()?;
    match AccessToken::parse(&access_token) {
        Ok(token) if action == "reset-pwd" => arrive_with(&context, &token).await,
        _ => {
            context.see_other("/link-expired");
            Ok(())
        }
    }
}

/// Moves the access token out of the address bar into the session and goes on to the form; a dead one leads to the
/// page that says so. One that is for something else than what this browser has open gives no right yet: another
/// site may have sent the browser here.
pub async fn arrive_with(context: &PageContext, token: &AccessToken) -> Result<(), ServerFnError> {
    let hash = token.hash();
    let asked = context.visit.asked().await.map_err(session_fault)?.and_then(|asked| asked.challenge());
    let held = context.visit.grant().await.map_err(session_fault)?;
    let browser = BrowserState { asked: asked.as_ref(), held: held.as_ref() };
    match context.reset.arrive(&hash, browser).await.map_err(|fault| our_fault(&fault))? {
        Arrival::Own(account) => {
            context.visit.keep_grant(&hash, &account).await.map_err(session_fault)?;
            context.see_other("/reset-password");
        }
        Arrival::Foreign => {
            context.visit.keep_waiting(&hash).await.map_err(session_fault)?;
            context.see_other("/another-link");
        }
        Arrival::Dead => context.see_other("/link-expired"),
    }
    Ok(())
}

/// "Go on with this link" on `/another-link`. The form names the token that the page was drawn for.
#[server(prefix = "/actions", endpoint = "another-link")]
pub async fn go_on_with_another_link(#[server(default)] form: String) -> Result<(), ServerFnError> {
    let context = context()?;
    match context.visit.waiting().await.map_err(session_fault)? {
        Some(token) if form == form_name(&token) => take_grant(&context, &token).await,
        Some(_) | None => {
            context.see_other("/another-link");
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
        context.see_other("/reset-password");
        return Ok(());
    };
    if form != form_name(&grant) {
        return again(&context, Notice::AnotherAccount, "/reset-password").await;
    }
    context.reset.note_use(&grant).await.map_err(|fault| our_fault(&fault))?;
    let (password, repeated) = match (NewPassword::parse(new_password), NewPassword::parse(new_password_again)) {
        (Ok(password), Ok(repeated)) => (password, repeated),
        (Ok(_), Err(PasswordError::Empty)) => return again(&context, Notice::PasswordsDiffer, "/reset-password").await,
        (Err(error), _) | (_, Err(error)) => {
            let notice = Notice::of_password(error, context.reset.max_password_length());
            return again(&context, notice, "/reset-password").await;
        }
    };
    if password.expose() != repeated.expose() {
        return again(&context, Notice::PasswordsDiffer, "/reset-password").await;
    }
    match context.reset.complete(&grant, password, &context.facts.caller).await {
        Ok(()) => {
            // The password is set: whatever happens to the session now, that is what to say.
            let _logged = context.visit.end().await.map_err(session_fault);
            context.see_other("/done");
            Ok(())
        }
        Err(CompleteError::TokenDead) => {
            context.visit.end().await.map_err(session_fault)?;
            context.see_other("/link-expired");
            Ok(())
        }
        Err(CompleteError::PasswordRejected(violations)) => {
            let notice = violations.first().copied().map_or(Notice::PasswordWeak, Notice::from);
            again(&context, notice, "/reset-password").await
        }
        Err(CompleteError::Busy) => again(&context, Notice::Busy, "/reset-password").await,
        Err(CompleteError::Fault(fault)) => Err(our_fault(&fault).into()),
    }
}

/// The button on `/not-me`. The form names the key that the page was drawn for; without a name it is the newest.
#[server(prefix = "/actions", endpoint = "not-me")]
pub async fn not_me(#[server(default)] form: String) -> Result<(), ServerFnError> {
    let context = context()?;
    context.see_other("/not-me");
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
        // The page says why.
        Cancelled::Nothing => return Ok(context.visit.keep_cancel_key(key).await.map_err(session_fault)?),
    };
    Ok(context.visit.keep_cancelled(what, key).await.map_err(session_fault)?)
}

/// The body of the islands' `password_strength`. Without a living grant there is nothing to compare
/// with, and the answer is empty; so it is while too many are typing, and when the reset's budget is spent.
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

/// What a person asks for.
struct Asking {
    identifier: Identifier,
    typed: String,
    wanted_channel: Option<Channel>,
    redirect_url: Option<String>,
}

/// Asks for a message and goes on to `next`; where that is refused, back to `here` with a notice.
/// Tells whether it was accepted.
async fn request(
    context: &PageContext,
    asking: Asking,
    here: &'static str,
    next: &'static str,
) -> Result<bool, ServerFnError> {
    let Asking { identifier, typed, wanted_channel, redirect_url } = asking;
    let (locale, caller, target) = (context.facts.locale, context.facts.caller.clone(), redirect_url.clone());
    let door = Door::Pages;
    let request = ResetRequest { identifier, wanted_channel, redirect_url, locale, caller, door, max_open: None };
    let notice = match context.reset.request(request).await {
        Ok(requested) => {
            context.visit.keep_asked(&Asked::new(&requested, typed, target)).await.map_err(session_fault)?;
            set_aside_what_is_not_of(context, &requested.challenge_id).await?;
            context.see_other(next);
            return Ok(true);
        }
        Err(RequestError::RedirectRefused) => Notice::RedirectRefused,
        Err(RequestError::WayForbidden) => malformed(context, &typed),
        Err(RequestError::LimitReached(reached)) => limit_notice(reached),
        Err(RequestError::Fault(fault)) => return Err(our_fault(&fault).into()),
    };
    again(context, notice, here).await?;
    Ok(false)
}

/// Whether the form for that request, or for another one with the same identifier, is open in this browser: somebody
/// went back and typed the code again.
async fn holds_a_grant_for(context: &PageContext, asked: &ChallengeId) -> Result<bool, ServerFnError> {
    let Some(grant) = context.visit.grant().await.map_err(session_fault)? else { return Ok(false) };
    Ok(context.reset.is_granted_for(&grant, asked).await.map_err(|fault| our_fault(&fault))?)
}

/// Whoever asks anew turns to that request: a form that is open for another one waits until the person comes back to
/// it. It may have been planted before.
async fn set_aside_what_is_not_of(context: &PageContext, asked: &ChallengeId) -> Result<(), ServerFnError> {
    if !holds_a_grant_for(context, asked).await? {
        context.visit.set_grant_aside().await.map_err(session_fault)?;
    }
    Ok(())
}

async fn take_grant(context: &PageContext, token: &SecretHash) -> Result<(), ServerFnError> {
    match context.reset.granted_account(token, None, Hold::Taken).await.map_err(|fault| our_fault(&fault))? {
        Some(account) => {
            context.visit.keep_grant(token, &account).await.map_err(session_fault)?;
            context.see_other("/reset-password");
        }
        None => context.see_other("/link-expired"),
    }
    Ok(())
}

/// Ties a form to the grant that it was drawn for: a token that was planted in the session meanwhile
/// must not take a password that was typed for another account. Not a secret.
pub fn form_name(grant: &SecretHash) -> String {
    grant.fingerprint()
}

async fn again(context: &PageContext, notice: Notice, path: &'static str) -> Result<(), ServerFnError> {
    context.visit.notify(notice).await.map_err(session_fault)?;
    context.see_other(path);
    Ok(())
}

/// What to say of a text that is none of what may be asked with.
fn malformed(context: &PageContext, typed: &str) -> Notice {
    let meant = IdentifierKind::meant_by(typed, context.reset.ways_to_ask());
    Notice::IdentifierMalformed { meant: meant.map(IdentifierKind::as_str).unwrap_or_default().to_owned() }
}

fn limit_notice(reached: LimitReached) -> Notice {
    let seconds = reached.retry_after.as_secs();
    if reached.is_cooldown() { Notice::TooSoon { seconds } } else { Notice::TooManyRequests { seconds } }
}

fn context() -> Result<PageContext, ServerFnError> {
    PageContext::current().ok_or_else(|| ServerFnError::new("called outside a request"))
}
