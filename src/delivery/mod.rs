//! Getting words to people: renders a message and hands it to the mail system. Called by the worker.

mod mail;
mod render;
mod smtp;

pub use mail::{CapturedMail, Inbox, MailTransport, SendError, TransportError};
pub use render::{RenderError, RenderedMail, Renderer};
pub use smtp::SmtpClient;
