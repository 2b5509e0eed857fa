//! The parts of pages that also run in the browser, as WASM. Each works as plain HTML before it is hydrated, and if it
//! never is.

mod every;
mod live_page;
mod password_fields;
mod password_strength;
mod solve_puzzle;

pub use live_page::{LivePage, time};
pub use password_fields::PasswordFields;
pub use password_strength::{PasswordStrength, Strength};
