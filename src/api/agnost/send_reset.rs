//! `POST …/auth/send-reset`: sends the message with the link. Agnost sends the address in the body, Altogic in the
//! query.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::answer::{Refusal, done};
use super::ask::ask;
use super::given::{parameter, text};
use crate::api::ApiState;
use crate::api::body::{members, octets_if_any};
use crate::api::key::Scheme;
use crate::model::{Caller, IdentifierKind, Scope};

/// Other members are ignored, including `baseURL`, from which Agnost builds the link: a caller must not choose where
/// it leads.
#[derive(Default, Deserialize)]
struct Asked {
    email: Option<Value>,
    #[serde(rename = "redirectURL")]
    redirect_url: Option<Value>,
}

pub(super) async fn send_reset(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let key = state.key_of(&headers, Scheme::BareOrClientKey, Scope::ResetsRequest).await?;
    let asked: Asked = match octets_if_any(&headers, "application/json", body).await? {
        Some(octets) => members(&octets)?,
        None => Asked::default(),
    };
    let email = match (text(asked.email, "email")?, parameter(query.as_deref(), "email")?) {
        (Some(_), Some(_)) => return Err(Refusal::Field("email", "It is there more than once.")),
        (Some(email), None) | (None, Some(email)) => email,
        (None, None) => return Err(Refusal::Field("email", "It is missing.")),
    };
    let identifier = state
        .reset
        .asking()
        .identify_as(IdentifierKind::Email, &email)
        .map_err(|_| Refusal::Field("email", "It is not an e-mail address."))?;
    ask(&state, &key, caller, identifier, text(asked.redirect_url, "redirectURL")?).await?;
    Ok(done())
}
