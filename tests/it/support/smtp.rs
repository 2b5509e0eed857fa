//! A mail server that speaks SMTP on a real socket and keeps what it is given, or misbehaves as told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// How the server treats a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SmtpBehaviour {
    /// Takes it.
    Accept,
    /// 421 as a greeting.
    Unavailable,
    /// 550 to the recipient.
    RefuseRecipient,
    /// 535 would be about us; this is 451 to the recipient: later.
    DeferRecipient,
    /// Closes the connection in the middle of DATA.
    HangUpInsideData,
    /// Takes the message, then closes instead of saying so.
    HangUpAfterData,
    /// Never answers the greeting.
    Silent,
}

/// A message as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedMail {
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    pub(crate) raw: String,
}

impl ReceivedMail {
    fn parsed(&self) -> mail_parser::Message<'_> {
        MessageParser::default().parse(self.raw.as_bytes()).expect("a message")
    }

    pub(crate) fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }

    pub(crate) fn text(&self) -> String {
        self.parsed().body_text(0).expect("a text part").into_owned()
    }

    pub(crate) fn html(&self) -> String {
        self.parsed().body_html(0).expect("an HTML part").into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.parsed().header_raw(name.to_owned()).map(|value| value.trim().to_owned())
    }

    /// What stands behind `?key=` in the link that begins with that path.
    fn key(&self, path: &str) -> String {
        let text = self.text();
        let link = text.lines().find(|line| line.contains(path)).expect(path);
        let key = link.split("key=").nth(1).expect("a key");
        key.split('&').next().unwrap().trim().to_owned()
    }

    pub(crate) fn link_key(&self) -> String {
        self.key("/verify?")
    }

    pub(crate) fn cancel_key(&self) -> String {
        self.key("/not-me?")
    }

    pub(crate) fn code(&self) -> String {
        let text = self.text();
        let is_code = |line: &&str| line.len() == 9 && line.chars().filter(char::is_ascii_digit).count() == 8;
        text.lines().find(is_code).expect("a code").replace(' ', "")
    }
}

pub(crate) struct SmtpServer {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    behaviour: SmtpBehaviour,
    mails: Vec<ReceivedMail>,
    connections: usize,
}

impl SmtpServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { behaviour: SmtpBehaviour::Accept, mails: Vec::new(), connections: 0 }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A client that goes away in the middle is part of the game.
                    let _ended = converse(stream, shared).await;
                });
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://localhost:{}?tls=none", self.address.port())
    }

    pub(crate) fn behave(&self, behaviour: SmtpBehaviour) {
        self.state.lock().unwrap().behaviour = behaviour;
    }

    pub(crate) fn mails(&self) -> Vec<ReceivedMail> {
        self.state.lock().unwrap().mails.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let behaviour = || state.lock().unwrap().behaviour;
    let mut stream = BufReader::new(stream);
    match behaviour() {
        SmtpBehaviour::Silent => return std::future::pending().await,
        SmtpBehaviour::Unavailable => return stream.write_all(b"421 not now\r\n").await,
        _ => stream.write_all(b"220 mail.example.org ESMTP\r\n").await?,
    }
    let (mut sender, mut recipients) = (String::new(), Vec::new());
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.trim_end().to_uppercase();
        let answer: &[u8] = match verb.as_str() {
            verb if verb.starts_with("EHLO") => b"250-mail.example.org\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            verb if verb.starts_with("MAIL FROM:") => {
                sender = address_in(&line);
                b"250 ok\r\n"
            }
            verb if verb.starts_with("RCPT TO:") => match behaviour() {
                SmtpBehaviour::RefuseRecipient => b"550 no such user\r\n",
                SmtpBehaviour::DeferRecipient => b"451 later\r\n",
                _ => {
                    recipients.push(address_in(&line));
                    b"250 ok\r\n"
                }
            },
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let Some(raw) = read_data(&mut stream, behaviour() == SmtpBehaviour::HangUpInsideData).await? else {
                    return Ok(());
                };
                let mail = ReceivedMail { sender: sender.clone(), recipients: std::mem::take(&mut recipients), raw };
                state.lock().unwrap().mails.push(mail);
                if behaviour() == SmtpBehaviour::HangUpAfterData {
                    return Ok(());
                }
                b"250 taken\r\n"
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}

/// The message without dot-stuffing; `None` when the server hangs up on it.
async fn read_data(stream: &mut (impl AsyncBufReadExt + Unpin), hang_up: bool) -> std::io::Result<Option<String>> {
    let mut raw = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || hang_up {
            return Ok(None);
        }
        if line == ".\r\n" {
            return Ok(Some(raw));
        }
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn address_in(line: &str) -> String {
    line.split('<').nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default().to_owned()
}
