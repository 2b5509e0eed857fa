//! A connection between the service and a database server that a test can cut.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes octets on until it is cut.
pub(crate) struct DatabaseProxy {
    port: u16,
    state: Arc<watch::Sender<Wire>>,
}

/// What happens to a connection when a text is about to pass on its way to the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is cut before the text arrives.
    CutBefore,
    /// The text arrives; it is cut before the answer does.
    CutAfter,
    /// The text does not arrive, and the connection stays open and says nothing more.
    Silence,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Wire {
    /// Connections of an earlier number are cut.
    number: u64,
    /// Whether new connections are passed on.
    is_up: bool,
    /// Connections of an earlier number stay open and say nothing more, as when a machine is gone.
    silent_before: u64,
    trap: Option<(&'static str, Fate)>,
}

impl DatabaseProxy {
    /// In front of the server that `url` names.
    pub(crate) async fn start(url: &str) -> Self {
        let url = url::Url::parse(url).unwrap();
        let usual_port = if url.scheme() == "mysql" { 3306 } else { 5432 };
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(usual_port));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(watch::Sender::new(Wire { number: 0, is_up: true, silent_before: 0, trap: None }));
        let wires = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (mut cut, target) = (wires.subscribe(), target.clone());
                let wire = *cut.borrow_and_update();
                if wire.is_up {
                    let traps = wires.subscribe();
                    tokio::spawn(async move {
                        let mut near = near;
                        let fate = tokio::select! {
                            fate = pass_on(&mut near, &target, &traps) => fate,
                            _ = cut.wait_for(|now| now.number != wire.number) => None,
                        };
                        if fate == Some(Fate::Silence) || cut.borrow().silent_before > wire.number {
                            std::future::pending::<()>().await;
                        }
                    });
                }
            }
        });
        Self { port, state }
    }

    /// The same URL, by way of the wire.
    pub(crate) fn url(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }

    /// The same, without encryption, so that [`Self::when`] can read what passes.
    pub(crate) fn readable_url(&self, url: &str) -> String {
        let mut url = url::Url::parse(&self.url(url)).unwrap();
        match url.scheme() {
            "mysql" => url.query_pairs_mut().append_pair("ssl-mode", "DISABLED"),
            _ => url.query_pairs_mut().append_pair("sslmode", "disable"),
        };
        url.into()
    }

    /// Ends every connection; new ones are passed on.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|wire| wire.number += 1);
    }

    /// Ends every connection and lets none through until [`Self::mend`].
    pub(crate) fn pull(&self) {
        self.state.send_modify(|wire| *wire = Wire { number: wire.number + 1, is_up: false, ..*wire });
    }

    /// Lets every connection stay open and say nothing more; new ones are passed on.
    pub(crate) fn silence(&self) {
        self.state.send_modify(|wire| {
            wire.number += 1;
            wire.silent_before = wire.number;
        });
    }

    /// From now on, and until [`Self::mend`], this happens to each connection on which the text is sent.
    pub(crate) fn when(&self, text: &'static str, fate: Fate) {
        self.state.send_modify(|wire| wire.trap = Some((text, fate)));
    }

    pub(crate) fn mend(&self) {
        self.state.send_modify(|wire| *wire = Wire { is_up: true, trap: None, ..*wire });
    }
}

/// Comes back when one of the two hangs up, or when a trap has closed.
async fn pass_on(near: &mut TcpStream, target: &str, traps: &watch::Receiver<Wire>) -> Option<Fate> {
    let mut far = TcpStream::connect(target).await.unwrap();
    let (mut from_near, mut to_near) = near.split();
    let (mut from_far, mut to_far) = far.split();
    let trapped = tokio::select! {
        _ = tokio::io::copy(&mut from_far, &mut to_near) => None,
        trapped = pass_on_until_trapped(&mut from_near, &mut to_far, traps) => trapped,
    };
    let (fate, text) = trapped?;
    if fate == Fate::CutAfter {
        // Once the server answers, it has done what it was told.
        to_far.write_all(&text).await.ok()?;
        from_far.read_u8().await.ok()?;
    }
    Some(fate)
}

async fn pass_on_until_trapped(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    traps: &watch::Receiver<Wire>,
) -> Option<(Fate, Vec<u8>)> {
    let mut octets = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut octets).await {
        let passing = &octets[..length];
        let trap = traps.borrow().trap;
        if let Some((text, fate)) = trap
            && passing.windows(text.len()).any(|window| window == text.as_bytes())
        {
            return Some((fate, passing.to_vec()));
        }
        to.write_all(passing).await.ok()?;
    }
    None
}
