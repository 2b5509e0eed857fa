//! Writes messages to files, for setups without a mail server or provider.

use std::io::Write;
use std::path::Path;

use super::send_error::SendError;
use crate::model::MessageId;
use crate::private_file::private_file;

/// Writes one message to a new file that only its owner can read.
///
/// # Errors
/// [`SendError::Transient`]: a full disk or a missing folder is for the operator to fix.
pub(super) async fn write_file(directory: &Path, ending: &str, bytes: Vec<u8>) -> Result<(), SendError> {
    let transient =
        |error: &dyn std::fmt::Display| SendError::transient(format!("the message cannot be written: {error}"));
    let name = MessageId::random().map_err(|error| transient(&error))?;
    let (partial, path) = (directory.join(format!(".{name}")), directory.join(format!("{name}.{ending}")));
    // The file gets its name when it is complete, so that no reader of the directory sees half a message.
    let write = move || {
        let mut file = private_file().write(true).create_new(true).open(&partial)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&partial, &path)
    };
    tokio::task::spawn_blocking(write).await.map_err(|error| transient(&error))?.map_err(|error| transient(&error))
}
