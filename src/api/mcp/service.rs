//! The MCP server for the protocol's library: describes itself, lists the tools and dispatches tool calls.

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

use super::asker::{Asker, AskerRefusal, secret_key};
use super::tools::Tool;
use crate::api::ApiState;
use crate::api::key::KeyRefusal;
use crate::model::{ApiKey, Caller, CorrelationId};

/// Rules for agents. Clients show them to their model.
const INSTRUCTIONS: &str = include_str!("instructions.txt");

/// Additional rules if passwords may pass through the agent.
const PASSWORD_INSTRUCTIONS: &str = include_str!("password_instructions.txt");

/// The server for one message over HTTP, or for the client on stdio.
#[derive(Clone)]
pub(super) struct Service {
    state: Arc<ApiState>,
    /// Whether to offer the tools that accept a code and a password.
    password_tools: bool,
    whose: Whose,
}

#[derive(Clone)]
enum Whose {
    /// The caller of each HTTP request, which the middleware has authenticated.
    Request,
    /// The key with which this program was started. It is looked up for each call, so that revoking it takes effect
    /// immediately.
    Program(Arc<ApiKey>),
}

impl Service {
    pub(super) fn of_requests(state: ApiState, password_tools: bool) -> Self {
        Self { state: Arc::new(state), password_tools, whose: Whose::Request }
    }

    pub(super) fn of_program(state: ApiState, password_tools: bool, key: ApiKey) -> Self {
        Self { state: Arc::new(state), password_tools, whose: Whose::Program(Arc::new(key)) }
    }

    fn offered(&self) -> impl Iterator<Item = Tool> {
        Tool::offered(self.password_tools)
    }

    fn find(&self, name: &str) -> Option<Tool> {
        self.offered().find(|tool| tool.name() == name)
    }

    async fn asker(&self, context: &RequestContext<RoleServer>) -> Result<Asker, AskerRefusal> {
        match &self.whose {
            Whose::Request => {
                let parts = context.extensions.get::<Parts>();
                parts.and_then(|parts| parts.extensions.get::<Asker>()).cloned().ok_or(KeyRefusal::Missing.into())
            }
            Whose::Program(key) => Ok(Asker::new(secret_key(&self.state, key).await?, local_caller()?)),
        }
    }
}

impl ServerHandler for Service {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("keyback", env!("CARGO_PKG_VERSION")).with_title("Keyback password resets");
        let more = if self.password_tools { PASSWORD_INSTRUCTIONS } else { "" };
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
        // Don't repeat the name: it could contain anything.
        let tool =
            self.find(&request.name).ok_or_else(|| ErrorData::invalid_params("This tool does not exist.", None))?;
        let asker = match self.asker(&context).await {
            Ok(asker) => asker,
            Err(refusal) => return Ok(tool.refuse(&refusal.into()).into()),
        };
        let span = self.span(&asker);
        let arguments = request.arguments.unwrap_or_default();
        let answer = tool.call(&self.state, &asker, arguments).instrument(span).await;
        Ok(answer.unwrap_or_else(|failure| tool.refuse(&failure)).into())
    }
}

impl Service {
    /// The span of a call's log lines. Over HTTP it is the request's span.
    fn span(&self, asker: &Asker) -> Span {
        match self.whose {
            Whose::Request => Span::current(),
            Whose::Program(_) => tracing::error_span!("request", id = asker.caller.correlation_id.as_str()),
        }
    }
}

/// The user who started this program on this machine.
fn local_caller() -> Result<Caller, KeyRefusal> {
    let correlation_id = CorrelationId::random().map_err(|error| {
        tracing::error!(%error, "could not create a request ID, because the system has no randomness; the call fails");
        KeyRefusal::Fault(false)
    })?;
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Ok(Caller { address, user_agent: "keyback mcp".to_owned(), correlation_id, client: None })
}
