//! Keeps requests to the operator's own servers away from this machine and its network (SECURITY.md, requirement 72):
//! connections are only made to addresses that were checked immediately before.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::model::is_public_or_in;

/// How names are resolved.
#[derive(Clone)]
pub enum Lookup {
    /// With the system's resolver.
    System,
    /// With one prepared answer per look-up, and none after the last: for tests.
    Scripted(Arc<Mutex<VecDeque<Vec<IpAddr>>>>),
}

impl Lookup {
    /// All addresses of a name. The client sets the port when it connects.
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

/// The URL leads to this machine, to its network or nowhere, and no setting allows that.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the address is not public")]
pub struct NotPublic;

/// Whether that is why a request was not sent.
pub fn is_not_public(error: &reqwest::Error) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    causes.any(<dyn std::error::Error>::is::<NotPublic>)
}

/// Decides which addresses may be connected to.
#[derive(Clone)]
pub struct Guard {
    /// How names are resolved.
    pub lookup: Lookup,
    /// Networks that are not public and yet allowed.
    pub allowed_networks: Vec<IpNet>,
}

impl Guard {
    /// Checks an address that is part of the URL. The client connects to such an address without a look-up.
    ///
    /// # Errors
    /// [`NotPublic`]
    pub fn check_literal(&self, url: &Url) -> Result<(), NotPublic> {
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

/// The client asks for every connection and connects only to the addresses it gets from here, so that a name cannot
/// mean one address when it is checked and another when it is used. One forbidden address among allowed ones rejects
/// all.
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
