//! Turns the OpenAPI document into the view model of the documentation page.

use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayItems, Object, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

/// The operations of one tag.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) about: Vec<Piece>,
    pub(super) operations: Vec<Shown>,
}

/// An operation.
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) about: Vec<Piece>,
    pub(super) scope: String,
    pub(super) inputs: Vec<Input>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
}

/// A parameter.
pub(super) struct Input {
    pub(super) name: String,
    /// `path`, `query` or `header`.
    pub(super) place: &'static str,
    pub(super) about: Vec<Piece>,
    pub(super) is_required: bool,
}

/// The body of a request.
pub(super) struct Body {
    pub(super) about: Vec<Piece>,
    pub(super) members: Vec<Member>,
    pub(super) example: String,
}

/// A response.
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) about: Vec<Piece>,
    pub(super) members: Vec<Member>,
}

/// A member of a body.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) about: Vec<Piece>,
}

/// A piece of text that is either code or not.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) is_code: bool,
}

/// Splits a text at its backticks, between which it is code.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let parts = text.split('`').enumerate();
    parts.map(|(number, text)| Piece { text: text.to_owned(), is_code: number % 2 == 1 }).collect()
}

/// The tags in document order, each with its operations.
pub(super) fn groups(document: &OpenApi) -> Vec<Group> {
    let operations: Vec<_> = document
        .paths
        .paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = [("POST", &item.post), ("GET", &item.get), ("PATCH", &item.patch), ("DELETE", &item.delete)];
            methods.into_iter().filter_map(move |(method, operation)| Some((method, path, operation.as_ref()?)))
        })
        .collect();
    let tags = document.tags.iter().flatten();
    tags.map(|tag| Group {
        name: tag.name.clone(),
        about: pieces(tag.description.as_deref().unwrap_or_default()),
        operations: operations
            .iter()
            .filter(|(_, _, operation)| operation.tags.iter().flatten().any(|name| *name == tag.name))
            .map(|(method, path, operation)| shown(document, method, path, operation))
            .collect(),
    })
    .collect()
}

fn shown(document: &OpenApi, method: &'static str, path: &str, operation: &Operation) -> Shown {
    let responses = &operation.responses.responses;
    Shown {
        id: operation.operation_id.clone().unwrap_or_default(),
        method,
        path: path.to_owned(),
        summary: operation.summary.clone().unwrap_or_default().trim_end_matches('.').to_owned(),
        about: pieces(operation.description.as_deref().unwrap_or_default()),
        scope: scope(operation).unwrap_or_default(),
        inputs: operation.parameters.iter().flatten().filter_map(input).collect(),
        body: body(document, operation),
        answers: responses.keys().filter_map(|status| answer(document, operation, status)).collect(),
    }
}

/// The scope that a key always needs for the operation.
fn scope(operation: &Operation) -> Option<String> {
    let requirement = serde_json::to_value(operation.security.as_ref()?.first()?).ok()?;
    Some(requirement["key"][0].as_str()?.to_owned())
}

fn input(parameter: &RefOr<Parameter>) -> Option<Input> {
    let RefOr::T(parameter) = parameter else { return None };
    Some(Input {
        name: parameter.name.clone(),
        place: match parameter.parameter_in {
            ParameterIn::Path => "path",
            ParameterIn::Header => "header",
            _ => "query",
        },
        about: pieces(parameter.description.as_deref().unwrap_or_default()),
        is_required: matches!(parameter.required, Required::True),
    })
}

fn body(document: &OpenApi, operation: &Operation) -> Option<Body> {
    let RefOr::T(body) = operation.request_body.as_ref()? else { return None };
    let RefOr::T(content) = body.content.get("application/json")? else { return None };
    let name = named(content.schema.as_ref()?)?;
    let object = object(document, name)?;
    // The example has the required members and, if there is one, the email address.
    let is_shown = |name: &String| object.required.contains(name) || name == "email";
    let shown = object.properties.iter().filter(|(name, _)| is_shown(name));
    let line = |(name, schema)| Some(format!("  {name:?}: {}", example(schema)?));
    let lines: Vec<String> = shown.filter_map(line).collect();
    Some(Body {
        about: pieces(object.description.as_deref().unwrap_or_default()),
        members: members(document, name, ""),
        example: format!("{{\n{}\n}}", lines.join(",\n")),
    })
}

fn answer(document: &OpenApi, operation: &Operation, status: &str) -> Option<Answer> {
    let response = match operation.responses.responses.get(status)? {
        RefOr::T(response) => response,
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next()?;
            let RefOr::T(response) = document.components.as_ref()?.responses.get(name)? else { return None };
            response
        }
    };
    let content = response.content.get("application/json");
    let schema = content.and_then(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    let members = schema.and_then(named).map(|name| members(document, name, "")).unwrap_or_default();
    Some(Answer { status: status.to_owned(), about: pieces(&response.description), members })
}

/// The name of the schema that a reference names, including references that may be null.
fn named(schema: &RefOr<Schema>) -> Option<&str> {
    match schema {
        RefOr::Ref(reference) => reference.ref_location.rsplit('/').next(),
        RefOr::T(Schema::OneOf(one)) => one.items.iter().find_map(named),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) => named(items),
            ArrayItems::False => None,
        },
        RefOr::T(_) => None,
    }
}

/// The object of a named schema, or the first part of an `allOf`.
fn object<'a>(document: &'a OpenApi, name: &str) -> Option<&'a Object> {
    match document.components.as_ref()?.schemas.get(name)? {
        RefOr::T(Schema::Object(object)) => Some(object),
        RefOr::T(Schema::AllOf(all)) => match all.items.first()? {
            RefOr::T(Schema::Object(object)) => Some(object),
            _ => None,
        },
        _ => None,
    }
}

/// All members of a schema, including nested ones.
fn members(document: &OpenApi, name: &str, prefix: &str) -> Vec<Member> {
    let properties = object(document, name).map(|object| &object.properties);
    let mut members = Vec::new();
    for (name, schema) in properties.into_iter().flatten() {
        let inner = named(schema).and_then(|name| Some((name, object(document, name)?)));
        let words = inner.and_then(|(_, object)| object.enum_values.as_ref());
        let is_list = matches!(schema, RefOr::T(Schema::Array(_))) || holds_a_list(schema);
        let name = format!("{prefix}{name}");
        let kind = match (words, inner) {
            (Some(words), _) => words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
            (None, Some(_)) if is_list => "list".to_owned(),
            (None, Some(_)) => "object".to_owned(),
            (None, None) => kind(schema),
        };
        let may_be_null = is_nullable(schema);
        members.push(Member {
            kind: if may_be_null { format!("{kind} or null") } else { kind },
            about: pieces(about(schema).unwrap_or_default()),
            name: name.clone(),
        });
        if let (None, Some((inner, _))) = (words, inner) {
            let prefix = if is_list { format!("{name}[].") } else { format!("{name}.") };
            members.extend(self::members(document, inner, &prefix));
        }
    }
    members
}

fn holds_a_list(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::OneOf(one)) if one.items.iter().any(|item| matches!(item, RefOr::T(Schema::Array(_)))))
}

fn types(schema: &RefOr<Schema>) -> &[Type] {
    let kinds = match schema {
        RefOr::T(Schema::Object(object)) => &object.schema_type,
        RefOr::T(Schema::Array(array)) => &array.schema_type,
        _ => return &[],
    };
    match kinds {
        SchemaType::Type(kind) => std::slice::from_ref(kind),
        SchemaType::Array(kinds) => kinds,
        SchemaType::AnyValue => &[],
    }
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::OneOf(one)) => one.items.iter().any(is_nullable),
        _ => types(schema).contains(&Type::Null),
    }
}

fn kind(schema: &RefOr<Schema>) -> String {
    let word = types(schema).iter().find(|kind| **kind != Type::Null).and_then(|kind| serde_json::to_value(kind).ok());
    word.as_ref().and_then(|word| word.as_str()).unwrap_or("value").to_owned()
}

fn about(schema: &RefOr<Schema>) -> Option<&str> {
    match schema {
        RefOr::Ref(reference) => Some(reference.description.as_str()),
        RefOr::T(Schema::Object(object)) => object.description.as_deref(),
        RefOr::T(Schema::Array(array)) => array.description.as_deref(),
        RefOr::T(Schema::OneOf(one)) => one.description.as_deref().or_else(|| one.items.iter().find_map(about)),
        RefOr::T(_) => None,
    }
}

fn example(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    object.examples.first().map(ToString::to_string)
}
