//! Files that only their owner may read: the database, the server's key, captured mail. Called by
//! `config`, `store` and `delivery`.

use std::fs::OpenOptions;

/// Options under which a new file gets mode 0600.
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
