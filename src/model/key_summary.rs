//! API keys, without their secrets.

use super::{Client, KeyKind, RedirectUrl, Scope, SecretHash, Timestamp, WebOrigin};

/// An API key without its secret.
#[derive(Clone, Debug)]
pub struct KeySummary {
    /// The public id; the Cognito protocol calls it client id.
    pub id: String,
    /// What the operator calls it.
    pub name: String,
    /// Where it is kept.
    pub kind: KeyKind,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The origins from which browsers may use the key. Empty: only the configured origins.
    pub origins: Vec<WebOrigin>,
    /// The key's own redirect targets. Empty: those of the configuration.
    pub redirect_urls: Vec<RedirectUrl>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The hash of its secret.
    pub hash: SecretHash,
    /// The hash of the secret before the last rotation.
    pub previous_hash: Option<SecretHash>,
    /// Until when that one still works.
    pub previous_expires_at: Option<Timestamp>,
}

impl KeySummary {
    /// Whether the key has a scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) && scope.is_for(self.kind)
    }

    /// The client that this key stands for, as the steps of a reset see it.
    pub fn client(&self) -> Client {
        Client { id: self.id.clone(), kind: self.kind, redirect_urls: self.redirect_urls.clone() }
    }
}
