//! A mail server that takes a set time over each message and reports when it has accepted one.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::Result;

/// Accepts messages while it exists.
#[derive(Clone)]
pub struct MailServer {
    url: String,
    awaited: Arc<Mutex<HashMap<String, oneshot::Sender<Instant>>>>,
}

impl MailServer {
    /// Starts a server that waits for `delay` before it accepts a message, any number in parallel.
    pub async fn start(delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("smtp://localhost:{}?tls=none", listener.local_addr()?.port());
        let server = Self { url, awaited: Arc::default() };
        let shared = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = shared.clone();
                // A client that disconnects needs no answer.
                tokio::spawn(async move { server.talk(stream, delay).await.unwrap_or_default() });
            }
        });
        Ok(server)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// When the next message to that address has been accepted.
    pub fn arrival(&self, address: &str) -> oneshot::Receiver<Instant> {
        let (arrived, arrival) = oneshot::channel();
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner).insert(address.to_owned(), arrived);
        arrival
    }

    async fn talk(&self, stream: TcpStream, delay: Duration) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 mail.example.org ESMTP\r\n").await?;
        let (mut recipient, mut in_message) = (String::new(), false);
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 {
            let answer: &[u8] = match line.trim_end() {
                "." if in_message => {
                    in_message = false;
                    tokio::time::sleep(delay).await;
                    self.taken(&recipient);
                    b"250 taken\r\n"
                }
                _ if in_message => b"",
                "DATA" => {
                    in_message = true;
                    b"354 go on\r\n"
                }
                other if other.starts_with("EHLO") => b"250-mail.example.org\r\n250 8BITMIME\r\n",
                other => {
                    if let Some(address) = other.strip_prefix("RCPT TO:<").and_then(|rest| rest.split('>').next()) {
                        address.clone_into(&mut recipient);
                    }
                    b"250 ok\r\n"
                }
            };
            stream.write_all(answer).await?;
            line.clear();
        }
        Ok(())
    }

    fn taken(&self, recipient: &str) {
        let awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner).remove(recipient);
        // Nobody waits for the mail of a stranger.
        let _heard = awaited.map(|arrived| arrived.send(Instant::now()));
    }
}
