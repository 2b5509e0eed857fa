//! Extractors for the API key of a call, one per scope.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::admin::KeySummary;
use crate::api::ApiState;
use crate::api::key::{KeyRefusal, Scheme};
use crate::api::native::Problem;
use crate::model::Scope;

macro_rules! caller_key {
    ($($(#[$documentation:meta])* $name:ident: $scope:ident;)*) => { $(
        $(#[$documentation])*
        pub(super) struct $name(pub(super) KeySummary);

        impl FromRequestParts<ApiState> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
                Ok(Self(state.key_of(&parts.headers, Scheme::Bearer, Scope::$scope).await?))
            }
        }
    )* };
}

caller_key! {
    /// A key that may request resets.
    MayRequest: ResetsRequest;
    /// A key that may check codes and set passwords.
    MayComplete: ResetsComplete;
    /// A key that may read resets.
    MayRead: ResetsRead;
    /// A key that may check passwords.
    MayAuthenticate: AccountsAuthenticate;
    /// A key that may read accounts.
    #[expect(dead_code, reason = "the handlers need only the check, not the key")]
    MayReadAccounts: AccountsRead;
    /// A key that may add and change accounts.
    MayWriteAccounts: AccountsWrite;
}

impl From<KeyRefusal> for Problem {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Missing => Self::MissingKey,
            KeyRefusal::Invalid => Self::InvalidKey,
            KeyRefusal::ForeignOrigin => Self::ForeignOrigin,
            KeyRefusal::MissingScope(scope) => Self::MissingScope(scope),
            KeyRefusal::Fault(is_passing) => Self::fault(is_passing),
        }
    }
}
