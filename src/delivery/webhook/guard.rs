//! Keeps events away from this machine and its network (security.md row 72): no connection is made but
//! to an address that was looked at before it. Used by `WebhookTransport`.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::model::is_public_or_in;

/// Where the addresses of a name come from.
#[derive(Clone)]
pub enum Lookup {
    /// The system's resolver.
    System,
    /// One answer a look-up, and then none: for tests, which have no DNS that lies.
    Scripted(Arc<Mutex<VecDeque<Vec<IpAddr>>>>),
}

impl Lookup {
    /// All addresses of a name; the port is for whoever connects to choose.
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
            Self::Scripted(answers) => {
                let answer = answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                Ok(answer.unwrap_or_default().into_iter().map(|address| (address, 0).into()).collect())
            }
        }
    }
}

/// The URL leads to this machine, its network or nowhere, and no setting allows that.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the address is not public")]
pub(super) struct NotPublic;

/// Decides where connections may go.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) lookup: Lookup,
    pub(super) allowed_networks: Vec<IpNet>,
}

impl Guard {
    /// Whether an address that stands in the URL itself is one to go to: the client connects to it
    /// without a look-up.
    pub(super) fn check_literal(&self, url: &Url) -> Result<(), NotPublic> {
        match url.host() {
            Some(Host::Ipv4(address)) => self.check(address.into()),
            Some(Host::Ipv6(address)) => self.check(address.into()),
            Some(Host::Domain(_)) | None => Ok(()),
        }
    }

    fn check(&self, address: IpAddr) -> Result<(), NotPublic> {
        if is_public_or_in(address, &self.allowed_networks) { Ok(()) } else { Err(NotPublic) }
    }
}

/// The client connects to what it gets from here and asks for each connection, so that a name cannot
/// mean one thing when it is looked at and another when it is used. One bad address among good ones
/// spoils all of them.
impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = guard.lookup.addresses(name.as_str()).await?;
            addresses.iter().try_for_each(|address| guard.check(address.ip()))?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
