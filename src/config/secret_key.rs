//! Finds `server.secret_key`: set by the operator, or kept in a file next to the SQLite database, which the first start
//! creates.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::database_url::DatabaseUrl;
use super::error::ConfigError;
use super::reader::Reader;
use crate::model::ServerKey;
use crate::private_file::private_file;

pub(super) fn find(reader: &mut Reader, database: &DatabaseUrl) -> Result<ServerKey, ConfigError> {
    let parse = |text: &str| ServerKey::parse(text).map_err(|error| error.to_string());
    match (reader.optional("server.secret_key", parse)?, database.sqlite_file()) {
        (Some(key), _) => Ok(key),
        (None, Some(database)) => beside(&database),
        (None, None) => reader.get("server.secret_key", parse),
    }
}

/// Reads or creates the key file: `keyback.db` has its key in `keyback.db.key`.
fn beside(database: &Path) -> Result<ServerKey, ConfigError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".key");
    let path = PathBuf::from(path);
    let fault = |fault: String| ConfigError::File { path: path.clone(), fault };
    if !path.exists() {
        make(&path).map_err(|error| fault(format!("could not create the secret key: {error}")))?;
    }
    let text = std::fs::read_to_string(&path).map_err(|error| fault(error.to_string()))?;
    ServerKey::parse(&text).map_err(|error| fault(error.to_string()))
}

/// Creates the file with its whole content, unless it exists: of several processes that start together, one creates the
/// key and the others read it.
fn make(path: &Path) -> Result<(), std::io::Error> {
    let key = ServerKey::random().map_err(std::io::Error::other)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("key.{:016x}", getrandom::u64()?));
    let mut file = private_file().write(true).create_new(true).open(&draft)?;
    writeln!(file, "{}", key.to_base64().as_str())?;
    file.sync_all()?;
    match std::fs::hard_link(&draft, path) {
        Ok(()) => std::fs::remove_file(&draft),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => std::fs::remove_file(&draft),
        // Some shared folders have no hard links. A rename works there, as long as no other process starts meanwhile.
        Err(_) => std::fs::rename(&draft, path),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn all_who_start_together_have_one_key() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let (database, together) = (folder.path().join("new/keyback.db"), Barrier::new(4));
            let start = || {
                together.wait();
                beside(&database).unwrap().to_base64()
            };
            let keys: Vec<_> = std::thread::scope(|scope| {
                let starting: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
                starting.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(keys.iter().all(|key| *key == keys[0]));
            let left: Vec<_> = std::fs::read_dir(folder.path().join("new")).unwrap().collect();
            assert_eq!(left.len(), 1, "{left:?}");
        }
    }
}
