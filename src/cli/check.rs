//! `keyback check`: does everything that `serve` needs work, and if not, what to do about it.

use super::output::Output;
use super::{Application, Failure};
use crate::clock::Clock;
use crate::config::Config;

/// The configuration has been read already; the rest is tried here.
pub(super) async fn check(config: Config, output: &mut Output) -> Result<(), Failure> {
    output.say("configuration: ok")?;
    let application = Application::start(config, Clock::System).await?;
    output.say("database: ok")?;
    application.transport.check().await.map_err(|error| {
        Failure::wrong(format!(
            "mail.url: {error}. Check host, port, user name and password; a server without TLS needs ?tls=opportunistic, \
             or ?tls=none on this machine"
        ))
    })?;
    output.say("mail: ok")
}
