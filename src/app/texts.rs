//! The texts of notices and of password policy violations.

use super::context::PageContext;
use super::visit::Notice;
use crate::model::IdentifierKind;
use crate::reset::PolicyViolation;

/// The text of a notice.
pub fn notice_text(context: &PageContext, notice: &Notice) -> String {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    match notice {
        Notice::IdentifierEmpty => context.text("identifier-empty", &[("ways", ways(context).as_str().into())]),
        Notice::IdentifierMalformed { meant } => {
            context.text("identifier-malformed", &[("meant", meant.as_str().into())])
        }
        Notice::RedirectRefused => context.say("redirect-refused"),
        Notice::TooSoon { seconds } => context.text("too-soon", &[("seconds", (*seconds).into())]),
        Notice::TooManyRequests { seconds } => {
            context.text("too-many-requests", &[("minutes", seconds.div_ceil(60).into())])
        }
        Notice::CodeRefused => context.text(
            "code-refused",
            &[("minutes", context.settings.code_minutes.into()), ("tries", context.settings.code_tries.into())],
        ),
        Notice::CodeSent => context.say("resend-done"),
        Notice::AnotherAccount => context.say("another-account"),
        Notice::AnotherMessage => context.say("not-me-another-message"),
        Notice::PasswordEmpty => context.say("password-empty"),
        Notice::PasswordsDiffer => context.say("password-differ"),
        Notice::PasswordTooShort { min } => context.text("password-too-short", &[("min", number(*min).into())]),
        Notice::PasswordTooLong { max } => context.text("password-too-long", &[("max", number(*max).into())]),
        Notice::PasswordTooManyOctets { octets } => {
            context.text("password-too-many-octets", &[("octets", number(*octets).into())])
        }
        Notice::PasswordTooLongInAll { max, octets } => {
            let values = [("max", number(*max).into()), ("octets", number(*octets).into())];
            context.text("password-too-long-in-all", &values)
        }
        Notice::PasswordUnusable => context.say("password-unusable"),
        Notice::PasswordRefusedByApp => context.say("password-refused-by-app"),
        Notice::PasswordCommon => context.say("password-common"),
        Notice::PasswordContext => context.say("password-context"),
        Notice::PasswordWeak => context.say("password-weak"),
        Notice::Busy => context.say("busy"),
    }
}

/// The kinds of identifiers that people may enter here, in the form that the texts use: `email`, `email-phone`, …
pub fn ways(context: &PageContext) -> String {
    let ways = context.reset.asking().ways();
    let known = [IdentifierKind::Email, IdentifierKind::Phone, IdentifierKind::Username];
    known.into_iter().filter(|way| ways.contains(way)).map(IdentifierKind::as_str).collect::<Vec<_>>().join("-")
}

/// Why a password is rejected, and what to do.
pub fn violation_text(context: &PageContext, violation: PolicyViolation) -> String {
    notice_text(context, &violation.into())
}
