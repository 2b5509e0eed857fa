//! What the protocol's library asks of a server: who we are, which tools there are, and what one of them does. Served
//! by `http` and by `stdio`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::http::request::Parts;
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool as ToolDescription,
};
use rmcp::service::{RequestContext, RoleServer};
use tracing::{Instrument, Span};

use super::McpState;
use super::authorize::{Asker, KeyRefusal};
use super::failure::Failure;
use super::tools::Tool;
use crate::model::{ApiKey, Caller, CorrelationId};

/// How an agent has to behave; every client shows it to its model.
const INSTRUCTIONS: &str = include_str!("instructions.txt");

/// The same where a password may pass through the agent.
const PASSWORD_INSTRUCTIONS: &str = include_str!("password_instructions.txt");

/// The server of one message, or of one client on stdio.
#[derive(Clone)]
pub(super) struct Service {
    state: Arc<McpState>,
    whose: Whose,
}

#[derive(Clone)]
enum Whose {
    /// Found out for each request, which brings it along.
    Request,
    /// That of whoever started this program; asked for at each call, so that a revoked key ends at once.
    Program(Arc<ApiKey>),
}

impl Service {
    pub(super) fn of_requests(state: McpState) -> Self {
        Self { state: Arc::new(state), whose: Whose::Request }
    }

    pub(super) fn of_program(state: McpState, key: Arc<ApiKey>) -> Self {
        Self { state: Arc::new(state), whose: Whose::Program(key) }
    }

    fn offered(&self) -> impl Iterator<Item = Tool> {
        Tool::offered(self.state.password_tools)
    }

    fn find(&self, name: &str) -> Option<Tool> {
        self.offered().find(|tool| tool.name() == name)
    }

    async fn asker(&self, context: &RequestContext<RoleServer>) -> Result<Asker, KeyRefusal> {
        match &self.whose {
            Whose::Request => {
                let parts = context.extensions.get::<Parts>();
                parts.and_then(|parts| parts.extensions.get::<Asker>()).cloned().ok_or(KeyRefusal::Missing)
            }
            Whose::Program(key) => Ok(Asker::new(self.state.secret_key(key).await?, local_caller()?)),
        }
    }
}

impl ServerHandler for Service {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("keyback", env!("CARGO_PKG_VERSION")).with_title("Keyback password resets");
        let more = if self.state.password_tools { PASSWORD_INSTRUCTIONS } else { "" };
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server)
            .with_instructions(format!("{INSTRUCTIONS}{more}"))
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.offered().map(Tool::described).collect()))
    }

    fn get_tool(&self, name: &str) -> Option<ToolDescription> {
        self.find(name).map(Tool::described)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        // The name may be anything and is not repeated.
        let tool = self.find(&request.name).ok_or_else(|| ErrorData::invalid_params("There is no such tool.", None))?;
        let asker = match self.asker(&context).await {
            Ok(asker) => asker,
            Err(refusal) => return Ok(tool.refuse(&Failure::Key(refusal)).into()),
        };
        let span = self.span(&asker);
        let arguments = request.arguments.unwrap_or_default();
        let answer = tool.call(&self.state, &asker, arguments).instrument(span).await;
        Ok(answer.unwrap_or_else(|failure| tool.refuse(&failure)).into())
    }
}

impl Service {
    /// What ties the log lines of a call together; over HTTP the request's own.
    fn span(&self, asker: &Asker) -> Span {
        match self.whose {
            Whose::Request => Span::current(),
            Whose::Program(_) => tracing::error_span!("request", id = asker.caller.correlation_id.as_str()),
        }
    }
}

/// Whoever started this program, on this machine.
fn local_caller() -> Result<Caller, KeyRefusal> {
    let correlation_id = CorrelationId::random().map_err(|error| {
        tracing::error!(%error, "no randomness");
        KeyRefusal::Fault(false)
    })?;
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Ok(Caller { address, user_agent: "keyback mcp".to_owned(), correlation_id, client: None })
}
