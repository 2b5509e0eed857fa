//! The networks that an address belongs to, from the narrowest to the widest. Whoever owns a wide network can use any
//! number of narrow ones in it, so limits count every level.

use std::net::IpAddr;

/// One network of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// An IPv4 address, or a network with its prefix length.
    pub name: String,
    /// The limit of this network, as a multiple of the limit of the narrowest one.
    pub multiple: u32,
}

/// The multiple for a /24 (IPv6: /56).
const NEXT: u32 = 4;

/// The multiple for a /48.
const WIDEST_OF_V6: u32 = 8;

/// IPv4: the address and its /24. IPv6: /64, /56 and /48. An IPv4-mapped address counts as IPv4.
pub(super) fn networks_of(address: IpAddr) -> Vec<Network> {
    let network = |name: String, multiple| Network { name, multiple };
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            vec![network(address.to_string(), 1), network(format!("{a}.{b}.{c}.0/24"), NEXT)]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            vec![
                network(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"), 1),
                network(format!("{a:x}:{b:x}:{c:x}:{:x}::/56", d & 0xff00), NEXT),
                network(format!("{a:x}:{b:x}:{c:x}::/48"), WIDEST_OF_V6),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(address: &str) -> Vec<String> {
        networks_of(address.parse().unwrap()).into_iter().map(|network| network.name).collect()
    }

    #[test]
    fn an_address_belongs_to_wider_and_wider_networks() {
        assert_eq!(names("192.0.2.7"), ["192.0.2.7", "192.0.2.0/24"]);
        assert_eq!(names("::ffff:192.0.2.7"), names("192.0.2.7"));
        let levels = ["2001:db8:1:2fe::/64", "2001:db8:1:200::/56", "2001:db8:1::/48"];
        assert_eq!(names("2001:db8:1:2fe::9"), levels);
    }
}
