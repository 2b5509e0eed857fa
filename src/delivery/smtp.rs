//! Conversations with the mail server over connections that are kept for the next message. Called by
//! `mail`.
//!
//! The pool is our own because a conversation may be broken off (a time-out, a worker that stops), and
//! a connection in the middle of one must never be used again: the answers to one message would be
//! taken for the answers to the next, which then counts as sent and is lost. lettre's pool takes such
//! a connection back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

use super::send_error::SendError;
use crate::config::SmtpSecurity;

/// How long the mail server may take to answer the call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long one message may take, connecting included; less than the worker's own patience.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(40);

/// Connections that wait for the next message at most.
const KEPT: usize = 8;

/// How long one may wait: mail servers hang up after a few minutes.
const KEEP_FOR: Duration = Duration::from_secs(60);

const SILENT: &str = "the mail server does not answer in time";
const UNPROTECTED: &str = "TLS with the mail server failed";

/// A mail server, and the connections to it that are kept.
#[derive(Clone)]
pub struct SmtpClient(Arc<Inner>);

struct Inner {
    host: String,
    port: u16,
    security: SmtpSecurity,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl SmtpClient {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub(super) fn new(
        host: &str,
        port: u16,
        security: SmtpSecurity,
        credentials: Option<&(String, Zeroizing<String>)>,
    ) -> Result<Self, Error> {
        let tls = match security {
            SmtpSecurity::Implicit | SmtpSecurity::Required | SmtpSecurity::Opportunistic => {
                Some(TlsParameters::new(host.to_owned())?)
            }
            SmtpSecurity::None => None,
        };
        let credentials = credentials.map(|(user, password)| Credentials::new(user.clone(), password.to_string()));
        let kept = Mutex::default();
        Ok(Self(Arc::new(Inner { host: host.to_owned(), port, security, tls, credentials, kept })))
    }

    /// Hands one message over.
    ///
    /// # Errors
    /// See [`SendError`].
    pub(super) async fn send(&self, message: &Message) -> Result<(), SendError> {
        let conversation = async {
            let mut connection = match self.kept_connection().await {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            connection.send(message.envelope(), &message.formatted()).await.map_err(|error| judge(&error))?;
            self.keep(connection);
            Ok(())
        };
        timeout(MESSAGE_TIMEOUT, conversation).await.unwrap_or_else(|_| Err(SendError::transient(SILENT)))
    }

    /// Connects anew, signs in and says good-bye.
    ///
    /// # Errors
    /// See [`SendError`].
    pub(super) async fn check(&self) -> Result<(), SendError> {
        let conversation = async {
            let mut connection = self.connect().await?;
            connection.quit().await.map(|_| ()).map_err(|error| judge(&error))
        };
        timeout(MESSAGE_TIMEOUT, conversation).await.unwrap_or_else(|_| Err(SendError::transient(SILENT)))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let Inner { host, port, security, tls, credentials, .. } = &*self.0;
        let name = ClientId::default();
        let wrapper = tls.clone().filter(|_| *security == SmtpSecurity::Implicit);
        let mut connection = timeout(
            CONNECT_TIMEOUT,
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), None, &name, wrapper, None),
        )
        .await
        .map_err(|_| SendError::transient(SILENT))?
        .map_err(|error| judge(&error))?;
        if let Some(tls) = tls.clone().filter(|_| *security != SmtpSecurity::Implicit) {
            if connection.can_starttls() {
                connection.starttls(tls, &name).await.map_err(|error| match error.status() {
                    Some(_) => judge(&error),
                    None => SendError::transient(UNPROTECTED),
                })?;
            } else if *security == SmtpSecurity::Required {
                return Err(SendError::transient("the mail server does not offer STARTTLS"));
            }
        }
        if let Some(credentials) = credentials {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                return Err(SendError::transient("the mail server offers neither AUTH PLAIN nor AUTH LOGIN"));
            }
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|error| judge(&error))?;
        }
        Ok(connection)
    }

    /// One that still answers.
    async fn kept_connection(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let Kept { mut connection, since } = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < KEEP_FOR && connection.test_connected().await {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(Kept { connection, since: Instant::now() });
        }
    }
}

/// A refusal for good stops the message, unless it is about our own user name and password: that is
/// the operator's to mend, and people's mail waits for it (RFC 4954 §4, §6).
fn judge(error: &Error) -> SendError {
    let code = error.status().map(|code| {
        u16::from(code.severity as u8) * 100 + u16::from(code.category as u8) * 10 + u16::from(code.detail as u8)
    });
    let words = describe(error, code);
    let about_sign_in = matches!(code, Some(530 | 534 | 535 | 538));
    if error.is_permanent() && !about_sign_in { SendError::Permanent(words) } else { SendError::transient(words) }
}

/// What to write down: a server's words may repeat the address of the person, so only the code and
/// the kind of the fault are kept.
fn describe(error: &Error, code: Option<u16>) -> String {
    let cause = std::error::Error::source(error);
    let causes = std::iter::successors(cause, |cause| cause.source());
    let broken_tls = causes
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::InvalidData);
    match code {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => SILENT.into(),
        None if error.is_tls() || broken_tls => UNPROTECTED.into(),
        None if error.is_client() => "the mail server cannot take this message (SMTPUTF8, 8BITMIME)".into(),
        None if error.is_response() && cause.is_some_and(|cause| cause.to_string() != "incomplete response") => {
            "the mail server's answer cannot be understood".into()
        }
        None if error.is_response() => "the mail server closed the connection".into(),
        None => "the connection to the mail server failed".into(),
    }
}
