//! Reads the query parameters and body members of the Agnost calls. Each is a string and may appear once.

use axum::body::Body;
use axum::http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Refusal;
use crate::api::body::{members, octets};
use crate::model::NewPassword;

/// Reads a query parameter; `None` if it is missing or empty. The query is decoded as a URI and not as a form,
/// because Altogic's clients send addresses unencoded: a `+` is a plus, not a space.
pub(super) fn parameter(query: Option<&str>, name: &'static str) -> Result<Option<String>, Refusal> {
    let pairs = query.unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut values = pairs.filter(|(written, _)| percent_decode_str(written).eq(name.bytes()));
    let (value, more) = (values.next(), values.next());
    if more.is_some() {
        return Err(Refusal::Field(name, "It is there more than once."));
    }
    let Some((_, value)) = value.filter(|(_, value)| !value.is_empty()) else { return Ok(None) };
    match percent_decode_str(value).decode_utf8() {
        Ok(text) => Ok(Some(text.into_owned())),
        Err(_) => Err(Refusal::Field(name, "It is not UTF-8.")),
    }
}

/// Reads a member of a body; `None` if it is missing or null.
pub(super) fn text(member: Option<Value>, name: &'static str) -> Result<Option<String>, Refusal> {
    match member {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::Field(name, "It is not a text.")),
    }
}

/// The body of the calls that set a password.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasswordBody {
    new_password: Option<Value>,
}

impl PasswordBody {
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        Ok(members(&octets(headers, "application/json", body).await?)?)
    }

    pub(super) fn password(self) -> Result<NewPassword, Refusal> {
        let text = text(self.new_password, "newPassword")?.unwrap_or_default();
        NewPassword::parse(text).map_err(|_| Refusal::password("It must have 1 to 1024 octets."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(query: &str) -> Result<Option<String>, Refusal> {
        parameter(Some(query), "email")
    }

    #[test]
    fn a_query_is_decoded_as_a_uri_and_not_as_a_form() {
        assert_eq!(email("email=jane+tag@example.org"), Ok(Some("jane+tag@example.org".to_owned())));
        assert_eq!(email("a=1&email=jane%2Btag%40b%C3%BCcher.example"), Ok(Some("jane+tag@bücher.example".to_owned())));
        assert_eq!(parameter(Some("phone=%2B12025550123"), "phone"), Ok(Some("+12025550123".to_owned())));
        assert_eq!(email("email="), Ok(None));
        assert_eq!(email("email"), Ok(None));
        assert_eq!(email("emails=a&mail=b"), Ok(None));
        assert_eq!(parameter(None, "email"), Ok(None));
    }

    // SECURITY.md, requirement 5
    #[test]
    fn a_parameter_that_is_there_twice_or_not_utf_8_is_refused() {
        for query in ["email=a&email=b", "email=a&e%6dail=b", "email=&email=b", "email=%ff", "email=%C3%28"] {
            assert!(matches!(email(query), Err(Refusal::Field("email", _))), "{query}");
        }
    }
}
