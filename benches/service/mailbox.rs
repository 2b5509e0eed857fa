//! The folder into which the server writes its mail: waits for messages and extracts the links.

use std::path::Path;
use std::time::{Duration, Instant};

use mail_parser::MessageParser;

use crate::Result;

/// How long to wait for all messages of a load before that counts as a failure.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Waits until the folder holds `count` messages. Returns how long that took.
pub async fn wait_for(folder: &Path, count: usize) -> Result<Duration> {
    let start = Instant::now();
    loop {
        let present = files(folder)?.len();
        if present >= count {
            return Ok(start.elapsed());
        }
        if start.elapsed() > TIMEOUT {
            return Err(format!("{present} of {count} messages after {TIMEOUT:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The link of every message, without the server's origin.
pub fn links(folder: &Path, base: &str) -> Result<Vec<String>> {
    let mut links = Vec::new();
    for file in files(folder)? {
        let content = std::fs::read(file)?;
        let message = MessageParser::default().parse(&content).ok_or("a file is not a message")?;
        let text = message.body_text(0).ok_or("a message has no text")?;
        let link = text.lines().find_map(|line| line.trim().strip_prefix(base)).ok_or("a message has no link")?;
        links.push(link.to_owned());
    }
    Ok(links)
}

/// Deletes every message.
pub fn clear(folder: &Path) -> Result<()> {
    for file in files(folder)? {
        std::fs::remove_file(file)?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "eml") {
            files.push(path);
        }
    }
    Ok(files)
}
