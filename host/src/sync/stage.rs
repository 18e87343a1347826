//! Reading both sides into the store, page by page.

use std::sync::Arc;

use purser_engine::{
    absence::{Complete, Evidence, Incomplete},
    ids::{Kind, ResourceType, RunId, TargetId},
    imprint::Places,
};

use super::{SyncError, Wiring, apply::observed, control::Phase};
use crate::{
    source::{Enumeration, Page},
    store::{Listed, ListingCounts, NewRow, StagedListing, StagedRows, StoreError},
    target::{Doubt, End, Next, PageToken, Shown},
};

/// Rows of a source that share a transaction. Two pages are in memory at once:
/// one is stored while the next is read.
const PAGE: usize = 1000;

/// Resources on the first page of a target that has not sent one yet.
const EXPECTED: u64 = 100;

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
    let name = &wiring.config.source;
    let next = async |enumeration: &mut Box<dyn Enumeration>, after| {
        let known = wiring.store.known_rows(name, kind, after, PAGE).await?;
        Ok::<_, SyncError>(match enumeration.page(PAGE, known).await {
            Ok(page) => Ok(encoded(page).await?),
            Err(error) => Err(error),
        })
    };
    let mut repeated = Vec::new();
    let mut same = Arc::new(Places::default());
    let mut moved = Vec::new();
    let mut page = next(&mut enumeration, 0).await?;
    let stopped = loop {
        wiring.control.check()?;
        match page {
            Ok(read) if read.rows.is_empty() && read.same.is_empty() => break None,
            Ok(read) => {
                let count = (read.rows.len() + read.same.len()) as u64;
                let places = Arc::make_mut(&mut same);
                read.same.iter().for_each(|place| places.insert(*place));
                // What the page before brought from here is no longer what stood here.
                repeated.extend(
                    moved
                        .into_iter()
                        .filter(|(place, _)| read.same.contains(place)),
                );
                let stored = async {
                    if read.rows.is_empty() {
                        return Ok(StagedRows::default());
                    }
                    let same = Arc::clone(&same);
                    wiring.store.stage_page(name, run, read.rows, same).await
                };
                let (staged, ahead) = tokio::join!(stored, next(&mut enumeration, read.last));
                let staged = staged?;
                wiring.control.advance(count);
                repeated.extend(staged.repeated);
                // The first few are enough to tell a person; one is enough for the proof.
                repeated.truncate(20);
                moved = staged.moved;
                page = ahead?;
            }
            // What was read until here stays good; nothing follows from what was not.
            Err(error) => break Some(error.to_string()),
        }
    };
    wiring.store.finish_source(name, kind, run, same).await?;
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

/// A page of a source, made ready for the store.
struct Encoded {
    rows: Vec<NewRow>,
    same: Vec<u64>,
    last: u64,
}

/// On a thread that may compute, beside the one that stores the page before.
async fn encoded(page: Page) -> Result<Encoded, StoreError> {
    let Page { rows, same, last } = page;
    let rows = if rows.is_empty() {
        Vec::new()
    } else {
        let encode = move || rows.into_iter().map(NewRow::of).collect::<Result<_, _>>();
        let ended = |_| StoreError::Thread("a thread that encodes rows has ended".to_owned());
        tokio::task::spawn_blocking(encode).await.map_err(ended)??
    };
    Ok(Encoded { rows, same, last })
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
    let (end, counts, same) = list(wiring, run, resource_type).await?;
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
                    same,
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
) -> Result<(End, ListingCounts, Arc<Places>), SyncError> {
    let name = &wiring.config.target;
    let about = wiring.found_by_what(resource_type);
    let ask = async |from: Option<PageToken>, count: u64| {
        let first = from.as_ref().map_or(1, |token| token.start_index.max(1));
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let known = wiring
            .store
            .known_resources(name, resource_type, &about, first, count)
            .await?;
        let page = wiring.target.list(resource_type, from, known).await;
        page.map_err(|cause| SyncError::Target {
            name: name.clone(),
            cause,
        })
    };
    let mut counts = ListingCounts::default();
    let mut same = Arc::new(Places::default());
    let mut moved: Vec<u64> = Vec::new();
    let mut first = None;
    wiring.control.begin(Phase::List, resource_type, None);
    let mut page = ask(None, EXPECTED).await?;
    loop {
        wiring.control.check()?;
        let places = Arc::make_mut(&mut same);
        page.same.iter().for_each(|place| places.insert(*place));
        let given = (page.resources.len() + page.same.len()) as u64;
        // What the page before brought from here came twice.
        page.same.retain(|place| !moved.contains(place));
        let listed = listed(wiring, resource_type, std::mem::take(&mut page.resources));
        let before = std::mem::replace(&mut first, listed.first().map(|l| l.id.clone()));
        let expected = page.expected(given);
        if let Some(next) = &expected {
            wiring.control.of(next.total);
        }
        let expected = expected.filter(|_| before.is_none() || before != first);
        let ahead = async {
            match expected.clone() {
                Some(token) => Some(ask(Some(token), given).await),
                None => None,
            }
        };
        let stored = async {
            if listed.is_empty() {
                return Ok(StagedListing::default());
            }
            wiring
                .store
                .stage_listing(name, run, resource_type, listed, Arc::clone(&same))
                .await
        };
        let (stored, ahead) = tokio::join!(stored, ahead);
        let stored = stored?;
        wiring.control.advance(given);
        counts.unowned += stored.counts.unowned;
        counts.drifted += stored.counts.drifted;
        moved = stored.moved;
        let fresh = stored.counts.fresh + page.same.len() as u64;
        page = match (page.next(fresh), ahead) {
            (Next::End(end), _) => return Ok((end, counts, same)),
            (Next::More(token), Some(next)) if Some(&token) == expected.as_ref() => next?,
            (Next::More(token), _) => ask(Some(token), given).await?,
        };
    }
}

fn listed(wiring: &Wiring, resource_type: &ResourceType, shown: Vec<Shown>) -> Vec<Listed> {
    shown
        .into_iter()
        .filter_map(|shown| {
            Some(Listed {
                id: TargetId::new(shown.resource.id()?),
                place: shown.place,
                imprint: shown.imprint,
                observed: observed(shown.resource.clone()),
                keys: wiring.found_by(resource_type, &shown.resource),
                resource: shown.resource,
            })
        })
        .collect()
}
