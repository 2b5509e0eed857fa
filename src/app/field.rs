//! The arguments of the server functions as types. Reading one never fails: whatever a person types gets the same
//! friendly page, and nothing of it is lost.

use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error, Serialize, Serializer};

use crate::model::{AccessToken, Channel, Code, MAX_TYPED, NewPassword, Pass, PasswordError, SecretError, SecretHash};

/// A field that holds a `T`, or why it doesn't. A missing field is an empty one.
///
/// `#[server]` derives `Debug` and `Serialize` for the arguments of every function. Neither shows the content, which
/// may be a secret.
pub struct Field<T: FieldValue>(pub Result<T, T::Error>);

/// What a [`Field`] can hold.
pub trait FieldValue: Sized {
    /// Why a text can't be one.
    type Error;

    /// Reads what was sent.
    fn read(text: String) -> Result<Self, Self::Error>;
}

impl FieldValue for Code {
    type Error = SecretError;

    fn read(text: String) -> Result<Self, SecretError> {
        Self::parse(&text)
    }
}

impl FieldValue for AccessToken {
    type Error = SecretError;

    fn read(text: String) -> Result<Self, SecretError> {
        Self::parse(&text)
    }
}

impl FieldValue for NewPassword {
    type Error = PasswordError;

    fn read(text: String) -> Result<Self, PasswordError> {
        Self::parse(text)
    }
}

/// The text is the name of no channel.
pub struct UnknownChannel;

impl FieldValue for Channel {
    type Error = UnknownChannel;

    fn read(text: String) -> Result<Self, UnknownChannel> {
        Self::from_word(&text).ok_or(UnknownChannel)
    }
}

impl<T: FieldValue> Default for Field<T> {
    fn default() -> Self {
        Self(T::read(String::new()))
    }
}

impl<'de, T: FieldValue> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(T::read(text)))
    }
}

impl<T: FieldValue> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("only browsers write forms"))
    }
}

impl<T: FieldValue> fmt::Debug for Field<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Field(…)")
    }
}

/// What a person typed to name an account.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Typed(String);

impl Typed {
    /// Exactly what was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the pages keep and show.
    pub fn to_show(&self) -> String {
        self.0.trim().chars().filter(|character| !character.is_control()).take(MAX_TYPED).collect()
    }
}

/// The ticket and the solution that `/one-moment` adds to the fields of a form.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Waited {
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    proof: String,
}

impl Waited {
    /// `None` if the person hasn't waited.
    pub fn pass(self) -> Option<Pass> {
        (!self.ticket.is_empty()).then_some(Pass { ticket: self.ticket, proof: self.proof })
    }
}

/// Ties a form to the secret for which it was rendered: a token that was planted in the session in the meantime must
/// not receive a password that was entered for another account. Not a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct FormName(String);

impl FormName {
    /// The name of the form for this secret.
    pub fn of(secret: &SecretHash) -> Self {
        Self(secret.fingerprint())
    }

    /// Whether the form has no name.
    pub fn is_missing(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of the hidden field.
    pub fn into_value(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Arguments {
        #[serde(default)]
        code: Field<Code>,
        #[serde(default)]
        password: Field<NewPassword>,
    }

    #[test]
    fn reading_a_field_never_fails_and_never_shows_it() {
        let read = |text: &str| serde_json::from_str::<Arguments>(text).unwrap();
        let whole = read(r#"{"code":"1234 5678","password":"correct horse"}"#);
        assert_eq!(format!("{whole:?}"), "Arguments { code: Field(…), password: Field(…) }");
        assert_eq!(whole.code.0.unwrap().expose(), "12345678");
        assert_eq!(whole.password.0.unwrap().expose(), "correct horse");
        let empty = read("{}");
        assert!(empty.code.0.is_err());
        assert_eq!(empty.password.0.err(), Some(PasswordError::Empty));
        assert!(read(r#"{"code":"no code"}"#).code.0.is_err());
    }
}
