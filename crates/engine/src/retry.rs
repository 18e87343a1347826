//! When a failed step is tried again. One class for now: *transient*, with
//! growing pauses; what is still failing after the last try is parked.

use std::time::Duration;

/// The pauses between tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second try.
    pub first: Duration,
    /// The longest pause that we choose; a target may ask for more.
    pub longest: Duration,
    /// Tries in all.
    pub tries: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            tries: 5,
        }
    }
}

impl Backoff {
    /// The pause after the `failed`-th try failed (1 = the first); none where
    /// that was the last. What the target asks for (Retry-After, RFC 9110
    /// §10.2.3) is honoured where it is longer.
    pub fn pause(&self, failed: u32, asked: Option<Duration>) -> Option<Duration> {
        if failed >= self.tries {
            return None;
        }
        let doubled = self
            .first
            .saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1)));
        let own = doubled.min(self.longest);
        Some(asked.map_or(own, |asked| asked.max(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_end() {
        let backoff = Backoff {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(3),
            tries: 4,
        };
        let pauses: Vec<_> = (1..=4).map(|n| backoff.pause(n, None)).collect();
        let s = |n| Some(Duration::from_secs(n));
        assert_eq!(pauses, [s(1), s(2), s(3), None]);
        assert_eq!(backoff.pause(1, s(9)), s(9));
        assert_eq!(backoff.pause(1, Some(Duration::ZERO)), s(1));
        assert_eq!(backoff.pause(u32::MAX, None), None);
    }
}
