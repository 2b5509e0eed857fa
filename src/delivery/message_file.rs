//! Messages as files, for who has no mail server and no provider. Called by `mail` and `sms`.

use std::io::Write;
use std::path::Path;

use super::send_error::SendError;
use crate::model::ChallengeId;
use crate::private_file::private_file;

/// Writes one message into a file of its own, which its owner alone may read.
///
/// # Errors
/// [`SendError::Transient`]: a full disk and a missing folder are the operator's to mend.
pub(super) async fn write_file(directory: &Path, ending: &str, bytes: Vec<u8>) -> Result<(), SendError> {
    let transient =
        |error: &dyn std::fmt::Display| SendError::transient(format!("the message cannot be written: {error}"));
    let name = ChallengeId::random().map_err(|error| transient(&error))?;
    let (partial, path) = (directory.join(format!(".{name}")), directory.join(format!("{name}.{ending}")));
    // Under its name only when it is whole: who watches the directory never reads half a message.
    let write = move || {
        let mut file = private_file().write(true).create_new(true).open(&partial)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&partial, &path)
    };
    tokio::task::spawn_blocking(write).await.map_err(|error| transient(&error))?.map_err(|error| transient(&error))
}
