//! Renders messages and hands them to the mail server or a provider of text messages, and sends events to the
//! operator's app.

mod inbox;
mod mail;
mod message_file;
mod render;
mod render_text;
mod retry_after;
mod send_error;
mod sms;
mod smtp;
mod smtp_connect;
mod smtp_fault;
mod webhook;

pub use inbox::{CapturedKind, CapturedMessage, Inbox};
pub use mail::{MailTransport, TransportError};
pub use render::{RenderError, RenderedMail, Renderer};
pub use send_error::{Refusal, SendError};
pub use sms::{RenderedText, TextTransport, is_gsm7, segments};
pub use smtp::SmtpClient;
pub use webhook::WebhookTransport;
