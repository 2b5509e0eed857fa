//! The bodies of the calls and answers, as `docs/directory-http.openapi.json` describes them.

use serde::{Deserialize, Serialize};

use crate::model::{
    Account, AccountId, EmailAddress, Identifier, IdentifierKind, PasswordFingerprint, PhoneNumber, ServerKey, Username,
};

/// The maximum number of octets of a version.
const MAX_VERSION: usize = 255;

#[derive(Serialize)]
pub(super) struct Find<'a> {
    pub(super) identifier: Asked<'a>,
}

/// What an account is looked up by.
#[derive(Serialize)]
pub(super) struct Asked<'a> {
    kind: &'static str,
    value: &'a str,
}

impl<'a> Asked<'a> {
    pub(super) fn by_id(id: &'a AccountId) -> Self {
        Self { kind: "id", value: id.as_str() }
    }

    /// `value` is one of the forms of the identifier.
    pub(super) fn by(identifier: &Identifier, value: &'a str) -> Self {
        let kind = match identifier.kind() {
            IdentifierKind::Email => "email",
            IdentifierKind::Phone => "phone",
            IdentifierKind::Username => "username",
        };
        Self { kind, value }
    }
}

/// Every answer has a member that no call has, and it must be there: whoever sends our signed call back to us as the
/// answer to it is refused.
#[derive(Deserialize)]
pub(super) struct Found {
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) account: Option<FoundAccount>,
}

#[derive(Deserialize)]
pub(super) struct FoundAccount {
    id: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    phone: Option<String>,
    #[serde(default)]
    phone_verified: bool,
    username: Option<String>,
    active: bool,
    has_password: bool,
    version: String,
}

impl FoundAccount {
    /// The account and its version. `None` if one of the two cannot be used. A contact that cannot be read is none.
    pub(super) fn read(self, key: &ServerKey) -> Option<(Account, Version)> {
        let id = AccountId::parse(&self.id)?;
        let version = Version::parse(self.version)?;
        let account = Account {
            email: self.email.and_then(|text| EmailAddress::parse(&text).ok()),
            email_verified: self.email_verified,
            phone: self.phone.and_then(|text| PhoneNumber::parse(&text, None).ok()),
            phone_verified: self.phone_verified,
            username: self.username.and_then(|text| Username::parse(&text).ok()),
            has_password: self.has_password,
            fingerprint: Some(version.fingerprint(key, &id)),
            signs_in_elsewhere: !self.has_password,
            password_changed_at: None,
            mfa_required: false,
            disabled: !self.active,
            created_at: None,
            id,
        };
        Some((account, version))
    }
}

/// What the app calls the present password of an account. It means nothing to anybody else.
pub(super) struct Version(String);

impl Version {
    /// `None` if it is empty, longer than 255 octets or has control characters.
    pub(super) fn parse(text: String) -> Option<Self> {
        let is_version = !text.is_empty() && text.len() <= MAX_VERSION && !text.chars().any(char::is_control);
        is_version.then_some(Self(text))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn fingerprint(&self, key: &ServerKey, id: &AccountId) -> PasswordFingerprint {
        PasswordFingerprint::of(key, id, Some(&self.0))
    }
}

#[derive(Serialize)]
pub(super) struct Verify<'a> {
    pub(super) id: &'a str,
    pub(super) password: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Verified {
    pub(super) valid: bool,
}

#[derive(Serialize)]
pub(super) struct SetPassword<'a> {
    pub(super) id: &'a str,
    pub(super) password: &'a str,
    pub(super) version: &'a str,
    pub(super) reason: &'static str,
}

#[derive(Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(super) enum PasswordSet {
    Done {
        version: String,
    },
    Changed,
    Refused {
        #[serde(default)]
        reason: String,
    },
}
