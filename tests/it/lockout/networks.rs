//! The owner of a large network is counted as one caller, whatever the size of the network.

use super::{app_with, ask_from};
use crate::support::{Database, on_both_databases};

#[on_both_databases]
async fn a_network_may_ask_a_multiple_of_what_one_address_may(database: Database) {
    let app = app_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "2")]).await;
    // Each with another address of the network for every request, and a neighbour who is not held up.
    let address_of = |network: &str, number: usize| match network {
        "one IPv4 address" => "192.0.2.7".to_owned(),
        "/24" => format!("198.51.100.{number}"),
        "the same, inside of IPv6" => format!("::ffff:203.0.113.{number}"),
        "/64" => format!("2001:db8:1:100::{number:x}"),
        "/56" => format!("2001:db8:2:1{number:02x}::1"),
        "/48" => format!("2001:db8:3:{number:x}00::1"),
        _ => unreachable!("{network}"),
    };
    let networks = [
        ("one IPv4 address", 2, "192.0.2.8"),
        ("/24", 8, "198.51.101.1"),
        ("the same, inside of IPv6", 8, "::ffff:203.0.114.1"),
        ("/64", 2, "2001:db8:1:101::1"),
        ("/56", 8, "2001:db8:2:200::1"),
        ("/48", 16, "2001:db8:4::1"),
    ];
    for (kind, (network, most, neighbour)) in networks.into_iter().enumerate() {
        let mut accepted = 0;
        for number in 1..=20 {
            let location = ask_from(&app, &address_of(network, number), &format!("person{kind}-{number}")).await;
            accepted += usize::from(location == "/check-inbox");
        }
        assert_eq!(accepted, most, "{network}");
        assert_eq!(ask_from(&app, neighbour, &format!("neighbour{kind}")).await, "/check-inbox", "{network}");
    }
    app.deliver().await;
    app.finish().await;
}
