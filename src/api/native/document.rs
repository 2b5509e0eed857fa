//! Builds the OpenAPI document of the native API from the handlers' annotations and a table of their errors. It is
//! served with the API, printed by `keyback openapi` and committed as `docs/openapi.json`. Tests check every answer
//! against it.

use std::collections::BTreeMap;

use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use super::{for_browsers, for_servers};
use crate::api::native::Problem;
use crate::api::native::problem::ProblemBody;

/// The path prefix of the native API.
pub(super) const BASE: &str = "/api/v1";

/// The parts of the document that aren't specific to an operation.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keyback",
        version = "1",
        description = "The native API: password resets in an app's own pages, and accounts for apps that store them in \
                       Keyback. Times are in milliseconds since 1970.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "resets", description = "Password resets in an app's own pages: request a reset, check the code, set the password."),
        (name = "accounts", description = "Accounts and their passwords.")
    ),
    components(schemas(ProblemBody)),
    modifiers(&Key)
)]
struct Document;

/// Adds the security scheme: an API key as a bearer token.
struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An API key. Create one with `keyback keys create NAME`. Each operation lists the scopes that it needs.",
            ))
            .build();
        document.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// Errors of every operation: a missing or invalid key, a refusal by the middleware, or a fault on our side.
const ALWAYS: &[Problem] = &[
    Problem::MissingKey,
    Problem::InvalidKey,
    Problem::ForeignOrigin,
    Problem::MissingScope(crate::model::Scope::ResetsRequest),
    Problem::Forbidden,
    Problem::MethodNotAllowed,
    Problem::TooLarge,
    Problem::MisdirectedRequest,
    Problem::Internal,
    Problem::Unavailable,
];

/// Errors of operations with a body.
const BODY: &[Problem] = &[Problem::Malformed, Problem::UnsupportedMediaType, Problem::Unprocessable("")];

/// Errors of operations with an ID in the path.
const ID: &[Problem] = &[Problem::Malformed, Problem::NotFound];

/// Errors of operations that accept an `Idempotency-Key`.
const IDEMPOTENT: &[Problem] =
    &[Problem::MalformedIdempotencyKey, Problem::IdempotencyKeyReused, Problem::RequestInProgress];

const LIMITED: Problem = Problem::TooManyRequests { retry_after: 0 };
const TAKEN: Problem = Problem::IdentifierTaken("");
const KEPT: Problem = Problem::KeptByApp;
const BUSY: Problem = Problem::Busy { retry_after: 0 };

/// The errors of each operation by its ID, in addition to [`ALWAYS`].
const ERRORS: [(&str, &[&[Problem]]); 11] = [
    ("requestReset", &[BODY, IDEMPOTENT, &[LIMITED]]),
    ("verifyCode", &[BODY, &[Problem::InvalidCode]]),
    ("verifyCodeOfNewest", &[BODY, &[Problem::InvalidCode]]),
    ("completeReset", &[BODY, &[Problem::InvalidToken, Problem::PasswordRejected(""), BUSY]]),
    ("readReset", &[ID]),
    ("cancelReset", &[ID]),
    ("createAccount", &[BODY, IDEMPOTENT, &[TAKEN, KEPT, Problem::PasswordRejected(""), BUSY]]),
    ("findAccount", &[&[Problem::NotFound, Problem::Unprocessable("")]]),
    ("readAccount", &[ID]),
    ("changeAccount", &[BODY, &[Problem::NotFound, TAKEN, KEPT]]),
    ("authenticate", &[BODY, &[Problem::InvalidCredentials, LIMITED, BUSY]]),
];

/// Bodies that name an account by exactly one of three members.
const NAMES_ONE: [&str; 3] = ["NewReset", "GivenCodeOf", "Credentials"];

/// The complete document.
pub(super) fn document() -> utoipa::openapi::OpenApi {
    let operations = for_browsers().merge(for_servers());
    let mut document = OpenApiRouter::with_openapi(Document::openapi()).nest(BASE, operations).into_openapi();
    let components = document.components.get_or_insert_default();
    for name in NAMES_ONE {
        if let Some(RefOr::T(Schema::Object(body))) = components.schemas.get_mut(name) {
            let body = std::mem::take(body);
            components.schemas.insert(name.to_owned(), names_exactly_one(body).into());
        }
    }
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten() {
            for (name, response) in add_errors(operation) {
                components.responses.insert(name, response.into());
            }
        }
    }
    document
}

/// Adds references to an operation's errors, and returns the responses that they refer to, by name.
fn add_errors(operation: &mut Operation) -> Vec<(String, Response)> {
    let own =
        ERRORS.iter().find(|(id, _)| operation.operation_id.as_deref() == Some(id)).map(|(_, problems)| *problems);
    let mut by_status: BTreeMap<u16, Vec<Problem>> = BTreeMap::new();
    for problem in own.unwrap_or_default().iter().copied().flatten().chain(ALWAYS) {
        by_status.entry(problem.status().as_u16()).or_default().push(*problem);
    }
    let mut responses = Vec::new();
    for (status, problems) in by_status {
        let name = problems.iter().map(|problem| problem.name()).collect::<Vec<_>>().join(".");
        let reference = RefOr::Ref(Ref::from_response_name(&name));
        operation.responses.responses.insert(status.to_string(), reference);
        responses.push((name, error(&problems)));
    }
    responses
}

/// The response for all problems with the same status.
fn error(problems: &[Problem]) -> Response {
    let kinds = problems.iter().map(|problem| problem.kind());
    let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(kinds));
    let schema =
        AllOfBuilder::new().item(Ref::from_schema_name("Problem")).item(ObjectBuilder::new().property("type", kind));
    let told: Vec<_> = problems.iter().map(|problem| format!("`{}`: {}.", problem.name(), problem.title())).collect();
    let mut response = ResponseBuilder::new()
        .description(told.join(" "))
        .content("application/problem+json", ContentBuilder::new().schema(Some(schema)).build());
    let waits = problems.iter().any(|problem| problem.retry_after().is_some());
    let header = |kind: Type, description: &str| {
        HeaderBuilder::new().schema(Some(Object::with_type(kind))).description(Some(description)).build()
    };
    if waits {
        response =
            response.header("Retry-After", header(Type::Integer, "How many seconds to wait before the next try."));
    }
    if problems.contains(&Problem::MissingKey) {
        let description = "Sent as `Bearer` when the API key is missing or invalid.";
        response = response.header("WWW-Authenticate", header(Type::String, description));
    }
    if problems.contains(&Problem::MethodNotAllowed) {
        response = response.header("Allow", header(Type::String, "The methods that this path supports."));
    }
    response.build()
}

/// The same body, with the condition that exactly one of the three members is present.
fn names_exactly_one(body: Object) -> Schema {
    let named = ["email", "phone", "username"].into_iter().fold(OneOfBuilder::new(), |one, name| {
        one.item(ObjectBuilder::new().property(name, Object::with_type(Type::String)).required(name))
    });
    AllOfBuilder::new().item(body).item(named).into()
}
