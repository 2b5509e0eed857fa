//! A new password in the form in which it goes to the accounts.

use super::{AppAccounts, AppHttp, PasswordChange};
use crate::accounts::PasswordHash;
use crate::model::{Grant, NewPassword};
use crate::store::StoreError;

/// A new password, and where it goes.
pub enum PreparedPassword<'a> {
    /// Into Keyback's own table.
    Own(PasswordHash),
    /// Into an app's table.
    App(&'a AppAccounts, PasswordHash),
    /// To an app that hashes it itself.
    Http(&'a AppHttp, NewPassword),
}

impl PreparedPassword<'_> {
    /// Begins to replace the password of the account that a grant is about. `None` if the grant is dead: the account is
    /// disabled or gone, no longer owns the address or number that the message went to, or has another password by now.
    pub async fn begin_change(self, grant: &Grant) -> Result<Option<PasswordChange>, StoreError> {
        Ok(match self {
            Self::Own(hash) => Some(PasswordChange::Own(Some(hash))),
            Self::App(accounts, hash) => accounts.begin_change(grant, &hash).await?.map(PasswordChange::App),
            Self::Http(accounts, password) => accounts.begin_change(grant, password).await?.map(PasswordChange::Http),
        })
    }
}
