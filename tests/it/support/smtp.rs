//! A mail server that speaks SMTP on a real socket and records what it receives, or misbehaves as configured.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::ReceivedMail;

/// How the server treats a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SmtpBehaviour {
    /// Takes it.
    Accept,
    /// 421 as a greeting.
    Unavailable,
    /// Closes the connection instead of a greeting.
    HangUpAtOnce,
    /// Greets like a web server.
    Gibberish,
    /// 550 to the recipient, with the recipient's address in the words.
    RefuseRecipient,
    /// 451 to the recipient: later.
    DeferRecipient,
    /// 554 to the message, with the recipient's address in the words.
    RefuseMessage,
    /// 452 to the message: later.
    DeferMessage,
    /// Closes the connection in the middle of DATA.
    HangUpInsideData,
    /// Takes the message, then closes instead of saying so.
    HangUpAfterData,
    /// Reads the message and says nothing, until `release` lets it take what it holds.
    HoldMessage,
    /// Never greets.
    Silent,
    /// Greets with a line that never ends.
    EndlessLine,
    /// Ends its lines with LF only.
    BareLf,
    /// Writes the keywords of what it offers in lower case.
    LowerCase,
    /// Somebody on the way appends the first answer inside TLS to the one that lets TLS begin.
    AnswerAppendedToStartTls,
    /// Somebody on the way lets TLS begin before it was asked for.
    AnswerBeforeStartTls,
}

/// What protects the connection.
pub(crate) enum SmtpTls {
    None,
    StartTls(TlsAcceptor),
    Implicit(TlsAcceptor),
}

/// Who may send: asked for with this mechanism alone.
pub(crate) struct SmtpLogin {
    pub(crate) mechanism: &'static str,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
}

pub(crate) struct SmtpServer {
    pub(crate) address: SocketAddr,
    state: Arc<watch::Sender<State>>,
}

pub(crate) struct State {
    behaviour: SmtpBehaviour,
    pub(crate) mails: Vec<ReceivedMail>,
    pub(crate) connections: usize,
    /// Messages that were read and not answered.
    pub(crate) held: usize,
    released: bool,
    /// Counts up each time that the server hangs up on everybody.
    hung_up: usize,
    /// Every line that came without TLS, the messages' too.
    in_clear: Vec<String>,
    /// Every line that came inside TLS.
    in_tls: Vec<String>,
}

/// How a conversation ended.
#[derive(PartialEq)]
enum Ended {
    Over,
    GoOnWithTls,
}

struct Conversation {
    state: Arc<watch::Sender<State>>,
    tls: Arc<SmtpTls>,
    login: Arc<Option<SmtpLogin>>,
    encrypted: bool,
    signed_in: bool,
    sender: String,
    recipients: Vec<String>,
}

impl SmtpServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(SmtpTls::None, None).await
    }

    pub(crate) async fn start_with(tls: SmtpTls, login: Option<SmtpLogin>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tls, login) = (Arc::new(tls), Arc::new(login));
        let state = Arc::new(watch::Sender::new(State {
            behaviour: SmtpBehaviour::Accept,
            mails: Vec::new(),
            connections: 0,
            held: 0,
            released: false,
            hung_up: 0,
            in_clear: Vec::new(),
            in_tls: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.send_modify(|state| state.connections += 1);
                let conversation = Conversation {
                    state: Arc::clone(&shared),
                    tls: Arc::clone(&tls),
                    login: Arc::clone(&login),
                    encrypted: false,
                    signed_in: false,
                    sender: String::new(),
                    recipients: Vec::new(),
                };
                let mut state = shared.subscribe();
                let before = state.borrow_and_update().hung_up;
                tokio::spawn(async move {
                    // A client that goes away in the middle is part of the game.
                    tokio::select! {
                        _ended = conversation.begin(stream) => {}
                        _hung_up = state.wait_for(|state| state.hung_up != before) => {}
                    }
                });
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://localhost:{}?tls=none", self.address.port())
    }

    pub(crate) fn behave(&self, behaviour: SmtpBehaviour) {
        self.state.send_modify(|state| state.behaviour = behaviour);
    }

    /// Closes the connections that there are.
    pub(crate) fn hang_up(&self) {
        self.state.send_modify(|state| state.hung_up += 1);
    }

    /// Takes every message that is being held, and those to come.
    pub(crate) fn release(&self) {
        self.state.send_modify(|state| state.released = true);
    }

    pub(crate) fn mails(&self) -> Vec<ReceivedMail> {
        self.state.borrow().mails.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.borrow().connections
    }

    pub(crate) fn in_clear(&self) -> Vec<String> {
        self.state.borrow().in_clear.clone()
    }

    pub(crate) fn in_tls(&self) -> Vec<String> {
        self.state.borrow().in_tls.clone()
    }

    /// Comes back as soon as that is so.
    pub(crate) async fn wait_until(&self, what: &str, condition: impl FnMut(&State) -> bool) {
        self.wait_within(Duration::from_secs(30), what, condition).await;
    }

    /// Comes back as soon as that is so, where a dead worker may hold messages until its leases end.
    pub(crate) async fn wait_within(&self, longest: Duration, what: &str, condition: impl FnMut(&State) -> bool) {
        let mut state = self.state.subscribe();
        let waited = tokio::time::timeout(longest, state.wait_for(condition)).await;
        assert!(waited.is_ok(), "the mail server waits in vain: {what}");
    }
}

impl Conversation {
    async fn begin(mut self, stream: TcpStream) -> std::io::Result<()> {
        if let SmtpTls::Implicit(acceptor) = &*Arc::clone(&self.tls) {
            self.encrypted = true;
            let mut stream = BufReader::new(acceptor.accept(stream).await?);
            return self.greet_and_talk(&mut stream).await.map(|_| ());
        }
        let mut stream = BufReader::new(stream);
        if self.greet_and_talk(&mut stream).await? == Ended::GoOnWithTls
            && let SmtpTls::StartTls(acceptor) = &*Arc::clone(&self.tls)
        {
            self.encrypted = true;
            let mut stream = BufReader::new(acceptor.accept(stream.into_inner()).await?);
            self.talk(&mut stream).await?;
        }
        Ok(())
    }

    async fn greet_and_talk<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut BufReader<S>,
    ) -> std::io::Result<Ended> {
        let greeting: &[u8] = match self.behaviour() {
            SmtpBehaviour::Silent => return std::future::pending().await,
            SmtpBehaviour::HangUpAtOnce => return Ok(Ended::Over),
            SmtpBehaviour::Unavailable => b"421 not now\r\n",
            SmtpBehaviour::Gibberish => b"HTTP/1.1 400 Bad Request\r\n\r\n",
            SmtpBehaviour::EndlessLine => loop {
                stream.write_all(&[b'2'; 4096]).await?;
            },
            SmtpBehaviour::BareLf => b"220-mail.example.org\n220 ESMTP\n",
            _ => b"220 mail.example.org ESMTP\r\n",
        };
        stream.write_all(greeting).await?;
        stream.flush().await?;
        if greeting.starts_with(b"220") { self.talk(stream).await } else { Ok(Ended::Over) }
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut BufReader<S>) -> std::io::Result<Ended> {
        loop {
            let Some(line) = self.read_line(stream).await? else { return Ok(Ended::Over) };
            let verb = line.trim_end().to_uppercase();
            let answer = match verb.as_str() {
                verb if verb.starts_with("EHLO") => self.capabilities(),
                "STARTTLS" if self.offers_starttls() => {
                    let answer = match self.behaviour() {
                        SmtpBehaviour::AnswerAppendedToStartTls => {
                            "220 go on\r\n250-mail.example.org\r\n250 AUTH PLAIN\r\n"
                        }
                        _ => "220 go on\r\n",
                    };
                    stream.write_all(answer.as_bytes()).await?;
                    stream.flush().await?;
                    return Ok(Ended::GoOnWithTls);
                }
                verb if verb.starts_with("AUTH ") => self.sign_in(stream, line.trim_end()).await?,
                verb if verb.starts_with("MAIL FROM:") && (self.signed_in || self.login.is_none()) => {
                    self.sender = address_in(&line);
                    self.recipients.clear();
                    "250 ok\r\n".into()
                }
                verb if verb.starts_with("MAIL FROM:") => "530 sign in first\r\n".into(),
                verb if verb.starts_with("RCPT TO:") => match self.behaviour() {
                    SmtpBehaviour::RefuseRecipient => format!("550 no such user: {}\r\n", address_in(&line)),
                    SmtpBehaviour::DeferRecipient => "451 later\r\n".into(),
                    _ => {
                        self.recipients.push(address_in(&line));
                        "250 ok\r\n".into()
                    }
                },
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    stream.flush().await?;
                    match self.take_message(stream).await? {
                        Some(answer) => answer,
                        None => return Ok(Ended::Over),
                    }
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    stream.flush().await?;
                    return Ok(Ended::Over);
                }
                _ => "250 ok\r\n".into(),
            };
            stream.write_all(answer.as_bytes()).await?;
            stream.flush().await?;
        }
    }

    fn behaviour(&self) -> SmtpBehaviour {
        self.state.borrow().behaviour
    }

    fn offers_starttls(&self) -> bool {
        !self.encrypted && matches!(*self.tls, SmtpTls::StartTls(_))
    }

    fn capabilities(&self) -> String {
        let starttls = if self.offers_starttls() { "250-STARTTLS\r\n" } else { "" };
        let sign_in = match &*self.login {
            Some(login) if !self.offers_starttls() => format!("250-AUTH {}\r\n", login.mechanism),
            _ => String::new(),
        };
        let offers = format!("250-mail.example.org\r\n{starttls}{sign_in}250-8BITMIME\r\n250 SMTPUTF8\r\n");
        match self.behaviour() {
            SmtpBehaviour::LowerCase if !self.encrypted => offers.to_lowercase(),
            SmtpBehaviour::AnswerBeforeStartTls if !self.encrypted => offers + "220 go on\r\n",
            _ => offers,
        }
    }

    async fn sign_in<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut BufReader<S>,
        line: &str,
    ) -> std::io::Result<String> {
        let login = Arc::clone(&self.login);
        let mut words = line.split(' ').skip(1);
        let (Some(login), Some(mechanism)) = (login.as_ref(), words.next()) else { return Ok("503 why\r\n".into()) };
        let given = match (mechanism, words.next()) {
            ("PLAIN", Some(words)) => decoded(words).split('\0').skip(1).map(str::to_owned).collect(),
            ("LOGIN", None) => {
                let mut given = Vec::new();
                for prompt in ["Username:", "Password:"] {
                    stream.write_all(format!("334 {}\r\n", STANDARD.encode(prompt)).as_bytes()).await?;
                    stream.flush().await?;
                    given.push(decoded(self.read_line(stream).await?.unwrap_or_default().trim_end()));
                }
                given
            }
            _ => Vec::new(),
        };
        self.signed_in = mechanism == login.mechanism && given == [login.user, login.password];
        Ok(if self.signed_in { "235 welcome\r\n" } else { "535 wrong user name or password\r\n" }.into())
    }

    /// Reads a message without its dot-stuffing; what to answer, `None` when the server hangs up.
    async fn take_message<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut BufReader<S>,
    ) -> std::io::Result<Option<String>> {
        let behaviour = self.behaviour();
        let mut raw = String::new();
        loop {
            let Some(line) = self.read_line(stream).await? else { return Ok(None) };
            if behaviour == SmtpBehaviour::HangUpInsideData {
                return Ok(None);
            }
            if line == ".\r\n" {
                break;
            }
            raw.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
        let recipients = std::mem::take(&mut self.recipients);
        match behaviour {
            SmtpBehaviour::RefuseMessage => return Ok(Some(format!("554 not for {}\r\n", recipients.join(", ")))),
            SmtpBehaviour::DeferMessage => return Ok(Some("452 no room\r\n".into())),
            SmtpBehaviour::HoldMessage => {
                let mut state = self.state.subscribe();
                self.state.send_modify(|state| state.held += 1);
                if state.wait_for(|state| state.released).await.is_err() {
                    return Ok(None);
                }
            }
            _ => {}
        }
        let mail = ReceivedMail { sender: self.sender.clone(), recipients, raw };
        self.state.send_modify(|state| state.mails.push(mail));
        Ok((behaviour != SmtpBehaviour::HangUpAfterData).then(|| "250 taken\r\n".into()))
    }

    async fn read_line<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
    ) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if self.encrypted {
            self.state.send_modify(|state| state.in_tls.push(line.clone()));
        } else {
            self.state.send_modify(|state| state.in_clear.push(line.clone()));
        }
        Ok(Some(line))
    }
}

fn decoded(words: &str) -> String {
    String::from_utf8(STANDARD.decode(words).unwrap_or_default()).unwrap_or_default()
}

fn address_in(line: &str) -> String {
    line.split('<').nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default().to_owned()
}
