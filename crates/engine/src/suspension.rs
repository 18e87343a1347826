//! When a component that keeps failing is no longer asked, and for how long.
//!
//! One object that a component fails on is parked, and the others go through.
//! A component that fails on most of what it is given costs a time limit a
//! batch, parks everybody with the same reason, and does so in every run: after
//! some such batches in a row it is left alone for a while, then asked about a
//! few objects (a *probe*), and left alone twice as long where it fails again.

use std::time::Duration;

/// The rule by which a component is suspended. The same for every mapping:
/// nobody would know a better number for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// So many bad batches in a row suspend it.
    pub batches: u32,
    /// For how long at first.
    pub first: Duration,
    /// For how long at most.
    pub longest: Duration,
    /// Objects of a probe.
    pub probe: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            batches: 3,
            first: Duration::from_secs(5 * 60),
            longest: Duration::from_secs(24 * 60 * 60),
            probe: 10,
        }
    }
}

/// How a batch went, as far as it tells something about the component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Good,
    /// It fails on more than it maps, or could not be asked at all.
    Bad,
    /// One object alone, and it failed: that may be the object's fault.
    Unclear,
}

impl Patience {
    /// The pause after so many bad batches in a row; none: it is asked on.
    pub fn pause(&self, failures: u32) -> Option<Duration> {
        let beyond = failures.checked_sub(self.batches)?;
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(beyond));
        Some(doubled.min(self.longest))
    }

    /// What a batch tells in which the component answered for `mapped` objects,
    /// whatever it said, and failed on `failed`. A probe must show that it works.
    pub fn verdict(&self, mapped: usize, failed: usize, probe: bool) -> Verdict {
        if failed >= 2 && failed > mapped {
            Verdict::Bad
        } else if mapped > 0 {
            Verdict::Good
        } else if probe {
            Verdict::Bad
        } else {
            Verdict::Unclear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_begin_at_the_third_failure_double_and_have_an_end() {
        let patience = Patience::default();
        let minutes = |failures| patience.pause(failures).map(|pause| pause.as_secs() / 60);
        assert_eq!([0, 1, 2].map(minutes), [None; 3]);
        assert_eq!([3, 4, 5].map(minutes), [Some(5), Some(10), Some(20)]);
        assert_eq!(
            [11, 12, u32::MAX].map(minutes),
            [1280, 1440, 1440].map(Some)
        );
    }

    #[test]
    fn a_batch_is_bad_where_failures_outnumber_the_rest() {
        let verdict = |mapped, failed| Patience::default().verdict(mapped, failed, false);
        assert_eq!(verdict(0, 2), Verdict::Bad);
        assert_eq!(verdict(49, 51), Verdict::Bad);
        assert_eq!(verdict(50, 50), Verdict::Good);
        assert_eq!(verdict(99, 1), Verdict::Good);
        assert_eq!(verdict(1, 1), Verdict::Good);
        assert_eq!(verdict(0, 1), Verdict::Unclear);
        let probe = |mapped, failed| Patience::default().verdict(mapped, failed, true);
        assert_eq!(probe(0, 1), Verdict::Bad);
        assert_eq!(probe(5, 5), Verdict::Good);
    }
}
