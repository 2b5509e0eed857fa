//! A provider of text messages, or an endpoint of webhooks, on a separate port. It accepts any HTTP/1.1 request,
//! records it, and answers as configured.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// What it does with a request that it has read to its end.
#[derive(Clone, Debug)]
pub(crate) enum ProviderBehaviour {
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    Hang,
    HangInsideAnswer,
    HangUp,
    HangUpInsideAnswer,
}

impl ProviderBehaviour {
    pub(crate) fn answer(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.to_owned() }
    }

    /// The same answer with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    /// By name in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("{name} is missing: {:?}", self.headers))
    }

    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

pub(crate) struct Provider {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    behaviour: Mutex<ProviderBehaviour>,
    received: Mutex<Vec<Received>>,
    arrived: Notify,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), None).await
    }

    pub(crate) async fn start_at(address: SocketAddr, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            behaviour: Mutex::new(ProviderBehaviour::HangUp),
            received: Mutex::default(),
            arrived: Notify::new(),
        });
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, tls) = (Arc::clone(&served), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => serve(tls.accept(stream).await.unwrap(), &state).await,
                        None => serve(stream, &state).await,
                    }
                });
            }
        });
        Self { address, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn behave(&self, behaviour: ProviderBehaviour) {
        *self.state.behaviour.lock().unwrap() = behaviour;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// Waits until the next request has been read.
    pub(crate) async fn request(&self) {
        self.state.arrived.notified().await;
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: &State) {
    let Some(received) = read(&mut stream).await else { return };
    state.received.lock().unwrap().push(received);
    let behaviour = state.behaviour.lock().unwrap().clone();
    state.arrived.notify_one();
    match behaviour {
        ProviderBehaviour::Answer { status, headers, body } => {
            let mut answer =
                format!("HTTP/1.1 {status} Told\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
            for (name, value) in headers {
                answer.push_str(&format!("{name}: {value}\r\n"));
            }
            let _gone = stream.write_all(format!("{answer}\r\n{body}").as_bytes()).await;
            let _gone = stream.shutdown().await;
        }
        ProviderBehaviour::Hang => std::future::pending::<()>().await,
        ProviderBehaviour::HangInsideAnswer => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{").await.unwrap();
            std::future::pending::<()>().await;
        }
        ProviderBehaviour::HangUp => {}
        ProviderBehaviour::HangUpInsideAnswer => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{").await.unwrap();
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_length = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8(bytes[..head_length].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < head_length + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(bytes[head_length + 4..].to_vec()).unwrap();
    Some(Received { method, path, headers, body })
}
