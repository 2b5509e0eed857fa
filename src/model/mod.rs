//! The vocabulary of Keyback as types. Values are parsed once, when they enter, and are valid from then on.
#![warn(missing_docs)]

mod account;
mod audit;
mod caller;
mod caller_networks;
mod challenge;
mod channel;
mod client;
mod code_text;
mod door;
mod email;
mod id;
mod identifier;
mod key_summary;
mod limit;
mod link_text;
mod local_part;
mod locale;
mod media_type;
mod message;
mod outbox;
mod page;
mod password;
mod password_write;
mod pasted;
mod pepper;
mod phone;
mod phone_forms;
mod phone_text;
mod public_address;
mod redirect;
mod secret;
mod server_key;
mod sql_names;
mod sql_text;
mod sql_tokens;
mod ticket;
mod time;
mod username;
mod webhook_event;
mod words;

pub use account::{Account, Added, NewAccount};
pub use audit::{Actor, AuditEntry, AuditEvent, AuditResult, AuditStep, StepResult};
pub use caller::{Caller, CorrelationId};
pub use caller_networks::Network;
pub use challenge::{
    Binding, CancelReason, CancelledChallenge, Challenge, CodeAttempt, Grant, Hold, KeyPurpose, KeyTarget,
    NewChallenge, NewGrant, OpenRequests, Proof,
};
pub use channel::{Channel, Contact};
pub use client::{Client, KeyKind, Scope, WebOrigin, new_client_id};
pub use door::Door;
pub use email::EmailAddress;
pub use id::{AccountId, AuditId, ChallengeId, MessageId};
pub use identifier::{Identifier, IdentifierError, IdentifierKind, STORED_FORMS};
pub use key_summary::KeySummary;
pub use limit::{LimitName, Subject};
pub use link_text::{InLink, has_value};
pub use locale::Locale;
pub use media_type::is_in_utf8;
pub use message::{Mail, MailContent, Message, TextContent, TextMessage};
pub use outbox::{MessageKind, MessageOutcome, MessageStatus, NewContent, NewMessage, OutboxLane, QueuedMessage};
pub use page::Page;
pub use password::{NewPassword, PasswordError};
pub use password_write::{PasswordFingerprint, PasswordWrite, WritePurpose};
pub use pasted::MAX_TYPED;
pub use pepper::Pepper;
pub use phone::{Country, PhoneNumber};
pub use public_address::is_public_or_in;
pub use redirect::{RedirectAllowList, RedirectError, RedirectUrl};
pub use secret::{AccessToken, ActivationId, ApiKey, CancelKey, ClientSecret, Code, LinkKey, SecretError, SecretHash};
pub use server_key::{ServerKey, ServerKeyError};
pub use sql_names::{SqlTable, SqlTouches, SqlVerb};
pub use sql_text::{SqlParameter, SqlPiece, SqlText};
pub use sql_tokens::SqlName;
pub use ticket::{Pass, Ticket};
pub use time::Timestamp;
pub use username::Username;
pub use webhook_event::WebhookEvent;

pub(crate) use words::words;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Random bytes as URL-safe text; 32 bytes become 43 characters, 18 become 24.
///
/// # Errors
/// When the operating system has no randomness to give.
pub(crate) fn random_text<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
