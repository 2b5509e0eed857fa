//! `keyback mcp`: the tools for agents on standard input and output, for clients that start their servers themselves.
//! Standard output carries only the protocol. A `keyback serve` on the same database sends the messages.

use std::path::PathBuf;

use clap::Args;
use tokio::sync::oneshot;

use super::{Application, Failure};
use crate::api::serve_stdio;
use crate::config::api_key_of_process;
use crate::model::ApiKey;

#[derive(Args)]
pub(super) struct McpArguments {
    /// A file with the API key. Without this option, the environment variable KEYBACK_API_KEY is used.
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
}

impl McpArguments {
    /// The API key. It is never an argument, because every process can read command lines.
    pub(super) fn key(&self) -> Result<ApiKey, Failure> {
        let text = match &self.api_key_file {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| Failure::wrong(format!("--api-key-file {}: {error}", file.display())))?,
            None => api_key_of_process().map_err(Failure::wrong)?.ok_or_else(|| {
                Failure::wrong(
                    "there is no API key: set KEYBACK_API_KEY, or name a file with --api-key-file. To create a key, run: \
                     keyback keys create NAME",
                )
            })?,
        };
        ApiKey::parse(text.trim()).map_err(|_| Failure::wrong("this is not an API key: keys start with kb-"))
    }
}

/// Serves until the client closes its end.
pub(super) async fn mcp(key: ApiKey, application: Application) -> Result<(), Failure> {
    let (serving, served) = oneshot::channel::<()>();
    let refusals = application.refusals.clone();
    tokio::spawn(async move { refusals.run(served).await });
    let password_tools = application.config.api.mcp_password_tools;
    serve_stdio(application.server_parts().api(), password_tools, key).await?;
    drop(serving);
    application.refusals.write().await?;
    application.store.close().await;
    Ok(())
}
