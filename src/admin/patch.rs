//! Several changes to one account in one call by a program: all or none, judged against the account as it is at that
//! moment.

use super::accounts::{AccountChange, Accounts, AddAccountError};
use crate::model::{Account, AccountId, EmailAddress, IdentifierKind, PhoneNumber};

/// The changes; `None` leaves a field as it is. There is no password, because a reset is the only way to a new one
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
    /// Makes an account what the patch says. Values that the account already has change nothing and end no reset. A new
    /// address or number is unverified unless the patch says otherwise.
    ///
    /// # Errors
    /// See [`AddAccountError`]. Nothing has changed then.
    pub async fn patch(&self, id: &AccountId, patch: AccountPatch) -> Result<(), AddAccountError> {
        let own = self.own()?;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let account = own.hold_as_it_is(&mut tx, id).await?.ok_or(AddAccountError::Unknown)?;
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
            None if verified => return Err(AddAccountError::NothingToVerify(IdentifierKind::Email)),
            Some(address) if account.email.as_ref() != Some(&address) || verified != account.email_verified => {
                changes.push(AccountChange::Email { address, verified });
            }
            Some(_) | None => {}
        }
        let same = |new: &PhoneNumber| account.phone.as_ref() == Some(new);
        let verified = self.phone_verified.unwrap_or(account.phone_verified && self.phone.as_ref().is_none_or(same));
        match self.phone.or_else(|| account.phone.clone()) {
            None if verified => return Err(AddAccountError::NothingToVerify(IdentifierKind::Phone)),
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
