//! The parts of pages that run in the browser too: all that reaches WASM. Each works as plain HTML
//! before it wakes up, and without ever waking up.

mod code_field;
mod countdown;
mod password_fields;
mod password_strength;

pub use code_field::CodeField;
pub use countdown::Countdown;
pub use password_fields::PasswordFields;
pub use password_strength::{PasswordStrength, Strength};
