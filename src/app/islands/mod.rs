//! The parts of pages that run in the browser too: all that reaches WASM. Each works as plain HTML
//! before it wakes up, and without ever waking up.

mod live_page;
mod password_fields;
mod password_strength;
mod solve_puzzle;

pub use live_page::{LivePage, time};
pub use password_fields::PasswordFields;
pub use password_strength::{PasswordStrength, Strength};
