//! Faults of libraries that we work around, one file per library. Each has a test that shows the fault without our
//! code. When it fails, the library is fixed: delete the workaround and its report in `docs/upstream.md`.

pub(super) mod server_fn;
pub(super) mod tower_sessions;
