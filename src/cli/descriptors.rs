//! Raises how many files the process may open: each connection is one, and most systems start a process with 1,024
//! although it may have many more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More than the service ever opens. A system that refuses this many may allow fewer.
const WANTED: [u64; 3] = [65_536, 10_240, 4_096];

/// Raises the soft limit as far as it is useful and allowed; returns what it is then.
pub(super) fn raise_descriptor_limit() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    for wanted in WANTED.into_iter().map(|wanted| maximum.map_or(wanted, |maximum| wanted.min(maximum))) {
        if current.is_none_or(|current| current >= wanted) {
            break;
        }
        match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
            Ok(()) => break,
            Err(error) => tracing::debug!(%error, wanted, "the limit on open files cannot be raised"),
        }
    }
    getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}
