//! The transports for text messages: one per provider, files, or memory for the demo.
//!
//! A provider's answer is judged by its documented codes. If it is about the number, the message will never get
//! through. If it is about our credentials, credit or sender, the operator has to fix it, and messages wait, just as
//! mail waits for a mail server that rejects our credentials.

mod alphabet;
mod exchange;
mod http;
mod refusal;
mod sns;
mod twilio;
mod vonage;

use std::path::PathBuf;

pub use alphabet::{is_gsm7, segments};

use super::inbox::{CapturedKind, Inbox};
use super::mail::TransportError;
use super::message_file::write_file;
use super::send_error::{Refusal, SendError};
use crate::clock::Clock;
use crate::config::{SmsConfig, SmsProvider};
use crate::model::PhoneNumber;
use exchange::Gateway;

/// A text message, ready to send.
pub struct RenderedText {
    pub to: PhoneNumber,
    pub text: String,
    /// Identifies this text for the provider, so that a gateway can recognise a repeated one. A text with another code
    /// has another id.
    pub id: String,
}

/// A transport for text messages.
#[derive(Clone)]
pub enum TextTransport {
    Twilio(twilio::Twilio),
    Vonage(vonage::Vonage),
    Sns(sns::Sns),
    Http(http::Hook),
    Directory(PathBuf),
    Memory(Inbox),
}

impl TextTransport {
    /// Sets up the configured transport, if any, without connecting.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn new(config: &SmsConfig, client: reqwest::Client, clock: Clock) -> Result<Option<Self>, TransportError> {
        let Some(provider) = config.provider.clone() else { return Ok(None) };
        let gateway = |name| Gateway { name, client, clock };
        Ok(Some(match provider {
            SmsProvider::Twilio { account_sid, auth_token, from, api_url } => {
                Self::Twilio(twilio::Twilio { gateway: gateway("Twilio"), account_sid, auth_token, from, api_url })
            }
            SmsProvider::Vonage { api_key, api_secret, from, api_url } => {
                Self::Vonage(vonage::Vonage { gateway: gateway("Vonage"), api_key, api_secret, from, api_url })
            }
            SmsProvider::Sns { region, access_key_id, secret_access_key, from, api_url } => Self::Sns(sns::Sns::new(
                gateway("Amazon SNS"),
                region,
                &access_key_id,
                &secret_access_key,
                from,
                api_url,
            )),
            SmsProvider::Http { url, template, content_type, secret, from } => {
                Self::Http(http::Hook { gateway: gateway("the gateway"), url, template, content_type, secret, from })
            }
            SmsProvider::Directory(directory) => {
                std::fs::create_dir_all(&directory)
                    .map_err(|error| TransportError::TextDirectory(directory.clone(), error))?;
                Self::Directory(directory)
            }
            SmsProvider::Memory => Self::Memory(Inbox::default()),
        }))
    }

    /// Sends one message.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, text: &RenderedText) -> Result<(), SendError> {
        self.try_out(text).await.map_err(|refusal| refusal.error)
    }

    /// Sends one message and, if that fails, says how to fix it, for `keyback check`.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn try_out(&self, text: &RenderedText) -> Result<(), Refusal> {
        match self {
            Self::Twilio(twilio) => twilio.send(text).await,
            Self::Vonage(vonage) => vonage.send(text).await,
            Self::Sns(sns) => sns.send(text).await,
            Self::Http(hook) => hook.send(text).await,
            Self::Directory(directory) => {
                let file = format!("To: {}\n\n{}\n", text.to.as_str(), text.text);
                write_file(directory, "txt", file.into_bytes()).await.map_err(Refusal::from)
            }
            Self::Memory(inbox) => {
                inbox.push(text.to.as_str(), &text.text, CapturedKind::Text);
                Ok(())
            }
        }
    }

    /// The name of the transport, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Twilio(_) => "Twilio",
            Self::Vonage(_) => "Vonage",
            Self::Sns(_) => "Amazon SNS",
            Self::Http(_) => "your gateway",
            Self::Directory(_) => "files",
            Self::Memory(_) => "the demo's inbox",
        }
    }
}
