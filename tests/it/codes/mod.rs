//! Codes from outside: by text message and by email, requested with a number, a name or an address.

mod by_phone;
mod by_username;
mod counters;
mod fraud;
mod guessing;
mod messages;
mod native;
mod resend;
mod simulated;

use keyback::model::{AccountId, NewAccount};
use keyback::model::{PhoneNumber, Username};

use crate::support::TestApp;

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// Gives an account a verified number.
fn with_phone(account: &mut NewAccount, number: &str) {
    account.phone = Some(PhoneNumber::parse(number, None).unwrap());
    account.phone_verified = true;
}

fn with_username(account: &mut NewAccount, name: &str) {
    account.username = Some(Username::parse(name).unwrap());
}

/// An account with a number and nothing else.
async fn add_phone(app: &TestApp, number: &str) -> AccountId {
    app.add_account_with("unused@example.org", |account| {
        account.email = None;
        account.email_verified = false;
        with_phone(account, number);
    })
    .await
}
