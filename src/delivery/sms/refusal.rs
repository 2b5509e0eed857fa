//! What an answer means that is not the wished-for one, and what to do about it. Made by the providers;
//! `TextTransport` hands the error to the worker and both to `keyback check`.

use super::exchange::Answer;
use crate::delivery::send_error::{Refusal, SendError};

/// Whose it is to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nobody's: this message will never go to this number.
    Never,
    /// The operator's. The message waits for it.
    Operator,
    /// The provider's. The message waits for it.
    Busy,
    /// The provider's, and it may have the message all the same.
    Unsure,
}

/// A code that a provider documents.
pub(super) struct Known<Code> {
    pub(super) code: Code,
    pub(super) meaning: Meaning,
    pub(super) hint: &'static str,
}

pub(super) const fn known<Code>(code: Code, meaning: Meaning, hint: &'static str) -> Known<Code> {
    Known { code, meaning, hint }
}

impl Refusal {
    /// For an answer with a documented code, or without one. An unknown code is judged by the status.
    pub(super) fn new<Code: PartialEq + std::fmt::Display>(
        answer: &Answer,
        code: Option<Code>,
        documented: &[Known<Code>],
        redirected: &'static str,
    ) -> Self {
        let found = code.as_ref().and_then(|code| documented.iter().find(|known| known.code == *code));
        let (meaning, hint) = match found {
            Some(known) => (known.meaning, Some(known.hint)),
            None => by_status(answer.status, redirected),
        };
        let reason = match &code {
            Some(code) => format!("{} answered {} ({code})", answer.name, answer.status),
            None => format!("{} answered {}", answer.name, answer.status),
        };
        Self::with(answer, meaning, reason, hint)
    }

    /// For an answer that only has a status.
    pub(super) fn of_status(answer: &Answer, documented: &[Known<u16>], redirected: &'static str) -> Self {
        let (meaning, hint) = match documented.iter().find(|known| known.code == answer.status) {
            Some(known) => (known.meaning, Some(known.hint)),
            None => by_status(answer.status, redirected),
        };
        Self::with(answer, meaning, format!("{} answered {}", answer.name, answer.status), hint)
    }

    /// For an answer that says that it is well and cannot be understood.
    pub(super) fn garbled(answer: &Answer) -> Self {
        let hint =
            "Something else than the provider's API answers there: look at the URL, and at what stands in between";
        let error = SendError::Unanswered(format!("the answer of {} cannot be understood", answer.name));
        Self { error, hint: Some(hint) }
    }

    fn with(answer: &Answer, meaning: Meaning, reason: String, hint: Option<&'static str>) -> Self {
        let error = match meaning {
            Meaning::Never => SendError::Permanent(reason),
            Meaning::Operator | Meaning::Busy => SendError::Transient { reason, retry_after: answer.retry_after },
            Meaning::Unsure => SendError::Unanswered(reason),
        };
        Self { error, hint }
    }
}

/// The fix where a provider's API redirects.
pub(super) const REDIRECTED: &str = "Remove sms.api_url, or name the address that it leads to";

const OUT_OF_ORDER: &str = "The other side is out of order: try again later";

/// What the status alone tells (RFC 9110 §15).
fn by_status(status: u16, redirected: &'static str) -> (Meaning, Option<&'static str>) {
    match status {
        300..400 => (Meaning::Operator, Some(redirected)),
        401 | 403 | 407 => (Meaning::Operator, Some("Check the credentials and what they may do")),
        402 => (Meaning::Operator, Some("There is no credit left: top the account up")),
        404 | 405 => (Meaning::Operator, Some("Check the URL and the name of the account")),
        408 | 425 | 429 => (Meaning::Busy, Some("Too much at once: wait, or ask for a higher rate")),
        400..500 => (Meaning::Never, Some("It does not take this number or this message: look at what it logged")),
        503 => (Meaning::Busy, Some(OUT_OF_ORDER)),
        // Something behind it may have sent the message before it broke.
        _ => (Meaning::Unsure, Some(OUT_OF_ORDER)),
    }
}
