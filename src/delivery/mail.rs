//! The ways that mail can go: SMTP with a pool of connections, files, or memory for the demo.
//! Called by the worker.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, PoolConfig};
use lettre::{AsyncTransport, Message, Tokio1Executor};

use super::render::RenderedMail;
use crate::config::{MailUrl, SmtpSecurity};
use crate::model::ChallengeId;

/// How long one command of an SMTP conversation may take.
const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

/// Connections to the mail server at most.
const SMTP_CONNECTIONS: u32 = 8;

/// Messages that the demo's inbox remembers.
const INBOX_SIZE: usize = 100;

/// A transport for mail.
#[derive(Clone)]
pub enum MailTransport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
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
                let parameters = || TlsParameters::new(host.clone()).map_err(TransportError::Tls);
                let tls = match security {
                    SmtpSecurity::Implicit => Tls::Wrapper(parameters()?),
                    SmtpSecurity::Required => Tls::Required(parameters()?),
                    SmtpSecurity::Opportunistic => Tls::Opportunistic(parameters()?),
                    SmtpSecurity::None => Tls::None,
                };
                let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
                    .port(*port)
                    .tls(tls)
                    .timeout(Some(SMTP_TIMEOUT))
                    .pool_config(PoolConfig::new().max_size(SMTP_CONNECTIONS));
                if let Some((user, password)) = credentials {
                    builder = builder.credentials(Credentials::new(user.clone(), password.to_string()));
                }
                Ok(Self::Smtp(builder.build()))
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
            Self::Smtp(transport) => transport.send(mail.message).await.map(|_| ()).map_err(|error| judge(&error)),
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
            Self::Smtp(transport) => match transport.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err(SendError::Transient("the mail server closes the connection at once".into())),
                Err(error) => Err(judge(&error)),
            },
            Self::Directory(_) | Self::Memory(_) => Ok(()),
        }
    }
}

/// A refusal for good stops the message, unless it is about our own user name and password: that is
/// the operator's to mend, and people's mail waits for it (RFC 4954 §4, §6).
fn judge(error: &lettre::transport::smtp::Error) -> SendError {
    let code = error.status().map(|code| {
        u16::from(code.severity as u8) * 100 + u16::from(code.category as u8) * 10 + u16::from(code.detail as u8)
    });
    let words = describe(error, code);
    let about_sign_in = matches!(code, Some(530 | 534 | 535 | 538));
    if error.is_permanent() && !about_sign_in { SendError::Permanent(words) } else { SendError::Transient(words) }
}

/// What to write down: a server's words may repeat the address of the person, so only the code and
/// the kind of the fault are kept.
fn describe(error: &lettre::transport::smtp::Error, code: Option<u16>) -> String {
    match code {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => "the mail server does not answer in time".into(),
        None if error.is_tls() => "TLS with the mail server failed".into(),
        None if error.is_response() => "the mail server's answer cannot be understood".into(),
        None => "the connection to the mail server failed".into(),
    }
}

async fn write_file(directory: &std::path::Path, message: &Message) -> Result<(), SendError> {
    let transient =
        |error: &dyn std::fmt::Display| SendError::Transient(format!("the message cannot be written: {error}"));
    let name = ChallengeId::random().map_err(|error| transient(&error))?;
    let (partial, path) = (directory.join(format!(".{name}")), directory.join(format!("{name}.eml")));
    let bytes = message.formatted();
    // Under its name only when it is whole: who watches the directory never reads half a message.
    tokio::task::spawn_blocking(move || std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, &path)))
        .await
        .map_err(|error| transient(&error))?
        .map_err(|error| transient(&error))
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
