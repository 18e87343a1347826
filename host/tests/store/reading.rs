//! Readers beside the writer.

use purser_engine::operation::Trigger;
use purser_host::{
    clock,
    store::{RunMode, RunState, Store, sqlite::SqliteStore},
};
use rusqlite::Connection;

use super::planted;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_answered_reads_what_was_written() {
    let (_folder, path) = planted();
    let store = SqliteStore::open(&path).unwrap();
    let tasks = ["a", "b", "c", "d"].map(|mapping| {
        let store = store.clone();
        tokio::spawn(async move {
            let mapping = mapping.into();
            for n in 1..=20 {
                let run = store
                    .start_run(&mapping, RunMode::Plan, Trigger::Manual, clock::now())
                    .await
                    .unwrap();
                let status = store.status(&mapping).await.unwrap();
                assert_eq!(status.runs[0].id, run.0, "{n}");
                assert_eq!(status.runs[0].state, "running");
                store
                    .end_run(run, RunState::Done, clock::now(), serde_json::json!({}))
                    .await
                    .unwrap();
                assert_eq!(store.status(&mapping).await.unwrap().runs[0].state, "done");
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_do_not_wait_for_a_writer() {
    let (_folder, path) = planted();
    let store = SqliteStore::open(&path).unwrap();
    let before = store.status(&"people".into()).await.unwrap().runs.len();
    // Another connection writes and does not come to an end.
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("BEGIN IMMEDIATE; DELETE FROM run; DELETE FROM link")
        .unwrap();
    let status = store.status(&"people".into()).await.unwrap();
    assert_eq!(
        status.runs.len(),
        before,
        "what is not committed is not seen"
    );
    other.execute_batch("ROLLBACK").unwrap();
}
