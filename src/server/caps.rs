//! Connection limits. They follow from the limit on open files: if the process ran out of files, it could neither
//! accept connections nor open the database nor answer probes.

use ipnet::IpNet;

/// Files reserved in addition to the database's: for the program itself, its listeners, the worker's connections to
/// mail servers and providers, probes, and connections that are being closed.
const RESERVE: usize = 180;

/// Open files per database connection: with SQLite, the database and its write-ahead log.
const FILES_OF_DATABASE_CONNECTION: usize = 2;

/// The maximum. More connections would only cost memory: up to 110 KiB each, and as much in the kernel
/// (docs/SECURITY.md).
const MOST: usize = 4_096;

/// The minimum. With fewer connections, the service would refuse people in normal use.
const FEWEST: usize = 32;

/// The maximum per address. Only a proxy needs more.
const MOST_OF_ADDRESS: usize = 600;

/// Limits on the number of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Total.
    pub total: usize,
    /// From one IPv4 address or IPv6 /64.
    pub per_address: usize,
    /// From one IPv4 /24 or IPv6 /48.
    pub per_network: usize,
    /// Anybody may connect through these proxies, so only the total applies to them.
    pub trusted_proxies: Vec<IpNet>,
}

/// The limit on open files is too low to accept connections.
#[derive(Debug, thiserror::Error)]
#[error(
    "the limit on open files is {descriptors}, but Keyback needs at least {needed}: set LimitNOFILE=65536 in the systemd \
     unit, --ulimit nofile=65536 for a container, or `ulimit -n 65536` in a shell"
)]
pub struct TooFewDescriptors {
    descriptors: usize,
    needed: usize,
}

impl Caps {
    /// The limits for a process that may open `descriptors` files and needs some of them for its database.
    ///
    /// # Errors
    /// If fewer than `FEWEST` connections would remain.
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

    /// Limits with the given total. A single address or network can use only part of it.
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
    /// For cases in which the limit on open files doesn't matter.
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
