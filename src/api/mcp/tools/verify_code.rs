//! `reset_password_verify_code`: sets a new password with a code. Off by default, because the code and the password
//! pass through the agent.

use rmcp::schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::send_code::identifier;
use super::{Answer, Hints, told};
use crate::api::ApiState;
use crate::api::mcp::asker::Asker;
use crate::api::mcp::failure::Failure;
use crate::model::{Code, NewPassword};

pub(super) const WHAT: &str = "Sets a new password with the code from a message. Use it only with a code and a password that \
the account's owner gave you for this reset. Prefer the link in the message, because then neither passes through you.";

pub(super) const ALIAS: &str = "The same as reset_password_verify_code, under a name that some agents know.";

pub(super) const HINTS: Hints = Hints {
    title: "Set a new password with a code",
    read_only: false,
    destructive: true,
    idempotent: false,
    open_world: false,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Given {
    /// The identifier with which the code was requested.
    #[schemars(length(min = 1, max = 254))]
    username: String,
    /// The digits of the code in the message.
    #[schemars(length(min = 1, max = 64))]
    code: String,
    /// The password that the account's owner has chosen.
    #[schemars(length(min = 1, max = 1024))]
    new_password: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Set {
    username: String,
    /// The used code, with its middle masked.
    verification_code: String,
    /// The length of the password in characters.
    #[schemars(schema_with = "whole_number")]
    password_length: usize,
}

/// An integer without the format name that the library derives from the Rust type.
fn whole_number(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1 })
}

pub(super) async fn call(state: &ApiState, asker: &Asker, given: Given) -> Answer {
    let password = NewPassword::parse(given.new_password);
    let identifier = identifier(state, &given.username)?;
    let code = Code::parse(&given.code).map_err(|_| Failure::WrongCode)?;
    let password = password.map_err(|_| Failure::PasswordRejected("It must have 1 to 1024 octets."))?;
    let password_length = password.length();
    state.reset.complete_by_code(&identifier, &code, password, &asker.caller).await?;
    let set = Set {
        // Keep it on one line, whatever whitespace a phone number contained.
        username: given.username.split_whitespace().collect::<Vec<_>>().join(" "),
        verification_code: masked(&code),
        password_length,
    };
    let lines = [
        "Password reset successfully".to_owned(),
        format!("Username: {}", set.username),
        format!("Verification code: {}", set.verification_code),
        format!("Password length: {} characters", set.password_length),
    ];
    Ok(told(lines, &set))
}

/// Always four stars, like the original.
fn masked(code: &Code) -> String {
    let digits = code.expose();
    format!("{}****{}", &digits[..2], &digits[digits.len() - 2..])
}
