//! A connection between the service and PostgreSQL that a test can cut.

use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes octets on until it is cut.
pub(crate) struct DatabaseProxy {
    port: u16,
    state: Arc<watch::Sender<Wire>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Wire {
    /// Connections of an earlier number are cut.
    number: u64,
    /// Whether new connections are passed on.
    is_up: bool,
    /// Connections of an earlier number stay open and say nothing more, as when a machine is gone.
    silent_before: u64,
}

impl DatabaseProxy {
    /// In front of the server that `url` names.
    pub(crate) async fn start(url: &str) -> Self {
        let url = url::Url::parse(url).unwrap();
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(watch::Sender::new(Wire { number: 0, is_up: true, silent_before: 0 }));
        let wires = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (mut cut, target) = (wires.subscribe(), target.clone());
                let wire = *cut.borrow_and_update();
                if wire.is_up {
                    tokio::spawn(async move {
                        let mut near = near;
                        tokio::select! {
                            () = pass_on(&mut near, &target) => {}
                            _ = cut.wait_for(|now| now.number != wire.number) => {}
                        }
                        if cut.borrow().silent_before > wire.number {
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

    pub(crate) fn mend(&self) {
        self.state.send_modify(|wire| wire.is_up = true);
    }
}

async fn pass_on(near: &mut TcpStream, target: &str) {
    let mut far = TcpStream::connect(target).await.unwrap();
    // One of the two hangs up: so does the other.
    let _ended = tokio::io::copy_bidirectional(near, &mut far).await;
}
