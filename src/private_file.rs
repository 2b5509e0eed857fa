//! Files that only their owner can read: the database, the server key, captured mail.

use std::fs::OpenOptions;

/// Options that give a new file mode 0600.
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
