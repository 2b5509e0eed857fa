//! Which addresses are public, and which belong to this machine, its network or nobody (SECURITY.md, requirement 72).

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 ranges that are not public: <https://www.iana.org/assignments/iana-ipv4-special-registry/>, and multicast.
const SPECIAL_IPV4: [Ipv4Net; 19] = [
    v4([0, 0, 0, 0], 8),        // "this network", unspecified
    v4([10, 0, 0, 0], 8),       // private
    v4([100, 64, 0, 0], 10),    // shared behind a provider's NAT
    v4([127, 0, 0, 0], 8),      // loopback
    v4([168, 63, 129, 16], 32), // not in the registry: Azure's own service for each machine
    v4([169, 254, 0, 0], 16),   // link-local; clouds keep credentials at 169.254.169.254
    v4([172, 16, 0, 0], 12),    // private
    v4([192, 0, 0, 0], 24),     // IETF protocol assignments
    v4([192, 0, 2, 0], 24),     // documentation
    v4([192, 31, 196, 0], 24),  // AS112
    v4([192, 52, 193, 0], 24),  // AMT
    v4([192, 88, 99, 0], 24),   // 6to4 relays, withdrawn
    v4([192, 168, 0, 0], 16),   // private
    v4([192, 175, 48, 0], 24),  // AS112
    v4([198, 18, 0, 0], 15),    // benchmarking
    v4([198, 51, 100, 0], 24),  // documentation
    v4([203, 0, 113, 0], 24),   // documentation
    v4([224, 0, 0, 0], 4),      // multicast
    v4([240, 0, 0, 0], 4),      // reserved
];

/// All IPv6 addresses in public use. Loopback, unspecified, IPv4-mapped, NAT64, discard, unique local, link-local and
/// multicast addresses are outside this range.
const GLOBAL_IPV6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// Ranges within it that are not public: <https://www.iana.org/assignments/iana-ipv6-special-registry/>.
const SPECIAL_IPV6: [Ipv6Net; 5] = [
    v6([0x2001, 0, 0], 23),      // IETF protocol assignments, with Teredo, benchmarking and ORCHID
    v6([0x2001, 0x0db8, 0], 32), // documentation
    v6([0x2002, 0, 0], 16),      // 6to4, which leads to any IPv4 address
    v6([0x2620, 0x004f, 0x8000], 48), // AS112
    v6([0x3fff, 0, 0], 20),      // documentation
];

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b, c]: [u16; 3], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Whether an address is public.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_IPV4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_IPV6.contains(&address) && !SPECIAL_IPV6.iter().any(|network| network.contains(&address))
        }
    }
}

/// Whether an address is public or in one of these networks.
pub fn is_public_or_in(address: IpAddr, networks: &[IpNet]) -> bool {
    is_public(address) || networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    // SECURITY.md, requirement 72
    #[test]
    fn what_is_not_for_everybody_is_not_public() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "192.175.48.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!is_public(parse(address)), "{address}");
            let mapped = format!("::ffff:{address}");
            assert!(!is_public(parse(&mapped)), "{mapped}");
        }
        for address in [
            "::",
            "::1",
            "::7f00:1",
            "::ffff:8.8.8.8",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "100:0:0:1::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:1::1",
            "2001:2::1",
            "2001:3::1",
            "2001:4:112::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2620:4f:8000::1",
            "3fff::1",
            "3fff:fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "1fff::1",
        ] {
            assert!(!is_public(parse(address)), "{address}");
        }
    }

    #[test]
    fn what_is_next_to_it_is_public() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2001:db7::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700:4700::1111",
            "2620:4f:8001::1",
            "3ffe::1",
            "3fff:1000::1",
        ] {
            assert!(is_public(parse(address)), "{address}");
        }
    }

    #[test]
    fn a_network_of_the_operator_opens_itself_alone() {
        let networks = ["10.1.0.0/16".parse().unwrap(), "fd00::/64".parse().unwrap()];
        for address in ["10.1.2.3", "fd00::1", "8.8.8.8"] {
            assert!(is_public_or_in(parse(address), &networks), "{address}");
        }
        for address in ["10.2.0.1", "127.0.0.1", "::ffff:10.1.2.3", "fd00:0:0:1::1"] {
            assert!(!is_public_or_in(parse(address), &networks), "{address}");
        }
    }
}
