//! Server functions that request a message: the form on the first page, and "send a new code". A browser gets a session
//! when its request is accepted, which the rate limits bound, or when we have to show it a notice.

use leptos::prelude::*;

use super::actions::{again, context, set_aside_what_is_not_of};
use super::context::PageContext;
use super::faults::{PageFault, our_fault, session_fault};
use super::field::{Field, Typed, Waited};
use super::moment_cookie::Moment;
use super::visit::{Asked, Notice};
use crate::model::{Channel, Door, Identifier, IdentifierError, IdentifierKind, Page, Pass};
use crate::reset::{LimitReached, RequestError, ResetRequest};

/// The form on `/forgot-password`.
#[server(prefix = "/actions", endpoint = "ask")]
pub async fn ask(
    #[server(default)] identifier: Typed,
    #[server(default)] redirect_url: String,
    #[server(flatten)] waited: Waited,
) -> Result<(), PageFault> {
    let context = context()?;
    let typed = identifier.to_show();
    let redirect_url = Some(redirect_url).filter(|url| !url.is_empty());
    let moment = Moment::of_request(&typed, redirect_url.as_deref());
    let asking = Asking { typed, wanted_channel: None, redirect_url, moment, pass: waited.pass() };
    let identifier = match context.reset.asking().identify(identifier.as_str()) {
        Ok(identifier) => identifier,
        Err(error) => {
            let notice = match error {
                IdentifierError::Empty => Notice::IdentifierEmpty,
                IdentifierError::Extension => Notice::IdentifierMalformed { meant: "extension".to_owned() },
                IdentifierError::TooLong | IdentifierError::Malformed => malformed(&context, &asking.typed),
            };
            return refuse(&context, &asking, notice, Page::ForgotPassword).await;
        }
    };
    let next = if identifier.kind() == IdentifierKind::Email { Page::CheckInbox } else { Page::Code };
    request(&context, identifier, asking, Page::ForgotPassword, next).await.map(|_| ())
}

/// "Send a new code" on `/code`: repeats the request, by the usual channel or another one.
#[server(prefix = "/actions", endpoint = "resend", input_derive = (serde::Serialize, serde::Deserialize))]
pub async fn resend(
    #[server(default)] channel: Field<Channel>,
    #[server(flatten)] waited: Waited,
) -> Result<(), PageFault> {
    let context = context()?;
    let asked = context.visit.asked().await.map_err(session_fault)?;
    let asked = asked.and_then(|asked| Some((context.reset.asking().identify(&asked.typed).ok()?, asked)));
    let Some((identifier, Asked { typed, redirect_url, .. })) = asked else {
        context.see_other(Page::ForgotPassword);
        return Ok(());
    };
    let on_request = context.reset.asking().channels_on_request(identifier.kind());
    let wanted_channel = channel.0.ok().filter(|channel| on_request.contains(channel));
    let moment = Moment::of_resend(&typed, wanted_channel.map(Channel::as_str).unwrap_or_default());
    let asking = Asking { typed, wanted_channel, redirect_url, moment, pass: waited.pass() };
    if request(&context, identifier, asking, Page::Code, Page::Code).await? {
        context.visit.notify(Notice::CodeSent).await.map_err(session_fault)?;
    }
    Ok(())
}

/// A message that a person requests.
struct Asking {
    typed: String,
    wanted_channel: Option<Channel>,
    redirect_url: Option<String>,
    /// What to repeat after the wait, if there are too many requests right now.
    moment: Moment,
    /// The ticket and the solution from that wait.
    pass: Option<Pass>,
}

/// Requests a message and redirects to `next` or, if the request is refused, back to `here` with a notice. Returns
/// whether the request was accepted.
async fn request(
    context: &PageContext,
    identifier: Identifier,
    asking: Asking,
    here: Page,
    next: Page,
) -> Result<bool, PageFault> {
    let request = ResetRequest {
        identifier,
        wanted_channel: asking.wanted_channel,
        redirect_url: asking.redirect_url.clone(),
        locale: context.facts.locale,
        caller: context.facts.caller.clone(),
        door: Door::Pages,
        max_open: None,
        pass: asking.pass.clone(),
    };
    let notice = match context.reset.request(request).await {
        Ok(requested) => {
            Moment::end(context);
            keep_typed(context, &asking).await?;
            let asked = Asked::new(&requested, asking.typed, asking.redirect_url);
            context.visit.keep_asked(&asked).await.map_err(session_fault)?;
            set_aside_what_is_not_of(context, &requested.challenge_id).await?;
            context.see_other(next);
            return Ok(true);
        }
        Err(RequestError::RedirectRefused) => Notice::RedirectRefused,
        Err(RequestError::WayForbidden) => malformed(context, &asking.typed),
        Err(RequestError::LimitReached(reached)) if reached.is_of_pages() => {
            asking.moment.begin(context, asking.pass.as_ref()).await?;
            return Ok(false);
        }
        Err(RequestError::LimitReached(reached)) => limit_notice(reached),
        Err(RequestError::Fault(fault)) => return Err(our_fault(&fault)),
    };
    refuse(context, &asking, notice, here).await?;
    Ok(false)
}

/// Redirects back to `here` with a notice. This needs a session, so new browsers are subject to a limit.
async fn refuse(context: &PageContext, asking: &Asking, notice: Notice, here: Page) -> Result<(), PageFault> {
    if context.visit.is_new().await.map_err(session_fault)?
        && !context.reset.admission().visitor(&context.facts.caller).await.map_err(|fault| our_fault(&fault))?
    {
        context.see_other(Page::SlowDown);
        return Ok(());
    }
    keep_typed(context, asking).await?;
    again(context, notice, here).await
}

async fn keep_typed(context: &PageContext, asking: &Asking) -> Result<(), PageFault> {
    let registered = asking.redirect_url.as_deref().filter(|url| context.reset.redirects().find(url).is_ok());
    context.visit.keep_typed(&asking.typed, registered).await.map_err(session_fault)
}

/// The notice for a text that isn't an identifier that people may enter here.
fn malformed(context: &PageContext, typed: &str) -> Notice {
    let meant = IdentifierKind::meant_by(typed, context.reset.asking().ways());
    Notice::IdentifierMalformed { meant: meant.map(IdentifierKind::as_str).unwrap_or_default().to_owned() }
}

fn limit_notice(reached: LimitReached) -> Notice {
    let seconds = reached.retry_after.as_secs();
    if reached.is_cooldown() { Notice::TooSoon { seconds } } else { Notice::TooManyRequests { seconds } }
}
