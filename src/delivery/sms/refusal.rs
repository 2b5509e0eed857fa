//! What an answer other than success means, and what to do about it.

use super::exchange::Answer;
use crate::delivery::send_error::{Refusal, SendError};

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nobody can: this message will never reach this number.
    Never,
    /// The operator. The message waits until the cause is fixed.
    Operator,
    /// The provider. The message waits.
    Busy,
    /// The provider, and the message may have been sent all the same.
    Unsure,
}

/// An error code that a provider documents.
pub(super) struct Known<Code> {
    pub(super) code: Code,
    pub(super) meaning: Meaning,
    pub(super) hint: &'static str,
}

pub(super) const fn known<Code>(code: Code, meaning: Meaning, hint: &'static str) -> Known<Code> {
    Known { code, meaning, hint }
}

impl Refusal {
    /// For an answer with or without a documented code. The status decides about an unknown code.
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

    /// For an answer that has only a status.
    pub(super) fn of_status(answer: &Answer, documented: &[Known<u16>], redirected: &'static str) -> Self {
        let (meaning, hint) = match documented.iter().find(|known| known.code == answer.status) {
            Some(known) => (known.meaning, Some(known.hint)),
            None => by_status(answer.status, redirected),
        };
        Self::with(answer, meaning, format!("{} answered {}", answer.name, answer.status), hint)
    }

    /// For an answer that reports success but cannot be read.
    pub(super) fn garbled(answer: &Answer) -> Self {
        let hint = "Something other than the provider's API answers there: check the URL and any proxy in between";
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

/// The fix if a provider's API redirects.
pub(super) const REDIRECTED: &str = "Remove sms.api_url, or set it to the URL that it redirects to";

const OUT_OF_ORDER: &str = "The server has an internal error: try again later";

/// What the status says by itself (RFC 9110 §15).
fn by_status(status: u16, redirected: &'static str) -> (Meaning, Option<&'static str>) {
    match status {
        300..400 => (Meaning::Operator, Some(redirected)),
        401 | 403 | 407 => (Meaning::Operator, Some("Check the credentials and what they may do")),
        402 => (Meaning::Operator, Some("There is no credit left: top up the account")),
        404 | 405 => (Meaning::Operator, Some("Check the URL and the name of the account")),
        408 | 425 | 429 => (Meaning::Busy, Some("Too many requests: wait, or ask for a higher rate")),
        400..500 => (Meaning::Never, Some("It rejected this number or this message: check its log")),
        503 => (Meaning::Busy, Some(OUT_OF_ORDER)),
        // The server behind a gateway may have sent the message before the failure.
        _ => (Meaning::Unsure, Some(OUT_OF_ORDER)),
    }
}
