//! Why a password is not taken, in one sentence for programs. Used by every dialect.

pub(super) use crate::reset::first_reason as rejection;
