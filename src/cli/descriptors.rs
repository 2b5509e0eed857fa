//! Raises the limit on open files. Each connection is one, and most systems start processes with a limit of 1,024
//! although they allow many more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limits to try, in this order. The first is more than the service ever opens.
const WANTED: [u64; 3] = [65_536, 10_240, 4_096];

/// Raises the soft limit as far as useful and allowed, and returns the new limit.
pub(super) fn raise_descriptor_limit() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    for wanted in WANTED.into_iter().map(|wanted| maximum.map_or(wanted, |maximum| wanted.min(maximum))) {
        if current.is_none_or(|current| current >= wanted) {
            break;
        }
        match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
            Ok(()) => break,
            Err(error) => {
                tracing::debug!(%error, wanted, "could not raise the limit on open files; trying a lower one");
            }
        }
    }
    getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}
