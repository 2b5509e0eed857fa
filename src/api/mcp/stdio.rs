//! The tools on standard input and output, for clients that start this program themselves.

use std::borrow::Cow;

use rmcp::service::{ServerInitializeError, serve_server};
use rmcp::transport::io::stdio_pipes;

use super::asker::secret_key;
use super::service::Service;
use crate::api::ApiState;
use crate::model::ApiKey;

/// Why the server on stdio failed.
#[derive(Debug, thiserror::Error)]
pub enum StdioError {
    #[error("{0}")]
    Key(Cow<'static, str>),
    /// Doesn't repeat what the client sent: it could contain anything.
    #[error("the client did not start with a valid Model Context Protocol handshake")]
    Protocol,
    #[error("the MCP server crashed; see the log for the reason")]
    Broken,
}

/// Serves the tools to the holder of `key` until the client closes its end.
///
/// # Errors
/// See [`StdioError`].
pub async fn serve_stdio(state: ApiState, password_tools: bool, key: ApiKey) -> Result<(), StdioError> {
    // Check the key now, so that a wrong one is reported at startup and not at the first call.
    secret_key(&state, &key).await.map_err(|refusal| StdioError::Key(refusal.words()))?;
    let service = Service::of_program(state, password_tools, key);
    match serve_server(service, stdio_pipes()).await {
        Ok(running) => running.waiting().await.map(|_how| ()).map_err(|_| StdioError::Broken),
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(_) => Err(StdioError::Protocol),
    }
}
