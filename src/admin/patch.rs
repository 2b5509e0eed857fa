//! Several changes of one account by a program, all or none, judged against what the account is at that moment.
//! Called by the native API.

use super::accounts::{AccountChange, Accounts, AddAccountError};
use crate::accounts::Account;
use crate::model::{EmailAddress, PhoneNumber};

/// What is to be different; `None` stays as it is. There is no password: the only way to another one is a reset
/// (ASVS 6.4.6).
#[derive(Default)]
pub struct AccountPatch {
    pub email: Option<EmailAddress>,
    pub email_verified: Option<bool>,
    pub phone: Option<PhoneNumber>,
    pub phone_verified: Option<bool>,
    pub disabled: Option<bool>,
}

impl Accounts {
    /// Makes an account what the patch says. What it is already changes nothing and ends no reset. Another address or
    /// number is not verified unless the patch says so.
    ///
    /// # Errors
    /// See [`AddAccountError`]; nothing has changed then.
    pub async fn patch(&self, id: &str, patch: AccountPatch) -> Result<(), AddAccountError> {
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let account = self.directory.hold_as_it_is(&mut tx, id).await?.ok_or(AddAccountError::Unknown)?;
        for change in patch.changes_of(&account)? {
            self.change_in(&mut tx, id, &change, now).await?;
        }
        Ok(tx.commit().await?)
    }
}

impl AccountPatch {
    fn changes_of(self, account: &Account) -> Result<Vec<AccountChange>, AddAccountError> {
        let mut changes = Vec::new();
        let same = |new: &EmailAddress| account.email.as_ref().is_some_and(|old| old.is_same_as(new));
        let verified = self.email_verified.unwrap_or(account.email_verified && self.email.as_ref().is_none_or(same));
        match self.email.or_else(|| account.email.clone()) {
            None if verified => return Err(AddAccountError::NothingToVerify("email")),
            Some(address) if account.email.as_ref() != Some(&address) || verified != account.email_verified => {
                changes.push(AccountChange::Email { address, verified });
            }
            Some(_) | None => {}
        }
        let same = |new: &PhoneNumber| account.phone.as_ref() == Some(new);
        let verified = self.phone_verified.unwrap_or(account.phone_verified && self.phone.as_ref().is_none_or(same));
        match self.phone.or_else(|| account.phone.clone()) {
            None if verified => return Err(AddAccountError::NothingToVerify("phone")),
            Some(number) if account.phone.as_ref() != Some(&number) || verified != account.phone_verified => {
                changes.push(AccountChange::Phone { number, verified });
            }
            Some(_) | None => {}
        }
        match self.disabled {
            Some(true) if !account.disabled => changes.push(AccountChange::Disable),
            Some(false) if account.disabled => changes.push(AccountChange::Enable),
            Some(_) | None => {}
        }
        Ok(changes)
    }
}
