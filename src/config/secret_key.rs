//! Finds `server.secret_key`: set by the operator, or kept in a file beside the SQLite database,
//! which is made at the first start. Called by `Config::load`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::reader::{ConfigError, Reader};
use crate::model::ServerKey;
use crate::private_file::private_file;

pub(super) fn find(reader: &mut Reader, database_url: &str) -> Result<ServerKey, ConfigError> {
    let parse = |text: &str| ServerKey::parse(text).map_err(|error| error.to_string());
    match (reader.optional("server.secret_key", parse)?, super::sqlite_file(database_url)) {
        (Some(key), _) => Ok(key),
        (None, Some(database)) => beside(&database),
        (None, None) => reader.get("server.secret_key", parse),
    }
}

/// `keyback.db` has its key in `keyback.db.key`.
fn beside(database: &Path) -> Result<ServerKey, ConfigError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".key");
    let path = PathBuf::from(path);
    let fault = |fault: String| ConfigError::File { path: path.clone(), fault };
    match std::fs::read_to_string(&path) {
        Ok(text) => ServerKey::parse(&text).map_err(|error| fault(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make(&path).map_err(|error| fault(format!("cannot make the secret key: {error}")))
        }
        Err(error) => Err(fault(error.to_string())),
    }
}

fn make(path: &Path) -> Result<ServerKey, std::io::Error> {
    let key = ServerKey::random().map_err(std::io::Error::other)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = private_file().write(true).create_new(true).open(path)?;
    writeln!(file, "{}", key.to_base64().as_str())?;
    file.sync_all()?;
    Ok(key)
}
