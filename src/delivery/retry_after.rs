//! Reads the header `Retry-After` of an answer.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::model::Timestamp;

/// How long to wait, if the answer says so in a form that can be read.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    wait(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// `Retry-After` is a number of seconds or a date (RFC 9110 §10.2.3).
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Timestamp::from_millis(date.as_millisecond()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_to_come_back_is_said_in_seconds_or_as_a_date() {
        // 2026-11-22 14:03:00 UTC, a Sunday.
        let now = Timestamp::from_millis(1_795_356_180_000);
        let seconds = |text: &str| wait(text, now).map(|duration| duration.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 22 Nov 2026 14:05:30 GMT"), Some(150));
        assert_eq!(seconds("Sun, 22 Nov 2026 14:00:00 GMT"), Some(0));
        for text in ["", "-1", "soon", "1.5", "99999999999999999999999"] {
            assert_eq!(seconds(text), None, "{text:?}");
        }
    }
}
