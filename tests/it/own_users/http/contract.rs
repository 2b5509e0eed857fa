//! `docs/directory-http.openapi.json` describes what really passes between Keyback and the example servers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{JANE, Language, World, with_both_servers};
use crate::own_users::NEW_PASSWORD;
use crate::support::OLD_PASSWORD;

const DOCUMENT: &str = include_str!("../../../../docs/directory-http.openapi.json");

with_both_servers! { every_call_and_every_answer_is_as_the_document_says }

async fn every_call_and_every_answer_is_as_the_document_says(world: World) {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    world.keyback.authenticate(JANE, OLD_PASSWORD).await;
    world.keyback.authenticate("nobody@example.org", OLD_PASSWORD).await;
    let mut first = world.at_the_form().await;
    let mut second = world.at_the_form().await;
    assert_eq!(world.keyback.set_password(&mut first, NEW_PASSWORD).await.location(), "/done");
    world.keyback.set_password(&mut second, NEW_PASSWORD).await;
    let key = world.keyback.deliver().await.remove(0).cancel_key_if_any().unwrap();
    world.not_me(&key).await;

    let mut reasons = BTreeSet::new();
    for name in ["find", "verify", "set_password"] {
        let operation = &document["paths"][format!("/v1/{name}")]["post"];
        let calls = world.gate.passed(name);
        assert!(calls.len() >= 2, "{name}");
        for call in calls {
            let request = &operation["requestBody"]["content"]["application/json"]["schema"];
            check(&document, request, &call.json()).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            reasons.extend(call.json()["reason"].as_str().map(str::to_owned));
            let answer = call.answer.expect("an answer");
            let response = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            let said = serde_json::from_str(&answer.body).unwrap();
            check(&document, response, &said).unwrap_or_else(|fault| panic!("{name} answers: {fault}"));
        }
    }
    assert_eq!(reasons, BTreeSet::from(["lock".to_owned(), "reset".to_owned()]));
    world.finish().await;
}

#[test]
fn the_document_refuses_what_keyback_refuses() {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let found = json!({ "$ref": "#/components/schemas/Found" });
    let good = json!({ "id": "7", "active": true, "has_password": true, "version": "1", "email": null, "more": 1 });
    assert_eq!(check(&document, &found, &json!({ "account": good })), Ok(()));
    assert_eq!(check(&document, &found, &json!({ "account": null })), Ok(()));
    for missing in ["id", "active", "has_password", "version"] {
        let mut account = good.clone();
        account.as_object_mut().unwrap().remove(missing);
        assert!(check(&document, &found, &json!({ "account": account })).is_err(), "{missing}");
    }
    assert!(check(&document, &found, &json!({})).is_err());
    let set = json!({ "$ref": "#/components/schemas/PasswordSet" });
    assert_eq!(check(&document, &set, &json!({ "result": "refused" })), Ok(()));
    for wrong in [
        json!({}),
        json!({ "result": "done" }),
        json!({ "result": "perhaps" }),
        json!({ "result": "done", "version": "" }),
    ] {
        assert!(check(&document, &set, &wrong).is_err(), "{wrong}");
    }
}

/// Whether a value is as a schema says: the part of JSON Schema that the document uses. What it does not know, it
/// refuses.
fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    for (word, rule) in schema.as_object().unwrap() {
        let holds = match word.as_str() {
            "$ref" => {
                let target = document.pointer(rule.as_str().unwrap().trim_start_matches('#')).expect("a target");
                check(document, target, value)?;
                true
            }
            "description" | "default" => true,
            "type" => match rule {
                Value::Array(types) => types.iter().any(|one| is_of(one, value)),
                one => is_of(one, value),
            },
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap()),
            "oneOf" => rule.as_array().unwrap().iter().filter(|one| check(document, one, value).is_ok()).count() == 1,
            "required" => rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => {
                for (name, inner) in rule.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        check(document, inner, member).map_err(|fault| format!("{name}: {fault}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema["properties"].as_object().unwrap();
                value.as_object().is_none_or(|members| members.keys().all(|name| known.contains_key(name)))
            }
            word => return Err(format!("the test does not know {word}")),
        };
        if !holds {
            return Err(format!("{word} {rule} does not hold for {value}"));
        }
    }
    Ok(())
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        kind => panic!("the test does not know the type {kind}"),
    }
}
