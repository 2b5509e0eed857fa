//! Why a password is not taken, in one sentence for programs. Used by every dialect.

use crate::reset::PolicyViolation;

/// The first reason.
pub(super) fn rejection(violations: &[PolicyViolation]) -> &'static str {
    match violations.first() {
        Some(PolicyViolation::TooShort { .. }) => "It is too short.",
        Some(PolicyViolation::TooLong { .. }) => "It is too long.",
        Some(PolicyViolation::Common) => "It is on a list of leaked or common passwords.",
        Some(PolicyViolation::Context) => "It is made of the person's own identifiers or the name of the service.",
        Some(PolicyViolation::Weak) | None => "It is easy to guess.",
    }
}
