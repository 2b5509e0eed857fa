//! What an operator or a program with an API key may do: manage accounts, sign people in, manage API keys.

mod accounts;
mod idempotency;
mod keys;
mod overview;
mod patch;
mod record;
mod sign_in;

pub use crate::accounts::{HashError, NotJudged};
pub use crate::model::{Account, KeySummary, NewAccount};
pub use crate::store::AccountPage;
pub use accounts::{AccountChange, Accounts, AddAccountError, ImportReport};
pub use idempotency::{Claim, Idempotency, Lease};
pub use keys::{KeyError, Keys, MadeKey, NewKey};
pub use overview::{Overview, Overviews};
pub use patch::AccountPatch;
pub use sign_in::{Asker, BUSY_RETRY_AFTER, SignIn, SignInError, SignedIn};
