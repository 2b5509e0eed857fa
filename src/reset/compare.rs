//! Compares a code with the one that was sent, in the same time whatever the result.

use crate::model::{CodeAttempt, SecretHash, Timestamp};

/// Has the length of a hash.
const NO_CODE: &str = "-------------------------------------------";

/// The result of comparing a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Right,
    /// It was right once, but has expired, was used, or its challenge has ended.
    Ended,
    Wrong,
}

/// Compares `given` with the code of an attempt.
pub(super) fn compare(attempt: &CodeAttempt, given: &SecretHash, now: Timestamp) -> Comparison {
    let is_alive = !attempt.is_over && attempt.code_expires_at.is_some_and(|expires_at| expires_at > now);
    match (equals(attempt.code_hash.as_ref(), given), equals(attempt.ended_code_hash.as_ref(), given)) {
        (true, _) if is_alive => Comparison::Right,
        (true, _) | (_, true) => Comparison::Ended,
        (false, false) => Comparison::Wrong,
    }
}

/// If there is no code, something is compared all the same, so that the time is equal.
fn equals(stored: Option<&SecretHash>, given: &SecretHash) -> bool {
    let nothing = SecretHash::from_stored(NO_CODE.to_owned());
    stored.unwrap_or(&nothing).matches(given) && stored.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Identifier, IdentifierKind};

    fn hash(text: &str) -> SecretHash {
        SecretHash::from_stored(text.repeat(NO_CODE.len()))
    }

    fn attempt() -> CodeAttempt {
        CodeAttempt {
            identifier: Identifier::parse(IdentifierKind::Username, "jane").unwrap(),
            account_id: None,
            code_hash: Some(hash("a")),
            code_expires_at: Some(Timestamp::from_millis(10)),
            ended_code_hash: Some(hash("b")),
            is_over: false,
        }
    }

    #[test]
    fn a_code_is_right_until_it_expires_or_its_challenge_is_over() {
        let (before, after) = (Timestamp::from_millis(9), Timestamp::from_millis(10));
        assert_eq!(compare(&attempt(), &hash("a"), before), Comparison::Right);
        assert_eq!(compare(&attempt(), &hash("a"), after), Comparison::Ended);
        let over = CodeAttempt { is_over: true, ..attempt() };
        assert_eq!(compare(&over, &hash("a"), before), Comparison::Ended);
    }

    #[test]
    fn an_older_code_has_ended_and_any_other_is_wrong() {
        let now = Timestamp::from_millis(9);
        assert_eq!(compare(&attempt(), &hash("b"), now), Comparison::Ended);
        assert_eq!(compare(&attempt(), &hash("c"), now), Comparison::Wrong);
        let none = CodeAttempt { code_hash: None, ended_code_hash: None, ..attempt() };
        assert_eq!(compare(&none, &hash("-"), now), Comparison::Wrong, "what stands in for no code opens nothing");
    }
}
