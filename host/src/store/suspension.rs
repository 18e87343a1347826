//! A component that keeps failing, and until when it is not asked.
//!
//! What follows from a batch is decided here, in plain values; a store only
//! reads, asks [`Suspension::after`] and writes, in one transaction.

use jiff::{SignedDuration, Timestamp};
use purser_engine::suspension::{Patience, Verdict};
use serde::Serialize;

/// How a batch went that a component was asked about.
#[derive(Clone, Debug)]
pub struct AskedBatch {
    /// Digest of the component's file and its settings.
    pub component: String,
    /// What it tells about the component.
    pub verdict: Verdict,
    /// How the component failed; nothing of a person.
    pub reason: String,
    /// When it ended.
    pub at: Timestamp,
}

/// A component that has failed on its latest batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// Digest of the component's file and its settings.
    pub component: String,
    /// Bad batches in a row.
    pub failures: u32,
    /// When the first of them was.
    pub since: Timestamp,
    /// Not asked before; none: these are too few yet.
    pub until: Option<Timestamp>,
    /// How it failed last.
    pub reason: String,
}

/// Whether a component may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// About everybody.
    Trusted,
    /// About a few objects first: its suspension is over.
    Probed,
    /// Not yet.
    Suspended,
}

impl Suspension {
    /// Whether a component may be asked at `now`, after what is known of the
    /// mapping. Another file or other settings are another component.
    pub fn trust(known: Option<&Self>, component: &str, now: Timestamp) -> Trust {
        match known.filter(|known| known.component == component) {
            Some(known) if known.stands(now) => Trust::Suspended,
            Some(known) if known.until.is_some() => Trust::Probed,
            _ => Trust::Trusted,
        }
    }

    /// What is known after a batch; none: nothing against the component.
    pub fn after(known: Option<Self>, batch: &AskedBatch) -> Option<Self> {
        let known = known.filter(|known| known.component == batch.component);
        // Another worker's batch, begun before: it neither lifts nor lengthens.
        if known.as_ref().is_some_and(|known| known.stands(batch.at)) {
            return known;
        }
        match batch.verdict {
            Verdict::Good => None,
            Verdict::Unclear => known,
            Verdict::Bad => {
                let failures = known
                    .as_ref()
                    .map_or(1, |known| known.failures.saturating_add(1));
                Some(Self {
                    component: batch.component.clone(),
                    failures,
                    since: known.map_or(batch.at, |known| known.since),
                    until: Patience::default()
                        .pause(failures)
                        .and_then(|pause| SignedDuration::try_from(pause).ok())
                        .and_then(|pause| batch.at.checked_add(pause).ok()),
                    reason: batch.reason.clone(),
                })
            }
        }
    }

    fn stands(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until > now)
    }
}

/// A suspended component, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuspendedRow {
    /// Bad batches in a row.
    pub failures: u32,
    /// When the first of them was.
    pub since: String,
    /// Not asked before; from then on about a few objects first.
    pub until: String,
    /// How it failed last.
    pub reason: String,
}

impl Suspension {
    /// For a person; none where the component is not suspended.
    pub fn row(&self) -> Option<SuspendedRow> {
        Some(SuspendedRow {
            failures: self.failures,
            since: format!("{:.0}", self.since),
            until: format!("{:.0}", self.until?),
            reason: self.reason.clone(),
        })
    }
}
