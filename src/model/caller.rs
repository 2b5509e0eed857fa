//! The sender of a request, as it is stored with the challenge and the audit and named in emails.

use std::net::IpAddr;

use super::caller_networks::{Network, networks_of};
use super::{Client, KeyKind};

/// What a request reveals about its sender.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The address of the connection, or the one that a trusted proxy reports.
    pub address: IpAddr,
    /// The user agent, without control characters, at most 256 characters.
    pub user_agent: String,
    /// Links the log lines and audit rows of one HTTP request.
    pub correlation_id: CorrelationId,
    /// The program whose API key came with the request. `None` for a person in a browser.
    pub client: Option<Client>,
}

impl Caller {
    /// The same caller, identified by its API key.
    pub fn of_client(self, client: Client) -> Self {
        Self { client: Some(client), ..self }
    }

    /// The public id of the key.
    pub fn client_id(&self) -> Option<&str> {
        self.client.as_ref().map(|client| client.id.as_str())
    }

    /// Whether it acts for many people from one address, so that rate limits per caller do not apply.
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

    /// The network under which limits count an address: for IPv6 the /64, because one caller owns all of it.
    pub fn network_of(address: IpAddr) -> String {
        networks_of(address).into_iter().next().map(|network| network.name).unwrap_or_default()
    }

    /// Removes control characters, so that they never reach a log line or an audit row (ASVS 16.4.1).
    pub fn clean_user_agent(raw: &str) -> String {
        raw.chars().filter(|character| !character.is_control()).take(256).collect()
    }
}

/// Sixteen random characters that identify one HTTP request in logs and the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationId(String);

impl CorrelationId {
    /// A new random id.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        super::random_text::<12>().map(Self)
    }

    /// The id that a row holds.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text for a header, a log field or a row.
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
