//! The networks that an address belongs to, from the narrowest to the widest. Whoever owns a wide one has as many
//! narrow ones as they like, so limits count every level. Used by `limits`.

use std::net::IpAddr;

/// One network of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// An IPv4 address, or a network with its length.
    pub name: String,
    /// How many times the limit of the narrowest network this one has.
    pub multiple: u32,
}

/// How many times the limit of one address (IPv6: /64) a /24 (IPv6: /56) has.
const NEXT: u32 = 4;

/// The same for a /48.
const WIDEST_OF_V6: u32 = 8;

/// IPv4: the address and its /24. IPv6: /64, /56 and /48. An IPv4 address inside of IPv6 is IPv4.
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
