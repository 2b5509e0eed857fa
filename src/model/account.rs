//! Accounts, without their passwords.

use super::{AccountId, Contact, EmailAddress, IdentifierKind, PasswordFingerprint, PhoneNumber, Timestamp, Username};

/// An account.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its address.
    pub email: Option<EmailAddress>,
    /// Whether the address is known to be its owner's.
    pub email_verified: bool,
    /// Its number.
    pub phone: Option<PhoneNumber>,
    /// Whether the number is known to be its owner's.
    pub phone_verified: bool,
    /// Its name.
    pub username: Option<Username>,
    /// Whether it has a password.
    pub has_password: bool,
    /// What an app stores as its password. `None` if the account is in Keyback's own table.
    pub fingerprint: Option<PasswordFingerprint>,
    /// It has no password and must not get one: it receives no messages.
    pub signs_in_elsewhere: bool,
    /// When its password was last changed.
    pub password_changed_at: Option<Timestamp>,
    /// Whether the app asks for a second factor.
    pub mfa_required: bool,
    /// Whether an operator has blocked it.
    pub disabled: bool,
    /// When it was added. `None` if an app keeps it.
    pub created_at: Option<Timestamp>,
}

impl Account {
    /// The only address that messages about this account go to: the stored, verified address of an enabled account.
    /// Never what somebody typed.
    pub fn address_for_messages(&self) -> Option<&EmailAddress> {
        self.email.as_ref().filter(|_| self.email_verified && self.may_be_reset())
    }

    /// The only number that text messages about this account go to: the stored, verified number of an enabled account.
    pub fn number_for_messages(&self) -> Option<&PhoneNumber> {
        self.phone.as_ref().filter(|_| self.phone_verified && self.may_be_reset())
    }

    fn may_be_reset(&self) -> bool {
        !self.disabled && !self.signs_in_elsewhere
    }

    /// Whether messages about this account may go to that address or number.
    pub fn owns(&self, contact: &Contact) -> bool {
        match contact {
            Contact::Email(address) => self.address_for_messages().is_some_and(|own| own.is_same_as(address)),
            Contact::Phone(number) => self.number_for_messages() == Some(number),
        }
    }

    /// Names that a password of this account must not consist of, as they were written.
    pub fn own_names(&self) -> Vec<String> {
        own_names(self.email.as_ref(), self.phone.as_ref(), self.username.as_ref())
    }
}

/// An account to add.
pub struct NewAccount {
    /// Its address.
    pub email: Option<EmailAddress>,
    /// Whether the address is known to be its owner's.
    pub email_verified: bool,
    /// Its number.
    pub phone: Option<PhoneNumber>,
    /// Whether the number is known to be its owner's.
    pub phone_verified: bool,
    /// Its name.
    pub username: Option<Username>,
    /// A hash in one of the recognised forms.
    pub password_hash: Option<String>,
    /// Whether the app asks for a second factor.
    pub mfa_required: bool,
    /// Whether an operator has blocked it.
    pub disabled: bool,
}

impl NewAccount {
    /// See [`Account::own_names`].
    pub fn own_names(&self) -> Vec<String> {
        own_names(self.email.as_ref(), self.phone.as_ref(), self.username.as_ref())
    }
}

fn own_names(email: Option<&EmailAddress>, phone: Option<&PhoneNumber>, username: Option<&Username>) -> Vec<String> {
    let email = email.into_iter().map(|email| email.as_str().to_owned());
    let username = username.into_iter().map(|name| name.as_str().to_owned());
    let phone = phone.into_iter().map(|number| number.digits().to_owned());
    email.chain(username).chain(phone).collect()
}

/// The result of adding an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was added under this id.
    New(AccountId),
    /// It was not: its identifier of that kind belongs to another account.
    Taken(IdentifierKind),
}
