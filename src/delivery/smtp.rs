//! Sends messages to the mail server over connections that are kept for the next message.
//!
//! The pool is implemented here because a conversation may break off (a timeout, a stopping worker), and a connection
//! in the middle of one must never be reused. The answers to one message would be taken for answers to the next, which
//! would then count as sent and be lost. lettre's pool takes such a connection back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::time::{Instant, sleep_until, timeout};
use zeroize::Zeroizing;

use super::send_error::SendError;
use super::smtp_connect::{Connector, TlsError};
use super::smtp_fault::{SILENT, judge};
use crate::config::SmtpSecurity;

/// How long the mail server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a connection may stay unused. Mail servers close them after a few minutes.
const KEEP_FOR: Duration = Duration::from_secs(60);

/// A mail server, and the kept connections to it.
#[derive(Clone)]
pub struct SmtpClient(Arc<Inner>);

struct Inner {
    connector: Connector,
    credentials: Option<Credentials>,
    kept: Mutex<Vec<Kept>>,
    /// The maximum number of kept connections.
    most_kept: usize,
}

struct Kept {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl SmtpClient {
    /// Creates the client without connecting.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(super) fn new(
        host: &str,
        port: u16,
        security: SmtpSecurity,
        credentials: Option<&(String, Zeroizing<String>)>,
        connections: u32,
    ) -> Result<Self, TlsError> {
        let connector = Connector::new(host, port, security)?;
        let credentials = credentials.map(|(user, password)| Credentials::new(user.clone(), password.to_string()));
        let kept = Mutex::default();
        let most_kept = usize::try_from(connections).unwrap_or(usize::MAX);
        Ok(Self(Arc::new(Inner { connector, credentials, kept, most_kept })))
    }

    /// Sends one message within `budget`, including the time to connect.
    ///
    /// # Errors
    /// See [`SendError`].
    pub(super) async fn send(&self, message: &Message, budget: Duration) -> Result<(), SendError> {
        let conversation = async {
            let mut connection = self.connection().await?;
            connection.send(message.envelope(), &message.formatted()).await.map_err(|error| judge(&error))?;
            self.keep(connection);
            Ok(())
        };
        timeout(budget, conversation).await.unwrap_or_else(|_| Err(SendError::transient(SILENT)))
    }

    /// Keeps a connection busy for as long as a message would, within `budget`, without sending anything.
    ///
    /// # Errors
    /// See [`SendError`].
    pub(super) async fn hold(&self, duration: Duration, budget: Duration) -> Result<(), SendError> {
        let until = Instant::now() + duration;
        let conversation = async {
            let connection = self.connection().await?;
            sleep_until(until).await;
            self.keep(connection);
            Ok(())
        };
        timeout(budget, conversation).await.unwrap_or_else(|_| Err(SendError::transient(SILENT)))
    }

    /// Opens a new connection, signs in and quits.
    ///
    /// # Errors
    /// See [`SendError`].
    pub(super) async fn check(&self) -> Result<(), SendError> {
        let conversation = async {
            let mut connection = self.connect().await?;
            connection.quit().await.map(|_| ()).map_err(|error| judge(&error))
        };
        timeout(CHECK_TIMEOUT, conversation).await.unwrap_or_else(|_| Err(SendError::transient(SILENT)))
    }

    /// A kept connection that still answers, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, SendError> {
        match self.kept_connection().await {
            Some(connection) => Ok(connection),
            None => self.connect().await,
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let Inner { connector, credentials, .. } = &*self.0;
        let connecting = async {
            let mut connection = connector.connect(&ClientId::default()).await?;
            if let Some(credentials) = credentials {
                if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                    return Err(SendError::transient("the mail server offers neither AUTH PLAIN nor AUTH LOGIN"));
                }
                connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|error| judge(&error))?;
            }
            Ok(connection)
        };
        let connected = timeout(CONNECT_TIMEOUT, connecting).await;
        connected.unwrap_or_else(|_| Err(SendError::transient(SILENT))).map_err(about_the_server)
    }

    /// A kept connection that still answers.
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
        if kept.len() < self.0.most_kept {
            kept.push(Kept { connection, since: Instant::now() });
        }
    }
}

/// The message had not been mentioned yet, so whatever is wrong is wrong for every message.
fn about_the_server(error: SendError) -> SendError {
    match error {
        SendError::Transient { reason, .. } | SendError::Permanent(reason) => SendError::Unreached(reason),
        other => other,
    }
}
