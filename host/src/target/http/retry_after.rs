//! `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// No wait is longer, whatever the target asks for: a wrong clock at its side
/// must not stop the provisioning for a year.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait from `now` on; none if the header says nothing usable. A
/// date that has passed means now.
pub fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are more than the longest wait.
        text.parse().map_or(LONGEST_WAIT, Duration::from_secs)
    } else {
        let at = DateTimeParser::new()
            .relaxed_weekday(true)
            .parse_timestamp(text)
            .ok()?;
        Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST_WAIT))
}
