//! The ways that mail can go: SMTP, files, or memory for the demo.
//! Called by the worker.

use std::collections::VecDeque;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use lettre::Message;

use super::render::RenderedMail;
use super::smtp::SmtpClient;
use crate::config::MailUrl;
use crate::model::ChallengeId;
use crate::private_file::private_file;

/// Messages that the demo's inbox remembers.
const INBOX_SIZE: usize = 100;

/// A transport for mail.
#[derive(Clone)]
pub enum MailTransport {
    Smtp(SmtpClient),
    Directory(PathBuf),
    Memory(Inbox),
}

/// The transport cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("mail.url: TLS cannot be set up: {0}")]
    Tls(lettre::transport::smtp::Error),
    #[error("mail.url: {0}: {1}")]
    Directory(PathBuf, std::io::Error),
}

/// A message did not go.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It may go later.
    #[error("{0}")]
    Transient(String),
    /// It will never go.
    #[error("{0}")]
    Permanent(String),
}

impl MailTransport {
    /// Sets the transport up; connects to nothing yet.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub fn new(url: &MailUrl) -> Result<Self, TransportError> {
        match url {
            MailUrl::Memory => Ok(Self::Memory(Inbox::default())),
            MailUrl::Directory(directory) => {
                std::fs::create_dir_all(directory)
                    .map_err(|error| TransportError::Directory(directory.clone(), error))?;
                Ok(Self::Directory(directory.clone()))
            }
            MailUrl::Smtp { host, port, security, credentials } => {
                SmtpClient::new(host, *port, *security, credentials.as_ref())
                    .map(Self::Smtp)
                    .map_err(TransportError::Tls)
            }
        }
    }

    /// Sends one message.
    ///
    /// # Errors
    /// See [`SendError`]. An error after the message was handed over may mean that it arrived all
    /// the same: a retry can bring a second mail, never none.
    pub async fn send(&self, mail: RenderedMail) -> Result<(), SendError> {
        match self {
            Self::Smtp(client) => client.send(&mail.message).await,
            Self::Directory(directory) => write_file(directory, &mail.message).await,
            Self::Memory(inbox) => {
                inbox.push(&mail);
                Ok(())
            }
        }
    }

    /// Whether the mail system answers now.
    ///
    /// # Errors
    /// What it says, or that it says nothing.
    pub async fn check(&self) -> Result<(), SendError> {
        match self {
            Self::Smtp(client) => client.check().await,
            Self::Directory(_) | Self::Memory(_) => Ok(()),
        }
    }
}

async fn write_file(directory: &std::path::Path, message: &Message) -> Result<(), SendError> {
    let transient =
        |error: &dyn std::fmt::Display| SendError::Transient(format!("the message cannot be written: {error}"));
    let name = ChallengeId::random().map_err(|error| transient(&error))?;
    let (partial, path) = (directory.join(format!(".{name}")), directory.join(format!("{name}.eml")));
    let bytes = message.formatted();
    // Under its name only when it is whole: who watches the directory never reads half a message.
    let write = move || {
        let mut file = private_file().write(true).create_new(true).open(&partial)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&partial, &path)
    };
    tokio::task::spawn_blocking(write).await.map_err(|error| transient(&error))?.map_err(|error| transient(&error))
}

/// A message that the demo kept.
#[derive(Clone)]
pub struct CapturedMail {
    /// Counts up from 1.
    pub number: usize,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The newest messages, for `/dev/inbox`.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<VecDeque<CapturedMail>>>);

impl Inbox {
    /// Newest first.
    pub fn messages(&self) -> Vec<CapturedMail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }

    fn push(&self, mail: &RenderedMail) {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = messages.back().map_or(1, |last| last.number + 1);
        messages.push_back(CapturedMail {
            number,
            to: mail.to.clone(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
        });
        if messages.len() > INBOX_SIZE {
            messages.pop_front();
        }
    }
}
