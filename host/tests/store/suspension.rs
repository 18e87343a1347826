//! A component that keeps failing: what each batch changes, and what stays.

use jiff::{Timestamp, ToSpan};
use purser_engine::{operation::Trigger, suspension::Verdict};
use purser_host::store::{
    AskedBatch, Fate, PlannedRow, RunMode, Store, Suspension, Trust, sqlite::SqliteStore,
};

use super::planted;

fn at(minute: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
    begin.checked_add(minute.minutes()).unwrap()
}

fn batch(component: &str, verdict: Verdict, minute: i64) -> AskedBatch {
    AskedBatch {
        component: component.to_owned(),
        verdict,
        reason: format!("at {minute}"),
        at: at(minute),
    }
}

/// Minutes of the pause that follows, and how often it has failed.
async fn asked(store: &dyn Store, batch: AskedBatch) -> Option<(u32, Option<i64>)> {
    let ended = batch.at;
    let known = store.component_asked(&"m".into(), batch).await.unwrap();
    assert_eq!(known, store.suspension(&"m".into()).await.unwrap());
    known.map(|known| {
        let pause = known.until.map(|until| until.duration_since(ended));
        (known.failures, pause.map(|pause| pause.as_mins()))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_batches_in_a_row_suspend_and_each_failed_probe_doubles() {
    use Verdict::{Bad, Good, Unclear};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(asked(&store, batch("a", Good, 0)).await, None);
    assert_eq!(asked(&store, batch("a", Unclear, 0)).await, None);
    assert_eq!(asked(&store, batch("a", Bad, 1)).await, Some((1, None)));
    assert_eq!(asked(&store, batch("a", Unclear, 2)).await, Some((1, None)));
    assert_eq!(asked(&store, batch("a", Bad, 2)).await, Some((2, None)));
    // A good one between: from the beginning.
    assert_eq!(asked(&store, batch("a", Good, 3)).await, None);
    for (minute, failures) in [(4, 1), (5, 2)] {
        let known = asked(&store, batch("a", Bad, minute)).await;
        assert_eq!(known, Some((failures, None)));
    }
    assert_eq!(asked(&store, batch("a", Bad, 6)).await, Some((3, Some(5))));
    // Batches of other workers that were begun before: nothing is lifted, nothing is longer.
    assert_eq!(asked(&store, batch("a", Good, 7)).await, Some((3, Some(4))));
    assert_eq!(asked(&store, batch("a", Bad, 7)).await, Some((3, Some(4))));
    let status = store.status(&"m".into()).await.unwrap();
    let row = status.suspended.unwrap();
    assert_eq!(row.since, "2026-11-24T09:04:00Z");
    assert_eq!(row.until, "2026-11-24T09:11:00Z");
    assert_eq!(row.reason, "at 6");
    // It survives the process; other mappings have nothing to do with it.
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.suspension(&"other".into()).await.unwrap(), None);
    let known = store.suspension(&"m".into()).await.unwrap();
    let trust = |component, minute| Suspension::trust(known.as_ref(), component, at(minute));
    assert_eq!(trust("a", 10), Trust::Suspended);
    assert_eq!(trust("a", 11), Trust::Probed);
    assert_eq!(trust("b", 10), Trust::Trusted);

    assert_eq!(
        asked(&store, batch("a", Bad, 11)).await,
        Some((4, Some(10)))
    );
    assert_eq!(
        asked(&store, batch("a", Bad, 21)).await,
        Some((5, Some(20)))
    );
    // Another component begins anew.
    assert_eq!(asked(&store, batch("b", Bad, 22)).await, Some((1, None)));
    assert_eq!(asked(&store, batch("b", Good, 22)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_suspended_component_leaves_alone_stays_parked_or_held() {
    let (_folder, path) = planted();
    let store = SqliteStore::open(&path).unwrap();
    let before = store.status(&"people".into()).await.unwrap();
    let run = store
        .start_run(&"people".into(), RunMode::Run, Trigger::Manual, at(0))
        .await
        .unwrap();
    let aside = before.parked.iter().map(|row| &row.object);
    let aside = aside.chain(before.held.iter().map(|row| &row.object));
    let rows: Vec<PlannedRow> = aside
        .map(|object| PlannedRow {
            key: object.parse().unwrap(),
            position: 1,
            fate: Fate::Suspended,
            edges: None,
            input: None,
            reevaluate_at: None,
        })
        .collect();
    assert_eq!(rows.len(), 3);
    let kinds = vec!["user".into(), "role".into(), "group".into()];
    store
        .save_plan(run, &"people".into(), rows, at(0))
        .await
        .unwrap();
    store
        .clear_stale(run, &"people".into(), kinds.clone())
        .await
        .unwrap();
    let after = store.status(&"people".into()).await.unwrap();
    assert_eq!((after.parked.len(), after.held.len()), (2, 1));
    // Whereas whom a later run looks at and says nothing of is not set aside any more.
    let run = store
        .start_run(&"people".into(), RunMode::Run, Trigger::Manual, at(1))
        .await
        .unwrap();
    store
        .clear_stale(run, &"people".into(), kinds)
        .await
        .unwrap();
    let after = store.status(&"people".into()).await.unwrap();
    assert_eq!((after.parked.len(), after.held.len()), (0, 0));
}
