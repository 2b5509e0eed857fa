//! Who is at the other end of a request: kept with the challenge, in the audit and in the mail.
//! Made by the server's middleware, carried down by every door.

use std::net::IpAddr;

use super::caller_networks::{Network, networks_of};
use super::{Client, KeyKind};

/// What a request tells about its sender.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The socket's address, or what a trusted proxy says it was.
    pub address: IpAddr,
    /// The browser's name for itself, without control characters, at most 256 characters.
    pub user_agent: String,
    /// Ties together the log lines and audit rows of one HTTP request.
    pub correlation_id: CorrelationId,
    /// The program whose API key the request showed; `None`: a person in a browser.
    pub client: Option<Client>,
}

impl Caller {
    /// The same caller, known by its key.
    pub fn of_client(self, client: Client) -> Self {
        Self { client: Some(client), ..self }
    }

    /// The public id of the key.
    pub fn client_id(&self) -> Option<&str> {
        self.client.as_ref().map(|client| client.id.as_str())
    }

    /// Whether it acts for many people from one address: the limits on callers are not for it.
    pub fn is_server(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.kind == KeyKind::Secret)
    }

    /// The narrowest network of the address, as limits count it.
    pub fn network(&self) -> String {
        Self::network_of(self.address)
    }

    /// Every network of the address that limits count, from the narrowest to the widest.
    pub fn networks(&self) -> Vec<Network> {
        networks_of(self.address)
    }

    /// An address as limits count it: an IPv6 caller owns a whole /64, so the network is counted.
    pub fn network_of(address: IpAddr) -> String {
        networks_of(address).into_iter().next().map(|network| network.name).unwrap_or_default()
    }

    /// Control characters never reach a log line or an audit row (ASVS 16.4.1).
    pub fn clean_user_agent(raw: &str) -> String {
        raw.chars().filter(|character| !character.is_control()).take(256).collect()
    }
}

/// Sixteen random characters that name one HTTP request in logs and audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationId(String);

impl CorrelationId {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        super::random_text::<12>().map(Self)
    }

    /// As text, for a header, a log field or a row.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(address: &str) -> Caller {
        Caller {
            address: address.parse().unwrap(),
            user_agent: String::new(),
            correlation_id: CorrelationId::random().unwrap(),
            client: None,
        }
    }

    #[test]
    fn one_ipv6_network_counts_as_one_caller() {
        assert_eq!(caller("2001:db8:1:2::1").network(), caller("2001:db8:1:2:ffff::9").network());
        assert_ne!(caller("2001:db8:1:2::1").network(), caller("2001:db8:1:3::1").network());
        assert_eq!(caller("::ffff:192.0.2.7").network(), "192.0.2.7");
    }

    #[test]
    fn a_line_break_in_the_user_agent_is_dropped() {
        assert_eq!(Caller::clean_user_agent("a\r\nb\u{0}c"), "abc");
    }
}
