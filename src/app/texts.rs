//! Notices and refusals in words. Called by the pages and by the strength bar.

use super::context::PageContext;
use super::visit::Notice;
use crate::reset::PolicyViolation;

/// What a notice says.
pub fn notice_text(context: &PageContext, notice: &Notice) -> String {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    match *notice {
        Notice::IdentifierEmpty => context.say("identifier-empty"),
        Notice::IdentifierMalformed => context.say("identifier-malformed"),
        Notice::RedirectRefused => context.say("redirect-refused"),
        Notice::TooSoon { seconds } => context.text("too-soon", &[("seconds", seconds.into())]),
        Notice::TooManyRequests { seconds } => {
            context.text("too-many-requests", &[("minutes", seconds.div_ceil(60).into())])
        }
        Notice::CodeRefused => context.text(
            "code-refused",
            &[("minutes", context.settings.code_minutes.into()), ("tries", context.settings.code_tries.into())],
        ),
        Notice::AnotherAccount => context.say("another-account"),
        Notice::PasswordEmpty => context.say("password-empty"),
        Notice::PasswordsDiffer => context.say("password-differ"),
        Notice::PasswordTooShort { min } => context.text("password-too-short", &[("min", number(min).into())]),
        Notice::PasswordTooLong { max } => context.text("password-too-long", &[("max", number(max).into())]),
        Notice::PasswordCommon => context.say("password-common"),
        Notice::PasswordContext => context.say("password-context"),
        Notice::PasswordWeak => context.say("password-weak"),
        Notice::Busy => context.say("busy"),
    }
}

/// What stands against a password, and what to do.
pub fn violation_text(context: &PageContext, violation: PolicyViolation) -> String {
    notice_text(context, &violation.into())
}
