//! The tools on standard input and output, for a client that starts this program itself. Run by `cli`.

use std::sync::Arc;

use rmcp::service::{ServerInitializeError, serve_server};
use rmcp::transport::io::stdio_pipes;

use super::McpState;
use super::service::Service;
use crate::model::ApiKey;

/// It came to a bad end.
#[derive(Debug, thiserror::Error)]
pub enum StdioError {
    #[error("{0}")]
    Key(&'static str),
    /// What the client sent may be anything and is not repeated.
    #[error("the client did not begin as the Model Context Protocol asks")]
    Protocol,
    #[error("the tools came to a bad end, see the log")]
    Broken,
}

/// Serves the tools to the holder of `key` until the client closes its end.
///
/// # Errors
/// See [`StdioError`].
pub async fn serve_stdio(state: McpState, key: ApiKey) -> Result<(), StdioError> {
    // Whoever started this with a dead key is told so now and not at the first call.
    state.secret_key(&key).await.map_err(|refusal| StdioError::Key(refusal.words()))?;
    let service = Service::of_program(state, Arc::new(key));
    match serve_server(service, stdio_pipes()).await {
        Ok(running) => running.waiting().await.map(|_how| ()).map_err(|_| StdioError::Broken),
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(_) => Err(StdioError::Protocol),
    }
}
