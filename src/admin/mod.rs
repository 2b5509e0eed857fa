//! What an operator or a program with an API key may do: manage accounts, sign people in, manage API keys.

mod accounts;
mod idempotency;
mod keys;
mod overview;
mod patch;
mod record;
mod sign_in;

pub use crate::accounts::{Account, HashError, NewAccount, NotJudged};
pub use accounts::{AccountChange, Accounts, AddAccountError, ImportReport};
pub use idempotency::{Claim, Idempotency, Lease};
pub use keys::{KeyError, KeySummary, Keys, MadeKey, NewKey};
pub use overview::{Overview, Overviews};
pub use patch::AccountPatch;
pub use record::RecordError;
pub use sign_in::{Asker, BUSY_RETRY_AFTER, SignIn, SignInError, SignedIn};
