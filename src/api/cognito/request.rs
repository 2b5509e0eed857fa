//! The body of a Cognito call: reads it strictly, then checks the client that it names. Accounts are not looked up
//! here.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde::Deserialize;

use super::answer::Refusal;
use crate::admin::KeySummary;
use crate::api::ApiState;
use crate::model::{Code, Identifier, KeyKind, NewPassword, Scope};

/// Maximum lengths in characters, from Amazon's service model.
const LONGEST_ID: usize = 128;
const LONGEST_CODE: usize = 2048;
const LONGEST_PASSWORD: usize = 256;

/// The members of both operations. Other members are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Given {
    client_id: Option<String>,
    username: Option<String>,
    secret_hash: Option<String>,
    confirmation_code: Option<String>,
    password: Option<String>,
    // Only their types are checked: what an app claims about a person proves nothing.
    #[serde(rename = "ClientMetadata")]
    _client_metadata: Option<Texts>,
    #[serde(rename = "UserContextData")]
    _user_context_data: Option<Texts>,
    #[serde(rename = "AnalyticsMetadata")]
    _analytics_metadata: Option<Texts>,
}

type Texts = BTreeMap<String, Option<String>>;

/// The client and the account that a call names. Well-formed, but not authenticated yet.
pub(super) struct Subject {
    client_id: String,
    username: String,
    secret_hash: Option<String>,
}

impl Given {
    pub(super) fn subject(&mut self) -> Result<Subject, Refusal> {
        let client_id = present(self.client_id.take(), "ClientId is missing.")?;
        let of_an_id = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'_' || octet == b'+';
        if !has_length(&client_id, LONGEST_ID) || !client_id.bytes().all(of_an_id) {
            return Err(Refusal::invalid("ClientId has 1 to 128 letters, digits, _ and +."));
        }
        let username = present(self.username.take(), "Username is missing.")?;
        let blank = |character: char| character.is_whitespace() || character.is_control();
        if !has_length(&username, LONGEST_ID) || username.chars().any(blank) {
            return Err(Refusal::invalid("Username has 1 to 128 characters without spaces."));
        }
        Ok(Subject { client_id, username, secret_hash: self.secret_hash.take() })
    }

    /// A text that isn't one of our codes but could be one of Amazon's counts as a wrong code.
    pub(super) fn code(&mut self) -> Result<Code, Refusal> {
        let code = present(self.confirmation_code.take(), "ConfirmationCode is missing.")?;
        let has_spaces = code.contains(char::is_whitespace) && !is_as_mails_print_it(&code);
        if !has_length(&code, LONGEST_CODE) || has_spaces {
            return Err(Refusal::invalid("ConfirmationCode has 1 to 2048 characters without spaces."));
        }
        Ok(Code::or_wrong(&code))
    }

    pub(super) fn password(&mut self) -> Result<NewPassword, Refusal> {
        let refusal = || Refusal::invalid("Password has 1 to 256 characters, not all of them spaces.");
        let password = present(self.password.take(), "Password is missing.")?;
        // A passphrase may contain spaces; Cognito accepts them, too.
        if !has_length(&password, LONGEST_PASSWORD) || password.chars().all(char::is_whitespace) {
            return Err(refusal());
        }
        NewPassword::parse(password).map_err(|_| refusal())
    }
}

impl Subject {
    /// Authenticates the client, checks its scope, and returns its key and the identifier.
    pub(super) async fn admit(
        &self,
        state: &ApiState,
        headers: &HeaderMap,
        scope: Scope,
    ) -> Result<(KeySummary, Identifier), Refusal> {
        let found = state.keys.find_by_id(&self.client_id).await.map_err(|error| {
            tracing::error!(%error, "could not look up an API key; the call is answered with a server error");
            Refusal::our_fault(error.is_unavailable())
        })?;
        let key = found.ok_or_else(|| Refusal::UnknownClient(self.client_id.clone()))?;
        self.prove(state, &key)?;
        let key = state.admit(key, headers, scope)?;
        let identifier = state.reset.asking().identify(&self.username);
        let identifier = identifier.map_err(|_| {
            Refusal::invalid("Username is an e-mail address, an international phone number or a username.")
        })?;
        Ok((key, identifier))
    }

    /// Client IDs are public, so what only a secret key may learn requires its secret.
    fn prove(&self, state: &ApiState, key: &KeySummary) -> Result<(), Refusal> {
        let id = &key.id;
        let refused = |message: String| Err(Refusal::NotAuthorized(message.into()));
        match (key.kind, &self.secret_hash) {
            (KeyKind::Secret, Some(hash)) if state.keys.proves(key, hash, &self.username) => Ok(()),
            (KeyKind::Secret, Some(_)) => refused(format!("Unable to verify secret hash for client {id}")),
            (KeyKind::Secret, None) => {
                refused(format!("Client {id} is configured with secret but SECRET_HASH was not received"))
            }
            (KeyKind::Publishable, Some(_)) => {
                refused(format!("Client {id} is configured without a secret but SECRET_HASH was received"))
            }
            (KeyKind::Publishable, None) => Ok(()),
        }
    }
}

fn present(value: Option<String>, otherwise: &'static str) -> Result<String, Refusal> {
    value.ok_or(Refusal::invalid(otherwise))
}

fn has_length(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count())
}

/// `1234 5678`: the form in which our emails show codes, so people paste it.
fn is_as_mails_print_it(code: &str) -> bool {
    code.split_once(' ').is_some_and(|(first, second)| {
        [first, second].iter().all(|half| half.len() == 4 && half.bytes().all(|octet| octet.is_ascii_digit()))
    })
}
