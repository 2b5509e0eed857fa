//! `/dev/sign-in`: a minimal sign-in page that shows that the new password works, the old one doesn't, and a reset ends
//! the account's sessions.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use tower_sessions::Session;

use super::inbox::page;
use super::{DEMO_PASSWORD, DemoAccount, DemoState};
use crate::admin::{Asker, SignInError, SignedIn};
use crate::app::visit::ACCOUNT;
use crate::model::{Actor, Caller, Identifier, IdentifierKind, NewPassword};

const SIGNED_IN_AS: &str = "signed_in_as";
const REFUSAL: &str = "refusal";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    signed_in_as: Option<String>,
    refusal: Option<String>,
    accounts: &'static [DemoAccount],
    password: &'static str,
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    email: String,
    password: String,
}

async fn draw(session: &Session, state: &DemoState) -> Result<Response, tower_sessions::session::Error> {
    let signed_in_as = session.get(SIGNED_IN_AS).await?;
    let refusal: Option<String> = match session.get::<String>(REFUSAL).await? {
        Some(_) => session.remove(REFUSAL).await?,
        None => None,
    };
    let status = if refusal.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let mut response =
        page(SignInPage { signed_in_as, refusal, accounts: state.accounts, password: DEMO_PASSWORD }.render());
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    Ok(response)
}

pub(super) async fn show(State(state): State<DemoState>, session: Session) -> Response {
    draw(&session, &state).await.unwrap_or_else(|error| fault(&error))
}

pub(super) async fn sign_in(
    State(state): State<DemoState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Form(credentials): Form<Credentials>,
) -> Response {
    match try_to_sign_in(&state, &session, &caller, credentials).await {
        Ok(()) => see_sign_in(),
        Err(error) => fault(&error),
    }
}

pub(super) async fn sign_out(session: Session) -> Response {
    match session.flush().await {
        Ok(()) => see_sign_in(),
        Err(error) => fault(&error),
    }
}

async fn try_to_sign_in(
    state: &DemoState,
    session: &Session,
    caller: &Caller,
    credentials: Credentials,
) -> Result<(), tower_sessions::session::Error> {
    let identifier = Identifier::parse(IdentifierKind::Email, &credentials.email);
    let (Ok(identifier), Ok(password)) = (identifier, NewPassword::parse(credentials.password)) else {
        return session.insert(REFUSAL, "Enter an email address and a password.").await;
    };
    match state.sign_in.check(&identifier, password, &Asker { actor: Actor::Demo, caller }).await {
        Ok(SignedIn { account }) => {
            session.cycle_id().await?;
            session.insert(ACCOUNT, account.id.as_str()).await?;
            session.insert(SIGNED_IN_AS, identifier.canonical()).await
        }
        Err(SignInError::Refused) => session.insert(REFUSAL, "Wrong email address or password.").await,
        Err(SignInError::LimitReached(_)) => session.insert(REFUSAL, "Too many tries. Wait 15 minutes.").await,
        Err(error @ (SignInError::Busy | SignInError::Store(_) | SignInError::Hashing)) => {
            tracing::error!(%error, "could not check a password; the person is asked to try again");
            session.insert(REFUSAL, "That did not work. Try again in a moment.").await
        }
    }
}

fn see_sign_in() -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/dev/sign-in"))]).into_response()
}

fn fault(error: &tower_sessions::session::Error) -> Response {
    tracing::error!(%error, "could not read or write a session; answering with a server error");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
