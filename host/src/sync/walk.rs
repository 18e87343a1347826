//! The way over the objects of a kind that something is to be decided about.

use purser_engine::ids::ObjectKey;

use super::Wiring;
use crate::store::{Scan, Scanned, StoreError};

/// A walk in the order of the source.
pub(super) struct Walk {
    scan: Scan,
    /// All of them, where they are few; else they are found on the way.
    few: Option<Vec<ObjectKey>>,
    /// Those that need not be looked at, as they are in step.
    pub in_step: u64,
    /// Whether all linked objects of the kind were seen by the run.
    pub all_seen: bool,
}

impl Walk {
    pub(super) async fn begin(wiring: &Wiring, scan: Scan) -> Result<Self, StoreError> {
        let survey = wiring.store.survey(&scan).await?;
        let (in_step, few) = survey.present.unzip();
        Ok(Self {
            scan,
            few,
            in_step: in_step.unwrap_or_default(),
            all_seen: survey.all_seen,
        })
    }

    /// The part that begins at `from`: at 0, and then where the last one says.
    pub(super) async fn part(&self, wiring: &Wiring, from: u64) -> Result<Scanned, StoreError> {
        let store = &wiring.store;
        let Some(few) = &self.few else {
            return store.next_candidates(&self.scan, from, wiring.batch).await;
        };
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let rest = few.get(from..).unwrap_or_default();
        let (page, later) = rest.split_at(rest.len().min(wiring.batch));
        if page.is_empty() {
            return Ok(Scanned::default());
        }
        Ok(Scanned {
            candidates: store
                .candidates(&self.scan.mapping, &self.scan.source, page.to_vec())
                .await?,
            in_step: 0,
            next: (!later.is_empty()).then_some((from + page.len()) as u64),
        })
    }
}
