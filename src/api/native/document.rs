//! The OpenAPI document of the native API: what the handlers say of themselves, and the errors of each from one
//! table. Served beside them, printed by `keyback openapi`, committed as `docs/openapi.json`; tests hold every
//! answer to it.

use std::collections::BTreeMap;

use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use super::{for_browsers, for_servers};
use crate::api::Problem;
use crate::api::problem::ProblemBody;

/// Where the native API lives.
pub(super) const BASE: &str = "/api/v1";

/// What is the same for every operation.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keyback",
        version = "1",
        description = "The native API: resets in an app's own pages, and accounts for apps that let Keyback keep them. \
                       Times are in milliseconds since 1970.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "resets", description = "A reset in an app's own pages: ask, take the code, set the password."),
        (name = "accounts", description = "The accounts and their passwords.")
    ),
    components(schemas(ProblemBody)),
    modifiers(&Key)
)]
struct Document;

/// How a program shows its key.
struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An API key, made with `keyback keys create NAME`. The scopes that an operation needs stand beside it.",
            ))
            .build();
        document.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// Of every operation: the key is missing or wrong, the layers in front refuse, or it is our own fault.
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

/// Of operations with a body.
const BODY: &[Problem] = &[Problem::Malformed, Problem::UnsupportedMediaType, Problem::Unprocessable("")];

/// Of operations with an id in the path.
const ID: &[Problem] = &[Problem::Malformed, Problem::NotFound];

/// Of operations that take an `Idempotency-Key`.
const IDEMPOTENT: &[Problem] =
    &[Problem::MalformedIdempotencyKey, Problem::IdempotencyKeyReused, Problem::RequestInProgress];

const LIMITED: Problem = Problem::TooManyRequests { retry_after: 0 };
const TAKEN: Problem = Problem::IdentifierTaken("");
const BUSY: Problem = Problem::Busy { retry_after: 0 };

/// The errors of each operation by its id, beside those of all.
const ERRORS: [(&str, &[&[Problem]]); 11] = [
    ("requestReset", &[BODY, IDEMPOTENT, &[LIMITED]]),
    ("verifyCode", &[BODY, &[Problem::InvalidCode]]),
    ("verifyCodeOfNewest", &[BODY, &[Problem::InvalidCode]]),
    ("completeReset", &[BODY, &[Problem::InvalidToken, Problem::PasswordRejected(""), BUSY]]),
    ("readReset", &[ID]),
    ("cancelReset", &[ID]),
    ("createAccount", &[BODY, IDEMPOTENT, &[TAKEN, Problem::PasswordRejected(""), BUSY]]),
    ("findAccount", &[&[Problem::NotFound, Problem::Unprocessable("")]]),
    ("readAccount", &[ID]),
    ("changeAccount", &[BODY, &[Problem::NotFound, TAKEN]]),
    ("authenticate", &[BODY, &[Problem::InvalidCredentials, LIMITED, BUSY]]),
];

/// Bodies that name one person, by exactly one of three members.
const NAMES_ONE: [&str; 3] = ["NewReset", "GivenCodeOf", "Credentials"];

/// The whole document.
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

/// Puts references to its errors into an operation; gives what they refer to, by name.
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

/// One answer, for the problems of one status.
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
        response = response.header("Retry-After", header(Type::Integer, "Seconds to wait."));
    }
    if problems.contains(&Problem::MissingKey) {
        response = response.header("WWW-Authenticate", header(Type::String, "`Bearer`, where the key is the matter."));
    }
    if problems.contains(&Problem::MethodNotAllowed) {
        response = response.header("Allow", header(Type::String, "The methods that are supported here."));
    }
    response.build()
}

/// The same body, with exactly one of the three.
fn names_exactly_one(body: Object) -> Schema {
    let named = ["email", "phone", "username"].into_iter().fold(OneOfBuilder::new(), |one, name| {
        one.item(ObjectBuilder::new().property(name, Object::with_type(Type::String)).required(name))
    });
    AllOfBuilder::new().item(body).item(named).into()
}
