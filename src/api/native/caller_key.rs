//! The API key of a call. Asked for by every handler of the native API before it reads the body.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::admin::KeySummary;
use crate::api::key::{KeyRefusal, Scheme};
use crate::api::{ApiState, Problem};
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
    /// A key that may ask for resets.
    MayRequest: ResetsRequest;
    /// A key that may check codes and set passwords.
    MayComplete: ResetsComplete;
    /// A key that may read what became of a reset.
    MayRead: ResetsRead;
    /// A key that may ask whether a password is right.
    MayAuthenticate: AccountsAuthenticate;
    /// A key that may read accounts.
    #[expect(dead_code, reason = "that it may is all there is to know")]
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
