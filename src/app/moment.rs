//! The wait before a request while there are too many. What the person typed and their ticket are in a cookie until the
//! request is accepted. They are not in the session, which is a row: refused requests must not write anything.

use axum::http::{HeaderValue, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::context::PageContext;
use super::faults::{PageFault, our_fault};
use super::moment_cookie::{COOKIE, Moment};
use crate::model::{Page, Pass, Ticket};

/// Browsers store at most 4096 bytes, including the name and the attributes.
const MAX_COOKIE: usize = 3900;

/// The pause after a try that was refused although the puzzle was solved.
const PAUSE_SECONDS: u32 = 10;

impl Moment {
    /// Redirects to `/one-moment` with a ticket: the one that was sent if it can still be used, otherwise a new one.
    pub async fn begin(self, context: &PageContext, brought: Option<&Pass>) -> Result<(), PageFault> {
        let caller = &context.facts.caller;
        let held = brought.map(|pass| pass.ticket.as_str());
        let ticket = context.reset.admission().ticket(caller, held).await.map_err(|fault| our_fault(&fault))?.text();
        let before = context.moment.as_ref().filter(|moment| moment.ticket == ticket).map_or(0, |moment| moment.tries);
        let was_refused =
            brought.is_some_and(|pass| pass.ticket == ticket && context.reset.admission().may_use(caller, pass));
        Self { ticket, tries: before.saturating_add(u32::from(was_refused)), ..self }.keep(context);
        context.see_other(Page::OneMoment);
        Ok(())
    }

    /// Ends the wait by removing the cookie.
    pub fn end(context: &PageContext) {
        if context.moment.is_some() {
            set_cookie(context, "", 0);
        }
    }

    fn keep(mut self, context: &PageContext) {
        let encoded = |moment: &Self| serde_json::to_vec(moment).map(|json| URL_SAFE_NO_PAD.encode(json));
        let mut text = encoded(&self).unwrap_or_default();
        // A very long URL together with a long non-ASCII address doesn't fit; use the default target instead.
        if text.len() > MAX_COOKIE {
            self.redirect_url = None;
            text = encoded(&self).unwrap_or_default();
        }
        set_cookie(context, &text, Ticket::LIFETIME.as_secs());
    }
}

fn set_cookie(context: &PageContext, value: &str, seconds: u64) {
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax; Secure");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        context.header(header::SET_COOKIE, cookie);
    }
}

/// `/one-moment`.
pub enum MomentView {
    /// This browser isn't waiting.
    Redirecting,
    Waiting(Waiting),
}

/// What the page shows and its form sends.
pub struct Waiting {
    pub typed: String,
    pub redirect_url: Option<String>,
    pub resend: Option<String>,
    pub ticket: String,
    pub seed: String,
    pub bits: u32,
    /// Seconds until the ticket is accepted without a solution.
    pub seconds_left: u32,
    /// Seconds until the script may send the form.
    pub pause: u32,
    pub was_refused: bool,
}

pub async fn one_moment(context: PageContext) -> Result<MomentView, PageFault> {
    let Some(moment) = context.moment.clone() else {
        context.see_other(Page::ForgotPassword);
        return Ok(MomentView::Redirecting);
    };
    let caller = &context.facts.caller;
    let ticket =
        context.reset.admission().ticket(caller, Some(&moment.ticket)).await.map_err(|fault| our_fault(&fault))?;
    let text = ticket.text();
    let moment = if text == moment.ticket { moment } else { Moment { ticket: text.clone(), tries: 0, ..moment } };
    moment.clone().keep(&context);
    let seconds_left = ticket.ripe_in(context.facts.now).as_millis().div_ceil(1000);
    let seconds_left = u32::try_from(seconds_left).unwrap_or(u32::MAX);
    let was_refused = moment.tries > 0;
    let pause = match (was_refused, seconds_left) {
        (false, _) => 0,
        (true, 0) => PAUSE_SECONDS,
        (true, left) => left,
    };
    context.status(StatusCode::TOO_MANY_REQUESTS);
    context.retry_after(seconds_left.max(1).into());
    Ok(MomentView::Waiting(Waiting {
        typed: moment.typed,
        redirect_url: moment.redirect_url,
        resend: moment.resend,
        ticket: text,
        seed: ticket.seed().to_owned(),
        bits: ticket.bits(),
        seconds_left,
        pause,
        was_refused,
    }))
}
