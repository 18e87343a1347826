//! Reading both sides into the store, page by page.

use purser_engine::{
    absence::{Complete, Evidence, Incomplete},
    ids::{Kind, ResourceType, RunId, TargetId},
};

use super::{SyncError, Wiring, apply::observed};
use crate::{
    store::{Listed, ListingCounts},
    target::Doubt,
};

/// Rows of a source that share a transaction.
const PAGE: usize = 500;

/// Reads one kind of the source to its end.
pub(super) async fn source(
    wiring: &Wiring,
    run: RunId,
    kind: &Kind,
    expected: Option<u64>,
) -> Result<Result<Complete, Incomplete>, SyncError> {
    let failed = |cause| SyncError::Source {
        name: wiring.config.source.clone(),
        cause,
    };
    let mut enumeration = wiring.source.enumerate(kind).await.map_err(failed)?;
    let mut repeated = Vec::new();
    let stopped = loop {
        match enumeration.page(PAGE).await {
            Ok(rows) if rows.is_empty() => break None,
            Ok(rows) => {
                let mut again = wiring
                    .store
                    .stage_page(&wiring.config.source, run, rows)
                    .await?;
                // The first few are enough to tell a person; one is enough for the proof.
                again.truncate(20_usize.saturating_sub(repeated.len()));
                repeated.append(&mut again);
            }
            // What was read until here stays good; nothing follows from what was not.
            Err(error) => break Some(error.to_string()),
        }
    };
    let mut evidence: Evidence = enumeration.evidence().await;
    evidence.expected = expected.or(evidence.expected);
    evidence.stopped = evidence.stopped.or(stopped);
    for (position, key) in repeated {
        evidence
            .repeated
            .push((position, key.id.as_str().to_owned()));
    }
    Ok(Complete::verify(run, &evidence))
}

/// What a listing came to.
pub(super) struct Listing {
    /// The target handed over all that it counts.
    pub complete: bool,
    /// What spoke against that.
    pub doubt: Option<Doubt>,
    /// Unowned and drifted resources.
    pub counts: ListingCounts,
    /// It lacked so many linked resources that it was not believed.
    pub unbelieved: Option<u64>,
}

/// Reads one resource type of the target to its end.
/// A listing that lacks more than `limit` linked resources is not believed.
pub(super) async fn target(
    wiring: &Wiring,
    run: RunId,
    resource_type: &ResourceType,
    limit: u64,
) -> Result<Listing, SyncError> {
    let linked_until = wiring.visible_if_before((wiring.clock)());
    let mut counts = ListingCounts::default();
    let mut from = None;
    loop {
        let page = wiring
            .target
            .list(resource_type, from)
            .await
            .map_err(|cause| SyncError::Target {
                name: wiring.config.target.clone(),
                cause,
            })?;
        let listed: Vec<Listed> = page
            .resources
            .into_iter()
            .filter_map(|resource| {
                Some(Listed {
                    id: TargetId::new(resource.id()?),
                    observed: observed(&resource),
                    keys: wiring.match_keys(resource_type, &resource),
                    resource,
                })
            })
            .collect();
        if !listed.is_empty() {
            let page_counts = wiring
                .store
                .stage_listing(&wiring.config.target, run, resource_type, listed)
                .await?;
            counts.unowned += page_counts.unowned;
            counts.drifted += page_counts.drifted;
        }
        from = page.next;
        if from.is_none() {
            let missing = if page.complete {
                wiring
                    .store
                    .finish_listing(
                        &wiring.config.target,
                        run,
                        resource_type,
                        limit,
                        linked_until,
                    )
                    .await?
            } else {
                0
            };
            return Ok(Listing {
                complete: page.complete && missing <= limit,
                doubt: page.doubt,
                counts,
                unbelieved: (missing > limit).then_some(missing),
            });
        }
    }
}
