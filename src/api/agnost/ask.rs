//! Shared by the two calls that send a message: makes the request and says what a server may learn about the
//! account. Callers with a publishable key, which anybody can read, learn nothing.

use super::answer::Refusal;
use crate::admin::KeySummary;
use crate::api::ApiState;
use crate::model::{Caller, Door, Identifier, IdentifierKind, KeyKind};
use crate::reset::{RequestError, ResetRequest, Reveal, RevealedAccount};

pub(super) async fn ask(
    state: &ApiState,
    key: &KeySummary,
    caller: Caller,
    identifier: Identifier,
    redirect_url: Option<String>,
) -> Result<(), Refusal> {
    let kind = identifier.kind();
    let request = ResetRequest {
        identifier,
        wanted_channel: None,
        redirect_url,
        locale: state.default_locale,
        caller: caller.of_client(key.client()),
        door: Door::Agnost,
        max_open: None,
        pass: None,
    };
    match key.kind {
        KeyKind::Publishable => state.reset.request(request).await.map(drop).map_err(refusal),
        KeyKind::Secret => {
            let revealed = state.reset.request_and_reveal(request, Reveal::AccountWithPassword).await;
            told(kind, &revealed.map_err(refusal)?.account)
        }
    }
}

/// What a server learns about the account. A disabled account looks like an unknown one.
fn told(kind: IdentifierKind, account: &RevealedAccount) -> Result<(), Refusal> {
    let by_phone = kind == IdentifierKind::Phone;
    match account {
        RevealedAccount::Reached { signs_in_elsewhere: false, .. } => Ok(()),
        RevealedAccount::Reached { signs_in_elsewhere: true, .. } => Err(Refusal::InvalidProvider),
        RevealedAccount::Unknown | RevealedAccount::Disabled if by_phone => Err(Refusal::UserNotFound),
        RevealedAccount::Unknown | RevealedAccount::Disabled => Err(Refusal::InvalidCredentials),
        RevealedAccount::NotVerified if by_phone => Err(Refusal::PhoneNotVerified),
        RevealedAccount::NotVerified => Err(Refusal::EmailNotVerified),
        RevealedAccount::OutOfReach => Err(Refusal::NotAllowed("No text message goes to that number from here.")),
    }
}

fn refusal(error: RequestError) -> Refusal {
    match error {
        RequestError::RedirectRefused => Refusal::InvalidRedirectUrl,
        RequestError::WayForbidden => Refusal::NotAllowed("Resets with that kind of identifier are switched off."),
        RequestError::LimitReached(reached) => Refusal::RateLimitExceeded(reached.retry_after),
        RequestError::Fault(fault) => Refusal::fault(&fault),
    }
}
