//! Reading both sides into the store, page by page.

use purser_engine::{
    absence::{Complete, Evidence, Incomplete},
    ids::{Kind, ResourceType, RunId, TargetId},
};
use purser_scim::Resource;

use super::{SyncError, Wiring, apply::observed, control::Phase};
use crate::{
    store::{Listed, ListingCounts},
    target::{Doubt, End, Next},
};

/// Rows of a source that share a transaction. Two pages are in memory at once:
/// one is stored while the next is read.
const PAGE: usize = 1000;

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
    wiring.control.begin(Phase::Read, kind, expected);
    let mut repeated = Vec::new();
    let mut page = enumeration.page(PAGE).await;
    let stopped = loop {
        wiring.control.check()?;
        match page {
            Ok(rows) if rows.is_empty() => break None,
            Ok(rows) => {
                let count = rows.len() as u64;
                let stored = wiring.store.stage_page(&wiring.config.source, run, rows);
                let (again, next) = tokio::join!(stored, enumeration.page(PAGE));
                let mut again = again?;
                wiring.control.advance(count);
                // The first few are enough to tell a person; one is enough for the proof.
                again.truncate(20_usize.saturating_sub(repeated.len()));
                repeated.append(&mut again);
                page = next;
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
    let (end, counts) = list(wiring, run, resource_type).await?;
    let missing = match end {
        End::Whole => {
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
        }
        End::Doubtful(_) => 0,
    };
    Ok(Listing {
        complete: end == End::Whole && missing <= limit,
        doubt: match end {
            End::Whole => None,
            End::Doubtful(doubt) => Some(doubt),
        },
        counts,
        unbelieved: (missing > limit).then_some(missing),
    })
}

/// Stores page after page. While one is stored, the next is asked for as if all
/// of the first were new; where it was not, that answer is thrown away. Not ahead
/// of a page that begins like the one before it: it will hardly bring anything new.
async fn list(
    wiring: &Wiring,
    run: RunId,
    resource_type: &ResourceType,
) -> Result<(End, ListingCounts), SyncError> {
    let ask = async |from| {
        let page = wiring.target.list(resource_type, from).await;
        page.map_err(|cause| SyncError::Target {
            name: wiring.config.target.clone(),
            cause,
        })
    };
    let mut counts = ListingCounts::default();
    let mut first = None;
    wiring.control.begin(Phase::List, resource_type, None);
    let mut page = ask(None).await?;
    loop {
        wiring.control.check()?;
        let listed = listed(wiring, resource_type, std::mem::take(&mut page.resources));
        let given = listed.len() as u64;
        let before = std::mem::replace(&mut first, listed.first().map(|l| l.id.clone()));
        let expected = page.expected(given);
        if let Some(next) = &expected {
            wiring.control.of(next.total);
        }
        let expected = expected.filter(|_| before.is_none() || before != first);
        let ahead = async {
            match expected.clone() {
                Some(token) => Some(ask(Some(token)).await),
                None => None,
            }
        };
        let stored = async {
            if listed.is_empty() {
                return Ok(ListingCounts::default());
            }
            wiring
                .store
                .stage_listing(&wiring.config.target, run, resource_type, listed)
                .await
        };
        let (stored, ahead) = tokio::join!(stored, ahead);
        let stored = stored?;
        wiring.control.advance(given);
        counts.unowned += stored.unowned;
        counts.drifted += stored.drifted;
        counts.fresh += stored.fresh;
        page = match (page.next(stored.fresh), ahead) {
            (Next::End(end), _) => return Ok((end, counts)),
            (Next::More(token), Some(next)) if Some(&token) == expected.as_ref() => next?,
            (Next::More(token), _) => ask(Some(token)).await?,
        };
    }
}

fn listed(wiring: &Wiring, resource_type: &ResourceType, resources: Vec<Resource>) -> Vec<Listed> {
    resources
        .into_iter()
        .filter_map(|resource| {
            Some(Listed {
                id: TargetId::new(resource.id()?),
                observed: observed(resource.clone()),
                keys: wiring.found_by(resource_type, &resource),
                resource,
            })
        })
        .collect()
}
