//! The plan of a kind, page by page: one page is read while another is mapped, a third
//! decided and a fourth stored, and none waits for the slowest of the others.

use std::pin::pin;

use futures::stream::{self, StreamExt as _};
use tokio::sync::mpsc;

use super::{
    SyncError, Wiring,
    evaluate::{Evaluated, Ground, Prepared, conclude, prepare},
    view::View,
    walk::Walk,
};
use crate::store::{Candidate, PlannedRow};

/// Pages that wait between two steps: with those under way some ten are in memory.
const WAITING: usize = 2;

/// The component computes for so many pages at the same time.
const MAPPED_AT_ONCE: usize = 2;

/// A page, and how many beside it need not be looked at.
struct Page<T> {
    objects: T,
    in_step: u64,
}

/// Plans what there is on the way. `planned` makes rows for the store of what was
/// decided, in the order of the way.
pub(super) async fn plan(
    wiring: &Wiring,
    view: &View,
    walk: &Walk,
    mut planned: impl FnMut(u64, Vec<Evaluated>) -> Vec<PlannedRow> + Send,
) -> Result<(), SyncError> {
    let (read, pages) = mpsc::channel(WAITING);
    let (mapped, mut known) = mpsc::channel::<Page<Prepared>>(WAITING);
    let (decided, mut rows) = mpsc::channel(WAITING);
    // A step ends when the one before it has: it owns the only sender. A send fails only
    // where the step after it has failed, which ends all of them.
    let reading = async move {
        let mut from = Some(0);
        while let Some(at) = from {
            wiring.control.check()?;
            let part = walk.part(wiring, at).await?;
            from = part.next;
            let page = Page {
                objects: part.candidates,
                in_step: part.in_step,
            };
            let _ended = read.send(page).await;
        }
        Ok::<_, SyncError>(())
    };
    let mapping = async move {
        let pages = stream::unfold(pages, async |mut pages| {
            let page: Option<Page<Vec<Candidate>>> = pages.recv().await;
            page.map(|page| (page, pages))
        });
        let prepared = pages.map(async |Page { objects, in_step }| {
            let objects = prepare(wiring, view, objects, Ground::default(), false).await?;
            Ok::<_, SyncError>(Page { objects, in_step })
        });
        let mut prepared = pin!(prepared.buffered(MAPPED_AT_ONCE));
        while let Some(page) = prepared.next().await {
            wiring.control.check()?;
            let _ended = mapped.send(page?).await;
        }
        Ok(())
    };
    let deciding = async move {
        while let Some(Page { objects, in_step }) = known.recv().await {
            let page = planned(in_step, conclude(wiring, view, objects).await?);
            let _ended = decided.send(page).await;
        }
        Ok(())
    };
    let storing = async move {
        while let Some(page) = rows.recv().await {
            store(wiring, view, page).await?;
        }
        Ok(())
    };
    tokio::try_join!(reading, mapping, deciding, storing)?;
    Ok(())
}

/// What was decided of a page. A request waits for the approval of the whole plan.
pub(super) async fn store(
    wiring: &Wiring,
    view: &View,
    rows: Vec<PlannedRow>,
) -> Result<(), SyncError> {
    if rows.is_empty() {
        return Ok(());
    }
    let at = (wiring.clock)();
    Ok(wiring
        .store
        .save_plan(view.run, &wiring.config.name, rows, at)
        .await?)
}
