//! `ConfirmForgotPassword`: sets a new password with a code.

use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;

use super::answer::{Refusal, ok};
use super::forgot_password::revealed_to;
use super::request::Given;
use crate::admin::KeySummary;
use crate::api::ApiState;
use crate::model::{Caller, Identifier, Scope};
use crate::reset::{CodeError, CompleteByCodeError, CompleteError, RevealedAccount, first_reason};

#[derive(Serialize)]
struct Confirmed {}

pub(super) async fn confirm_forgot_password(
    state: &ApiState,
    caller: Caller,
    headers: &HeaderMap,
    mut given: Given,
) -> Result<Response, Refusal> {
    let (subject, code, password) = (given.subject()?, given.code()?, given.password()?);
    let (key, identifier) = subject.admit(state, headers, Scope::ResetsComplete).await?;
    let caller = caller.of_client(key.client());
    match state.reset.complete_by_code(&identifier, &code, password, &caller).await {
        Ok(()) => Ok(ok(&Confirmed {})),
        Err(CompleteByCodeError::Code(error)) => Err(code_refused(state, &key, &identifier, error).await),
        Err(CompleteByCodeError::Complete(error)) => Err(match error {
            CompleteError::TokenDead => Refusal::ExpiredCode,
            CompleteError::PasswordRejected(violations) => Refusal::InvalidPassword(first_reason(&violations)),
            CompleteError::Busy => Refusal::busy(),
            CompleteError::Fault(fault) => Refusal::fault(&fault),
        }),
    }
}

async fn code_refused(state: &ApiState, key: &KeySummary, identifier: &Identifier, error: CodeError) -> Refusal {
    let refusal = match error {
        CodeError::Wrong => Refusal::CodeMismatch,
        CodeError::Ended => Refusal::ExpiredCode,
        CodeError::TooManyTries => return Refusal::TooManyFailedAttempts,
        CodeError::Fault(fault) => return Refusal::fault(&fault),
    };
    match state.reset.reveal_account(identifier, revealed_to(key)).await {
        Ok(Some(RevealedAccount::Unknown)) => Refusal::UserNotFound,
        Ok(Some(RevealedAccount::Disabled)) => Refusal::UserDisabled,
        Ok(
            None | Some(RevealedAccount::Reached { .. } | RevealedAccount::NotVerified | RevealedAccount::OutOfReach),
        ) => refusal,
        Err(fault) => Refusal::fault(&fault),
    }
}
