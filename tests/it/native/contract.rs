//! Checks answers against the OpenAPI document: every answer that a test receives must be in it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use keyback::model::Scope;
use reqwest::Method;
use serde_json::Value;

use crate::support::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&keyback::api::openapi_text().unwrap()).unwrap());

/// An operation as the document has it.
pub(super) struct Operation {
    pub(super) id: &'static str,
    pub(super) method: Method,
    path: &'static str,
    pub(super) scope: Scope,
    pub(super) has_body: bool,
}

impl Operation {
    /// Its path, with the id of nothing where it takes one.
    pub(super) fn example_path(&self) -> String {
        self.path.replace("{id}", "AAAAAAAAAAAAAAAAAAAAAAAA")
    }

    /// What it may answer: its id, a status, and the kind of a problem.
    pub(super) fn answers(&self) -> Vec<(&'static str, u16, String)> {
        let responses = &DOCUMENT["paths"][self.path][self.method.as_str().to_lowercase()]["responses"];
        let kinds = |response: &'static Value| match &resolved(response)["content"]["application/problem+json"]["schema"]
        {
            Value::Null => vec![String::new()],
            schema => {
                let kinds = schema["allOf"][1]["properties"]["type"]["enum"].as_array().unwrap().iter();
                kinds.map(|kind| kind.as_str().unwrap().trim_start_matches("/problems/").to_owned()).collect()
            }
        };
        let responses = responses.as_object().unwrap().iter();
        responses
            .flat_map(|(status, response)| {
                kinds(response).into_iter().map(|kind| (self.id, status.parse().unwrap(), kind)).collect::<Vec<_>>()
            })
            .collect()
    }
}

/// Every operation.
pub(super) fn operations() -> Vec<Operation> {
    let read = |path: &'static str, method: &'static str, operation: &'static Value| Operation {
        id: operation["operationId"].as_str().unwrap(),
        method: Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
        path,
        scope: Scope::from_word(operation["security"][0]["key"][0].as_str().unwrap()).unwrap(),
        has_body: operation.get("requestBody").is_some(),
    };
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| read(path, method, operation))
        })
        .collect()
}

/// What a reference leads to, or the value itself.
fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// The operation of a method and a path, by the template that matches best.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let matches = |template: &str| {
        let (given, wanted): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        given.len() == wanted.len()
            && given.iter().zip(&wanted).all(|(one, other)| one == other || other.starts_with('{'))
    };
    let template =
        paths.keys().filter(|template| matches(template)).min_by_key(|template| template.matches('{').count())?;
    paths[template].get(method.as_str().to_lowercase())
}

/// The answer is one of those that the document names for the operation.
pub(super) fn assert_documented(method: &Method, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else {
        assert!([404, 405].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.status);
        return;
    };
    let shown = format!("{method} {path}: {} {}", answer.status, answer.body);
    let response = resolved(&operation["responses"][answer.status.as_str()]);
    assert!(response.is_object(), "{shown} is not documented");
    let Some((content_type, content)) = response["content"].as_object().and_then(|content| content.iter().next())
    else {
        assert!(answer.body.is_empty(), "{shown} has a body");
        return;
    };
    assert_eq!(answer.header("content-type"), Some(content_type.as_str()), "{shown}");
    let faults = faults(&content["schema"], &answer.json(), "body");
    assert!(faults.is_empty(), "{shown}: {faults:?}");
    for name in response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
        let always = ["Location", "Allow"].contains(&name.as_str());
        assert!(!always || answer.header(&name.to_lowercase()).is_some(), "{shown}: no {name}");
    }
}

/// Where a value is not what a schema says. A member that the schema does not know is a fault.
fn faults(schema: &'static Value, value: &Value, at: &str) -> Vec<String> {
    let schema = resolved(schema);
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().flat_map(|part| faults_of_known(part, value, at)).collect();
    }
    if let Some(one) = schema["oneOf"].as_array() {
        let fits = one.iter().any(|part| faults(part, value, at).is_empty());
        return if fits { Vec::new() } else { vec![format!("{at}: {value} is none of them")] };
    }
    let mut found = faults_of_known(schema, value, at);
    let known: BTreeSet<&String> = schema["properties"].as_object().into_iter().flat_map(|all| all.keys()).collect();
    let unknown = value.as_object().into_iter().flat_map(|all| all.keys()).filter(|name| !known.contains(name));
    found.extend(unknown.map(|name| format!("{at}: {name} is not documented")));
    found
}

/// The same, for the members that the schema knows.
fn faults_of_known(schema: &'static Value, value: &Value, at: &str) -> Vec<String> {
    let schema = resolved(schema);
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|allowed| allowed == kind),
        allowed => allowed == kind,
    };
    let listed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
    let mut found = Vec::new();
    if !allowed || !listed {
        found.push(format!("{at}: {value}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.is_object() && value.get(name).is_none() {
            found.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            found.extend(faults(member, value, &format!("{at}.{name}")));
        }
    }
    for value in value.as_array().into_iter().flatten() {
        found.extend(faults(&schema["items"], value, &format!("{at}[]")));
    }
    found
}
