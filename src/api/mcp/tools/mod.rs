//! The tools, one file per tool with its arguments, its result and one call to the core.

mod accepted;
mod cancel_reset;
mod explain_failure;
mod explanation;
mod request_reset;
mod resend;
mod reset_status;
mod send_code;
mod verify_code;

use std::sync::Arc;

use rmcp::handler::server::tool::schema_for_input;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool as ToolDescription, ToolAnnotations};
use rmcp::schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::asker::Asker;
use super::failure::{Failure, Words};
use crate::api::ApiState;
use crate::model::{ChallengeId, Scope};

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    RequestReset,
    ResetStatus,
    Resend,
    CancelReset,
    ExplainFailure,
    /// The tools from here on are for agents that were built for Amazon Cognito, with the texts of the original.
    SendCode,
    VerifyCode,
    /// The same tool under the misspelled name of the original.
    VeryifyCode,
}

/// The result of a tool call.
pub(super) type Answer = Result<CallToolResult, Failure>;

/// What clients may show to their user about a tool before calling it.
struct Hints {
    title: &'static str,
    read_only: bool,
    destructive: bool,
    idempotent: bool,
    /// Whether the tool sends a message to a person.
    open_world: bool,
}

impl Tool {
    const ALWAYS: [Self; 6] =
        [Self::RequestReset, Self::ResetStatus, Self::Resend, Self::CancelReset, Self::ExplainFailure, Self::SendCode];
    const WITH_PASSWORDS: [Self; 2] = [Self::VerifyCode, Self::VeryifyCode];

    /// The tools that are switched on.
    pub(super) fn offered(password_tools: bool) -> impl Iterator<Item = Self> {
        let more = password_tools.then_some(Self::WITH_PASSWORDS);
        Self::ALWAYS.into_iter().chain(more.into_iter().flatten())
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::RequestReset => "request_reset",
            Self::ResetStatus => "reset_status",
            Self::Resend => "resend",
            Self::CancelReset => "cancel_reset",
            Self::ExplainFailure => "explain_failure",
            Self::SendCode => "reset_password_send_code",
            Self::VerifyCode => "reset_password_verify_code",
            Self::VeryifyCode => "reset_password_veryify_code",
        }
    }

    /// The scope that the key needs.
    const fn scope(self) -> Scope {
        match self {
            Self::RequestReset | Self::Resend | Self::CancelReset | Self::SendCode => Scope::ResetsRequest,
            Self::ResetStatus | Self::ExplainFailure => Scope::ResetsRead,
            Self::VerifyCode | Self::VeryifyCode => Scope::ResetsComplete,
        }
    }

    /// The description of the tool for clients.
    pub(super) fn described(self) -> ToolDescription {
        let name = self.name();
        match self {
            Self::RequestReset => {
                describe::<request_reset::Asked, accepted::Accepted>(name, request_reset::WHAT, &request_reset::HINTS)
            }
            Self::ResetStatus => {
                describe::<Named, reset_status::Status>(name, reset_status::WHAT, &reset_status::HINTS)
            }
            Self::Resend => describe::<Named, accepted::Accepted>(name, resend::WHAT, &resend::HINTS),
            Self::CancelReset => describe::<Named, cancel_reset::Over>(name, cancel_reset::WHAT, &cancel_reset::HINTS),
            Self::ExplainFailure => {
                describe::<Named, explain_failure::Explained>(name, explain_failure::WHAT, &explain_failure::HINTS)
            }
            Self::SendCode => describe::<send_code::Asked, send_code::Sent>(name, send_code::WHAT, &send_code::HINTS),
            Self::VerifyCode => {
                describe::<verify_code::Given, verify_code::Set>(name, verify_code::WHAT, &verify_code::HINTS)
            }
            Self::VeryifyCode => {
                describe::<verify_code::Given, verify_code::Set>(name, verify_code::ALIAS, &verify_code::HINTS)
            }
        }
    }

    /// Calls the tool.
    pub(super) async fn call(self, state: &ApiState, asker: &Asker, arguments: JsonObject) -> Answer {
        asker.needs(self.scope())?;
        match self {
            Self::RequestReset => request_reset::call(state, asker, read(arguments)?).await,
            Self::ResetStatus => reset_status::call(state, asker, read(arguments)?).await,
            Self::Resend => resend::call(state, asker, read(arguments)?).await,
            Self::CancelReset => cancel_reset::call(state, asker, read(arguments)?).await,
            Self::ExplainFailure => explain_failure::call(state, asker, read(arguments)?).await,
            Self::SendCode => send_code::call(state, asker, read(arguments)?).await,
            Self::VerifyCode | Self::VeryifyCode => verify_code::call(state, asker, read(arguments)?).await,
        }
    }

    /// Reports why the tool failed: two lines, of which the second is a code.
    pub(super) fn refuse(self, failure: &Failure) -> CallToolResult {
        let Words { message, code, exception } = failure.words();
        let (message, code) = match self {
            Self::RequestReset | Self::ResetStatus | Self::Resend | Self::CancelReset | Self::ExplainFailure => {
                (message.into_owned(), code)
            }
            Self::SendCode => (format!("Password reset request failed: {message}"), exception),
            Self::VerifyCode | Self::VeryifyCode => (format!("Password reset failed: {message}"), exception),
        };
        CallToolResult::error(vec![ContentBlock::text(message), ContentBlock::text(format!("Error code: {code}"))])
    }
}

/// The argument of tools for an existing request.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
struct Named {
    /// The ID that request_reset returned.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{24}$"))]
    id: String,
}

impl Named {
    /// Parses the ID. A malformed ID is answered like an unknown one.
    fn id(&self) -> Result<ChallengeId, Failure> {
        ChallengeId::parse(&self.id).ok_or(Failure::NotFound)
    }
}

fn describe<Input, Output>(name: &'static str, what: &'static str, hints: &Hints) -> ToolDescription
where
    Input: JsonSchema + 'static,
    Output: JsonSchema + 'static,
{
    let annotations = ToolAnnotations::with_title(hints.title)
        .read_only(hints.read_only)
        .destructive(hints.destructive)
        .idempotent(hints.idempotent)
        .open_world(hints.open_world);
    ToolDescription::new(name, what, Arc::<JsonObject>::default())
        .with_title(hints.title)
        .with_input_schema::<Input>()
        .with_output_schema::<Output>()
        .with_annotations(annotations)
}

/// Reads arguments strictly. The error message comes from the schema, because the library's message would repeat the
/// arguments.
fn read<Input: DeserializeOwned + JsonSchema + 'static>(arguments: JsonObject) -> Result<Input, Failure> {
    serde_json::from_value(Value::Object(arguments)).map_err(|_| {
        let schema = schema_for_input::<Input>().unwrap_or_default();
        let known = schema.get("properties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array);
        let known: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let required: Vec<&str> = required.into_iter().flatten().filter_map(Value::as_str).collect();
        let required = if required.is_empty() { "none".to_owned() } else { required.join(", ") };
        let message = format!(
            "The arguments are wrong. Known: {}; required: {required}. All are strings; no others are accepted.",
            known.join(", ")
        );
        Failure::WrongArguments(message.into())
    })
}

/// A result as lines of text for a model and as structured content for a program.
fn told(lines: impl IntoIterator<Item = String>, members: &impl Serialize) -> CallToolResult {
    let mut result = CallToolResult::success(lines.into_iter().map(ContentBlock::text).collect());
    result.structured_content = serde_json::to_value(members).ok();
    result
}
