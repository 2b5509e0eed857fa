//! What an operator or a program with a key may do: accounts, sign-in, API keys. Called by `cli`,
//! by the native API and by the demo.

mod accounts;
mod keys;
mod sign_in;

pub use accounts::{AccountChange, Accounts, AddAccountError, ImportReport};
pub use keys::{KeySummary, Keys};
pub use sign_in::{BUSY_RETRY_AFTER, SignIn, SignInError, SignedIn};
