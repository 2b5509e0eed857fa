//! Opens connections to the mail server: TLS, and for STARTTLS the plain conversation before it.
//!
//! The plain part is implemented here because lettre keeps what it has read before the upgrade. An answer that an
//! attacker on the network appends to `220` would count as the first one inside TLS (CVE-2011-0411 and related).
//! lettre also overlooks `STARTTLS` in lower case. docs/upstream.md has the details. lettre gets every connection as a
//! stream whose answers are bounded and end in CRLF.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::send_error::SendError;
use super::smtp_fault::{CLOSED, NoLine, UNPROTECTED, UNREACHED, UNREADABLE, judge, refused};
use crate::config::SmtpSecurity;

/// The longest line of an answer, in octets. RFC 5321 §4.5.3.1.5 requires at least 512.
const LONGEST_LINE: usize = 1000;

/// The maximum number of lines of one answer before TLS.
const MOST_LINES: usize = 100;

/// lettre waits for a greeting. If the server's was read here, lettre gets this one.
const GREETING: &[u8] = b"220 ready\r\n";

/// Reasons why a conversation failed.
const UNASKED: &str = "the mail server answered before it was asked: somebody on the network may be adding answers";
const NO_STARTTLS: &str = "the mail server does not offer STARTTLS";

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the system's certificates cannot be used: {0}")]
    Setup(#[from] rustls::Error),
    #[error("the host cannot have a certificate: {0}")]
    Host(#[from] InvalidDnsNameError),
}

/// Opens connections to one mail server.
pub(super) struct Connector {
    host: String,
    port: u16,
    protection: Protection,
}

enum Protection {
    Implicit(Tls),
    StartTls { tls: Tls, is_required: bool },
    None,
}

struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Connector {
    /// Sets up TLS, which trusts what the system trusts, without connecting.
    pub(super) fn new(host: &str, port: u16, security: SmtpSecurity) -> Result<Self, TlsError> {
        let protection = match security {
            SmtpSecurity::Implicit => Protection::Implicit(Tls::new(host)?),
            SmtpSecurity::Required => Protection::StartTls { tls: Tls::new(host)?, is_required: true },
            SmtpSecurity::Opportunistic => Protection::StartTls { tls: Tls::new(host)?, is_required: false },
            SmtpSecurity::None => Protection::None,
        };
        Ok(Self { host: host.to_owned(), port, protection })
    }

    /// Opens a connection, reads the greeting, and starts TLS as configured.
    pub(super) async fn connect(&self, name: &ClientId) -> Result<AsyncSmtpConnection, SendError> {
        let unreached = |_: io::Error| SendError::transient(UNREACHED);
        let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(unreached)?;
        stream.set_nodelay(true).map_err(unreached)?;
        let peer = stream.peer_addr().map_err(unreached)?;
        let stream: Box<dyn AsyncTokioStream> = match &self.protection {
            Protection::None => Box::new(Checked::new(stream, peer, b"")),
            Protection::Implicit(tls) => Box::new(Checked::new(tls.over(stream).await?, peer, b"")),
            Protection::StartTls { tls, is_required } => match start_tls(&mut stream, name).await? {
                true => Box::new(Checked::new(tls.over(stream).await?, peer, GREETING)),
                false if *is_required => return Err(SendError::transient(NO_STARTTLS)),
                false => Box::new(Checked::new(stream, peer, GREETING)),
            },
        };
        AsyncSmtpConnection::connect_with_transport(stream, name).await.map_err(|error| judge(&error))
    }
}

impl Tls {
    fn new(host: &str) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        // A certificate that cannot be read is skipped; servers that need it are not trusted then.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { connector: Arc::new(config).into(), name: ServerName::try_from(host.to_owned())? })
    }

    async fn over(&self, stream: TcpStream) -> Result<tokio_rustls::client::TlsStream<TcpStream>, SendError> {
        let handshake = self.connector.connect(self.name.clone(), stream);
        handshake.await.map_err(|_| SendError::transient(UNPROTECTED))
    }
}

/// Talks to the server until TLS may begin. `false` if it does not offer TLS.
async fn start_tls<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, name: &ClientId) -> Result<bool, SendError> {
    accepted(&answer(stream).await?)?;
    say(stream, &format!("EHLO {name}\r\n")).await?;
    let offers = answer(stream).await?;
    accepted(&offers)?;
    // RFC 5321 §2.4: keywords are case-insensitive.
    if !offers.extensions().any(|keyword| keyword.eq_ignore_ascii_case("STARTTLS")) {
        return Ok(false);
    }
    say(stream, "STARTTLS\r\n").await?;
    accepted(&answer(stream).await?)?;
    Ok(true)
}

fn accepted(answer: &Answer) -> Result<(), SendError> {
    if (200..300).contains(&answer.code) { Ok(()) } else { Err(refused(answer.code)) }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, line: &str) -> Result<(), SendError> {
    let written = async {
        stream.write_all(line.as_bytes()).await?;
        stream.flush().await
    };
    written.await.map_err(|_| SendError::transient(UNREACHED))
}

/// One answer, with one or more lines.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    code: u16,
    lines: Vec<String>,
}

impl Answer {
    /// The keywords of an answer to `EHLO`: the first word of every line but the first.
    fn extensions(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().skip(1).filter_map(|line| line.split_ascii_whitespace().next())
    }
}

/// Reads the answer to the last command. Anything that arrives after it in the same read was not asked for.
async fn answer<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Answer, SendError> {
    let mut read = Vec::new();
    let mut answer = Answer { code: 0, lines: Vec::new() };
    let mut begin = 0;
    loop {
        let mut end = begin;
        while let Some(length) = line_length(read.get(end..).unwrap_or_default())? {
            let line = read.get(end..end + length).unwrap_or_default();
            end += length + 2;
            let is_last = answer.take(line)?;
            if is_last && end == read.len() {
                return Ok(answer);
            }
            if is_last {
                return Err(SendError::transient(UNASKED));
            }
        }
        begin = end;
        let mut part = [0; 1024];
        match stream.read(&mut part).await {
            Ok(0) => return Err(SendError::transient(CLOSED)),
            Ok(length) => read.extend_from_slice(part.get(..length).unwrap_or_default()),
            Err(_) => return Err(SendError::transient(UNREACHED)),
        }
    }
}

/// The number of octets before the next CRLF; `None` if it has not arrived yet.
fn line_length(read: &[u8]) -> Result<Option<usize>, SendError> {
    let unreadable = || SendError::transient(UNREADABLE);
    match read.iter().position(|octet| matches!(octet, b'\r' | b'\n')) {
        Some(length) if length > LONGEST_LINE => Err(unreadable()),
        Some(length) => match read.get(length..length + 2) {
            Some(b"\r\n") => Ok(Some(length)),
            None if read.ends_with(b"\r") => Ok(None),
            Some(_) | None => Err(unreadable()),
        },
        None if read.len() > LONGEST_LINE => Err(unreadable()),
        None => Ok(None),
    }
}

impl Answer {
    /// Adds one line. `true` if it was the last.
    fn take(&mut self, line: &[u8]) -> Result<bool, SendError> {
        let unreadable = || SendError::transient(UNREADABLE);
        let (code, rest) = line.split_at_checked(3).ok_or_else(unreadable)?;
        let code = std::str::from_utf8(code).ok().filter(|code| code.bytes().all(|octet| octet.is_ascii_digit()));
        let code = code.and_then(|code| code.parse().ok()).filter(|code| (200..600).contains(code));
        let code: u16 = code.ok_or_else(unreadable)?;
        if self.lines.len() == MOST_LINES || (!self.lines.is_empty() && code != self.code) {
            return Err(unreadable());
        }
        let (is_last, words) = match rest.split_first() {
            None => (true, rest),
            Some((b' ', words)) => (true, words),
            Some((b'-', words)) => (false, words),
            Some(_) => return Err(unreadable()),
        };
        self.code = code;
        self.lines.push(String::from_utf8_lossy(words).into_owned());
        Ok(is_last)
    }
}

/// The stream that lettre reads: a greeting if there was one already, then what the server sends, as long as it
/// consists of lines of bounded length that end in CRLF.
#[derive(Debug)]
struct Checked<S> {
    stream: S,
    peer: SocketAddr,
    greeting: &'static [u8],
    line: usize,
    after_cr: bool,
}

impl<S> Checked<S> {
    fn new(stream: S, peer: SocketAddr, greeting: &'static [u8]) -> Self {
        Self { stream, peer, greeting, line: 0, after_cr: false }
    }

    fn check(&mut self, octets: &[u8]) -> Result<(), NoLine> {
        for octet in octets {
            if self.after_cr != (*octet == b'\n') || self.line > LONGEST_LINE {
                return Err(NoLine);
            }
            self.after_cr = *octet == b'\r';
            self.line = if *octet == b'\n' { 0 } else { self.line + 1 };
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Checked<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.greeting.is_empty() {
            let (now, later) = self.greeting.split_at(self.greeting.len().min(into.remaining()));
            into.put_slice(now);
            self.greeting = later;
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        let checked = self.check(into.filled().get(before..).unwrap_or_default());
        Poll::Ready(checked.map_err(|error| {
            // A reader that gets an error must have read nothing.
            into.set_filled(before);
            io::Error::other(error)
        }))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Checked<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug> AsyncTokioStream for Checked<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer_in(text: &str) -> Result<Answer, String> {
        answer(&mut text.as_bytes()).await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn an_answer_is_read_whole_and_nothing_behind_it() {
        let read = answer_in("250-mail.example.org\r\n250-starttls\r\n250 SIZE 42\r\n").await.unwrap();
        assert_eq!(read.code, 250);
        assert_eq!(read.extensions().collect::<Vec<_>>(), ["starttls", "SIZE"]);
        assert_eq!(answer_in("220\r\n").await.unwrap().code, 220);
        for unasked in ["220 go on\r\n250 ok\r\n", "220 go on\r\n2", "220 go on\r\n\r\n", "250-a\r\n250 b\r\n220 c\r\n"]
        {
            assert_eq!(answer_in(unasked).await, Err(UNASKED.to_owned()), "{unasked:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_no_answer_is_refused_before_it_fills_the_memory() {
        let endless = format!("220 {}", "x".repeat(2 * LONGEST_LINE));
        let many = "250-x\r\n".repeat(MOST_LINES + 1);
        let texts = [
            "220 a\n",
            "220 a\r220 b\r\n",
            "HTTP/1.1 400\r\n",
            "99 x\r\n",
            "250-a\r\n251 b\r\n",
            "220_\r\n",
            "-1 x\r\n",
        ];
        for text in texts.into_iter().chain([endless.as_str(), many.as_str()]) {
            assert_eq!(answer_in(text).await, Err(UNREADABLE.to_owned()), "{:?}", &text[..text.len().min(20)]);
        }
        assert_eq!(answer_in("220-cut off\r\n220 in the mid").await, Err(CLOSED.to_owned()));
    }

    #[tokio::test]
    async fn what_lettre_reads_are_lines_of_bounded_length() {
        let peer = SocketAddr::from(([127, 0, 0, 1], 25));
        let read = async |text: String| {
            let mut read = String::new();
            let checked =
                Checked::new(io::Cursor::new(text.into_bytes()), peer, GREETING).read_to_string(&mut read).await;
            checked.map(|_| read)
        };
        assert_eq!(read("250 ok\r\n".to_owned()).await.unwrap(), "220 ready\r\n250 ok\r\n");
        for text in ["250 ok\n".to_owned(), "250 o\rk\r\n".to_owned(), "x".repeat(2 * LONGEST_LINE)] {
            assert!(
                read(text).await.unwrap_err().get_ref().is_some_and(|cause| cause.downcast_ref::<NoLine>().is_some())
            );
        }
    }
}
