//! How many connections there may be. The numbers follow from how many files the process may open: without one left, no
//! connection, no database and no probe would get through.

use ipnet::IpNet;

/// Files that are kept back beside the database's: the program's own, the listeners, the worker's connections to mail
/// servers and providers, probes, and connections that are just being closed.
const RESERVE: usize = 180;

/// Files of one connection to the database: with SQLite the database and its log.
const FILES_OF_DATABASE_CONNECTION: usize = 2;

/// More connections would only cost memory: each up to 110 KiB, and as much of the kernel's (docs/SECURITY.md).
const MOST: usize = 4_096;

/// With fewer connections the service would refuse people in normal use.
const FEWEST: usize = 32;

/// No address needs more, unless it is a proxy.
const MOST_OF_ADDRESS: usize = 600;

/// The most connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// In all.
    pub total: usize,
    /// From one IPv4 address or IPv6 /64.
    pub per_address: usize,
    /// From one IPv4 /24 or IPv6 /48.
    pub per_network: usize,
    /// Everybody may come through them: only the total applies to them.
    pub trusted_proxies: Vec<IpNet>,
}

/// The limit on open files leaves no room for connections.
#[derive(Debug, thiserror::Error)]
#[error(
    "the limit on open files is {descriptors}, and at least {needed} are needed: set LimitNOFILE=65536 in the systemd unit, \
     --ulimit nofile=65536 for a container, or `ulimit -n 65536` in a shell"
)]
pub struct TooFewDescriptors {
    descriptors: usize,
    needed: usize,
}

impl Caps {
    /// What a process has room for that may open so many files, of which its database takes some.
    ///
    /// # Errors
    /// When that is too little for any service.
    pub fn within(
        descriptors: usize,
        database_connections: u32,
        trusted_proxies: Vec<IpNet>,
    ) -> Result<Self, TooFewDescriptors> {
        let of_database =
            usize::try_from(database_connections).unwrap_or(usize::MAX).saturating_mul(FILES_OF_DATABASE_CONNECTION);
        let reserve = RESERVE.saturating_add(of_database);
        let total = descriptors.saturating_sub(reserve).min(MOST);
        if total < FEWEST {
            return Err(TooFewDescriptors { descriptors, needed: reserve.saturating_add(FEWEST) });
        }
        Ok(Self { trusted_proxies, ..Self::of(total) })
    }

    /// So many in all. Neither an address nor a network around it can use up more than a part.
    pub fn of(total: usize) -> Self {
        Self {
            total,
            per_address: (total / 4).clamp(1, MOST_OF_ADDRESS),
            per_network: (total / 2).max(1),
            trusted_proxies: Vec::new(),
        }
    }
}

impl Default for Caps {
    /// Where the limit on open files does not matter.
    fn default() -> Self {
        Self::of(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(descriptors: usize, database_connections: u32) -> Result<Caps, String> {
        Caps::within(descriptors, database_connections, Vec::new()).map_err(|error| error.to_string())
    }

    #[test]
    fn connections_database_and_reserve_fit_into_the_limit_on_files() {
        for descriptors in [232, 1_024, 4_096, 65_536] {
            let caps = within(descriptors, 10).unwrap();
            assert!(caps.total + RESERVE + 20 <= descriptors, "{descriptors}: {caps:?}");
        }
        assert_eq!(within(1_024, 10).unwrap().total, 824);
        assert_eq!(within(1_024, 100).unwrap().total, 644, "a large pool leaves less");
        assert_eq!(within(1_000_000, 10).unwrap().total, MOST);
    }

    #[test]
    fn neither_an_address_nor_two_neighbours_nor_a_network_can_take_every_place() {
        for descriptors in [232, 300, 1_024, 4_096, 65_536] {
            let caps = within(descriptors, 10).unwrap();
            assert!(2 * caps.per_address <= caps.total, "{caps:?}");
            assert!(caps.per_network < caps.total, "{caps:?}");
            assert!(caps.per_address <= MOST_OF_ADDRESS);
        }
    }

    #[test]
    fn too_few_files_are_an_error_that_says_how_many_are_needed_and_what_to_do() {
        let message = within(231, 10).unwrap_err();
        for part in ["231", "232", "LimitNOFILE", "ulimit -n"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(within(1_024, 500).is_err());
        assert!(within(usize::MAX, u32::MAX).is_ok());
    }
}
