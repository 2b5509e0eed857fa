//! Guesses whether a link was opened by a mail scanner, which opens every link of a message before or while its owner
//! reads it. The guess is for readers of a timeline; no decision depends on it.

use std::time::Duration;

use crate::model::{AuditResult, StepResult};

/// No person receives, opens, reads and clicks in less time.
const TOO_FAST: Duration = Duration::from_secs(3);

/// Parts of the user agents of scanners, link previews and HTTP libraries, in lower case. Browsers begin with
/// `Mozilla/`; a scanner that imitates one is only recognised by its speed.
const NAMES: [&str; 24] = [
    "bot",
    "crawler",
    "spider",
    "scan",
    "preview",
    "headless",
    "barracuda",
    "mimecast",
    "proofpoint",
    "urldefense",
    "safelinks",
    "safebrowsing",
    "symantec",
    "messagelabs",
    "trendmicro",
    "trend micro",
    "sophos",
    "forcepoint",
    "fireeye",
    "ironport",
    "zscaler",
    "googleimageproxy",
    "facebookexternalhit",
    "slurp",
];

/// `result` is the result of the step in the audit, `user_agent` that of the visitor (`None` if no longer kept), and
/// `after_sending` the time since the message was sent.
pub(super) fn is_likely_a_scanner(
    result: AuditResult,
    user_agent: Option<&str>,
    after_sending: Option<Duration>,
) -> bool {
    let is_named_so = user_agent.is_some_and(|user_agent| {
        let name = user_agent.to_lowercase();
        !name.starts_with("mozilla/") || NAMES.iter().any(|part| name.contains(part))
    });
    result == AuditResult::Step(StepResult::LookedAt)
        || is_named_so
        || after_sending.is_some_and(|after| after < TOO_FAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    fn is_one(user_agent: &str, seconds: u64) -> bool {
        is_likely_a_scanner(StepResult::Ok.into(), Some(user_agent), Some(Duration::from_secs(seconds)))
    }

    #[test]
    fn a_browser_that_takes_its_time_is_a_person() {
        assert!(!is_one(FIREFOX, 20));
        assert!(!is_likely_a_scanner(StepResult::Ok.into(), None, None), "what it called itself is no longer known");
    }

    #[test]
    fn names_speed_and_mere_looks_are_signs() {
        for user_agent in [
            "",
            "curl/8.5.0",
            "python-requests/2.32",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Mozilla/5.0 (Windows NT 10.0) BarracudaCentral/1.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) SkypeUriPreview Preview/0.5",
        ] {
            assert!(is_one(user_agent, 20), "{user_agent}");
        }
        assert!(is_one(FIREFOX, 2));
        assert!(is_likely_a_scanner(StepResult::LookedAt.into(), Some(FIREFOX), Some(Duration::from_secs(20))));
    }
}
