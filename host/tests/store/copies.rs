//! Backup beside a store in use, and the way back.

use std::{fs, path::Path};

use purser_engine::operation::Trigger;
use purser_host::{
    clock,
    store::{
        RunMode, RunState, Store, StoreError,
        sqlite::{
            SqliteStore,
            copy::{CopyError, backup, restore},
            examine::examine,
        },
    },
};
use rusqlite::Connection;

use super::{counts, files, planted};

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn a_copy_of_a_store_in_use_holds_what_was_committed() {
    let (folder, path) = planted();
    let store = SqliteStore::open(&path).unwrap();
    let copy = folder.path().join("copy.db");
    backup(&path, &copy, false).unwrap();
    assert_eq!(counts(&copy), counts(&path));
    assert_eq!(examine(&copy).unwrap().flaws, []);
    #[cfg(unix)]
    assert_eq!(mode(&copy), 0o600);
    drop(store);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_made_while_others_write_hold_one_moment_each() {
    let (folder, path) = planted();
    let store = SqliteStore::open(&path).unwrap();
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                let run = store
                    .start_run(
                        &"people".into(),
                        RunMode::Plan,
                        Trigger::Manual,
                        clock::now(),
                    )
                    .await
                    .unwrap();
                // Two steps: a copy between them has the run, but not its end.
                store
                    .end_run(run, RunState::Done, clock::now(), serde_json::json!({}))
                    .await
                    .unwrap();
            }
        })
    };
    let mut most = 0;
    for n in 0..5 {
        let copy = folder.path().join(format!("{n}.db"));
        let (from, to) = (path.clone(), copy.clone());
        tokio::task::spawn_blocking(move || backup(&from, &to, false).unwrap())
            .await
            .unwrap();
        assert_eq!(examine(&copy).unwrap().flaws, []);
        let (runs, running): (i64, i64) = Connection::open(&copy)
            .unwrap()
            .query_row(
                "SELECT count(*), count(*) FILTER (WHERE state = 'running') FROM run",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .unwrap();
        assert!(
            runs >= most && running <= 1,
            "{runs} runs, {running} running"
        );
        most = runs;
    }
    writing.await.unwrap();
}

#[test]
fn nothing_is_overwritten_unasked_and_a_failed_copy_leaves_nothing() {
    let (folder, path) = planted();
    let copy = folder.path().join("copy.db");
    fs::write(&copy, "precious").unwrap();
    assert!(matches!(
        backup(&path, &copy, false),
        Err(CopyError::Exists(_))
    ));
    assert_eq!(fs::read(&copy).unwrap(), b"precious");
    backup(&path, &copy, true).unwrap();
    assert_eq!(counts(&copy), counts(&path));
    assert!(matches!(
        backup(&path, &path, true),
        Err(CopyError::Same(_))
    ));

    let nowhere = folder.path().join("none/copy.db");
    assert!(matches!(
        backup(&path, &nowhere, false),
        Err(CopyError::File { .. })
    ));
    let missing = folder.path().join("missing.db");
    assert!(matches!(
        backup(&missing, &nowhere, false),
        Err(CopyError::Missing(_))
    ));
    let text = folder.path().join("text.db");
    fs::write(&text, "no database at all, only words".repeat(200)).unwrap();
    let target = folder.path().join("target.db");
    assert!(matches!(
        backup(&text, &target, false),
        Err(CopyError::Foreign(_))
    ));
    assert_eq!(files(folder.path()), ["copy.db", "purser.db", "text.db"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn restoring_brings_the_copy_back_and_keeps_what_was_there() {
    let (folder, path) = planted();
    let copy = folder.path().join("copy.db");
    backup(&path, &copy, false).unwrap();
    let then = counts(&path);
    let store = SqliteStore::open(&path).unwrap();
    store
        .start_run(
            &"people".into(),
            RunMode::Run,
            Trigger::Manual,
            clock::now(),
        )
        .await
        .unwrap();
    assert!(matches!(
        restore(&path, &copy, clock::now()),
        Err(CopyError::Store(StoreError::Busy { .. }))
    ));
    drop(store);
    let now = counts(&path);
    assert_ne!(then, now);

    let restored = restore(&path, &copy, clock::now()).unwrap();
    assert_eq!(counts(&path), then);
    let aside = restored.aside.unwrap();
    assert_eq!(counts(&aside), now, "also what was only in the log");
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);
    // And back: what was kept is a copy like any other.
    restore(&path, &aside, clock::now()).unwrap();
    assert_eq!(counts(&path), now);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.status(&"people".into()).await.unwrap().runs.len(), 5);
}

#[test]
fn a_copy_that_is_not_sound_replaces_nothing() {
    let (folder, path) = planted();
    let before = counts(&path);
    let copy = |name: &str, sql: &str| {
        let file = folder.path().join(name);
        backup(&path, &file, false).unwrap();
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        file
    };
    let newer = copy("newer.db", "PRAGMA user_version = 99");
    let foreign = copy("foreign.db", "DROP TABLE intent");
    let damaged = copy(
        "damaged.db",
        "PRAGMA writable_schema = ON; CREATE TABLE e (x, y, z); CREATE INDEX other ON e (x, y, z);
         UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'other')
         WHERE name = 'link_owner'",
    );
    let refused = |file: &Path| restore(&path, file, clock::now()).unwrap_err();
    assert!(matches!(
        refused(&newer),
        CopyError::Store(StoreError::TooNew { found: 99, .. })
    ));
    assert!(matches!(refused(&foreign), CopyError::Foreign(_)));
    assert!(matches!(refused(&damaged), CopyError::Damaged { .. }));
    assert!(matches!(refused(&path), CopyError::Same(_)));
    assert!(matches!(
        refused(&folder.path().join("none.db")),
        CopyError::Missing(_)
    ));
    assert_eq!(counts(&path), before);
    assert!(
        !files(folder.path())
            .iter()
            .any(|name| name.contains("before-restore"))
    );
}

#[test]
fn a_damaged_store_is_replaced_and_kept_with_its_log() {
    let (folder, path) = planted();
    let copy = folder.path().join("copy.db");
    backup(&path, &copy, false).unwrap();
    let then = counts(&path);
    fs::write(&path, "no database at all, only words".repeat(200)).unwrap();
    fs::write(folder.path().join("purser.db-wal"), "a log").unwrap();
    let aside = restore(&path, &copy, clock::now()).unwrap().aside.unwrap();
    assert_eq!(counts(&path), then);
    assert!(fs::read(&aside).unwrap().starts_with(b"no database"));
    let mut log = aside.into_os_string();
    log.push("-wal");
    assert_eq!(fs::read(log).unwrap(), b"a log");
}

#[test]
fn a_store_that_is_not_there_is_made_from_a_copy() {
    let (folder, path) = planted();
    let copy = folder.path().join("copy.db");
    backup(&path, &copy, false).unwrap();
    let other = folder.path().join("other.db");
    assert_eq!(restore(&other, &copy, clock::now()).unwrap().aside, None);
    assert_eq!(counts(&other), counts(&path));
}
