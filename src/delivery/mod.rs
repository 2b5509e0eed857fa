//! Getting words to people: renders a message and hands it to the mail system or to a provider of text
//! messages. Getting events to the operator's app. Called by the worker.

mod inbox;
mod mail;
mod message_file;
mod render;
mod render_text;
mod retry_after;
mod send_error;
mod signature;
mod sms;
mod smtp;
mod smtp_connect;
mod webhook;

pub use inbox::{CapturedKind, CapturedMessage, Inbox};
pub use mail::{MailTransport, TransportError};
pub use render::{RenderError, RenderedMail, Renderer};
pub use send_error::{Refusal, SendError};
pub use sms::{RenderedText, TextTransport, is_gsm7, segments};
pub use smtp::SmtpClient;
pub use webhook::{Lookup, WebhookTransport};
