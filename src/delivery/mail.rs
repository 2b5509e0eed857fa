//! The transports for mail: SMTP, files, or memory for the demo.

use std::path::PathBuf;
use std::time::Duration;

use super::inbox::{CapturedKind, Inbox};
use super::message_file::write_file;
use super::render::RenderedMail;
use super::send_error::SendError;
use super::smtp::SmtpClient;
use crate::config::{MailConfig, MailUrl};

/// A transport for mail.
#[derive(Clone)]
pub enum MailTransport {
    Smtp(SmtpClient),
    Directory(PathBuf),
    Memory(Inbox),
}

/// The transport could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("mail.url: TLS cannot be set up: {0}")]
    Tls(super::smtp_connect::TlsError),
    #[error("mail.url: {0}: {1}")]
    Directory(PathBuf, std::io::Error),
    #[error("sms.file_directory: {0}: {1}")]
    TextDirectory(PathBuf, std::io::Error),
}

impl MailTransport {
    /// Sets the transport up without connecting.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn new(config: &MailConfig) -> Result<Self, TransportError> {
        match &config.url {
            MailUrl::Memory => Ok(Self::Memory(Inbox::default())),
            MailUrl::Directory(directory) => {
                std::fs::create_dir_all(directory)
                    .map_err(|error| TransportError::Directory(directory.clone(), error))?;
                Ok(Self::Directory(directory.clone()))
            }
            MailUrl::Smtp { host, port, security, credentials } => {
                SmtpClient::new(host, *port, *security, credentials.as_ref(), config.connections)
                    .map(Self::Smtp)
                    .map_err(TransportError::Tls)
            }
        }
    }

    /// Sends one message within `budget`.
    ///
    /// # Errors
    /// See [`SendError`]. After an error, the message may have arrived all the same: a retry can send a second mail,
    /// but none is ever lost.
    pub async fn send(&self, mail: RenderedMail, budget: Duration) -> Result<(), SendError> {
        match self {
            Self::Smtp(client) => client.send(&mail.message, budget).await,
            Self::Directory(directory) => write_file(directory, "eml", mail.as_it_reads()).await,
            Self::Memory(inbox) => {
                inbox.push(&mail.to, &mail.text, CapturedKind::Mail { subject: mail.subject, html: mail.html });
                Ok(())
            }
        }
    }

    /// Takes as long as sending a message would, within `budget`, but sends none.
    ///
    /// # Errors
    /// The same as for a message.
    pub async fn hold(&self, duration: Duration, budget: Duration) -> Result<(), SendError> {
        match self {
            Self::Smtp(client) => client.hold(duration, budget).await,
            Self::Directory(_) | Self::Memory(_) => Ok(()),
        }
    }

    /// Checks whether the mail system answers.
    ///
    /// # Errors
    /// The reason why it does not.
    pub async fn check(&self) -> Result<(), SendError> {
        match self {
            Self::Smtp(client) => client.check().await,
            Self::Directory(_) | Self::Memory(_) => Ok(()),
        }
    }
}
