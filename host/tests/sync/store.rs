//! Invariant 11 as constraints of the store: one account, one owner.

use purser_host::store::{StoreError, sqlite::SqliteStore};

#[test]
fn one_resource_has_one_link_and_one_object_has_one_link() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    drop(SqliteStore::open(&path).unwrap());
    let database = rusqlite::Connection::open(&path).unwrap();
    let link = |kind: &str, id: &str, target_id: &str, state: &str| {
        database.execute(
            "INSERT INTO link (mapping, kind, id, target, resource_type, target_id, origin, state, gone, drifted, seen_run)
             VALUES ('m', ?1, ?2, 't', 'User', ?3, 'created', ?4, 0, 0, 1)",
            [kind, id, target_id, state],
        )
    };
    link("user", "1", "t1", "live").unwrap();
    link("user", "2", "t2", "ended").unwrap();
    for (id, target_id) in [("3", "t1"), ("3", "t2"), ("1", "t3"), ("2", "t3")] {
        let error = link("user", id, target_id, "live").unwrap_err().to_string();
        assert!(
            error.contains("UNIQUE constraint failed"),
            "{id} {target_id}: {error}"
        );
    }
    let claim = |id: &str| {
        database.execute(
            "INSERT INTO claim (target, resource_type, attribute, value, mapping, kind, id)
             VALUES ('t', 'User', 'userName', 'strasse', 'm', 'user', ?1)",
            [id],
        )
    };
    claim("1").unwrap();
    assert!(
        claim("2")
            .unwrap_err()
            .to_string()
            .contains("UNIQUE constraint failed")
    );
}

#[test]
fn a_store_in_use_says_so_and_a_newer_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    let store = SqliteStore::open(&path).unwrap();
    assert!(
        matches!(SqliteStore::open(&path), Err(StoreError::Busy { process: Some(id), .. }) if id == std::process::id())
    );
    drop(store);
    // The thread that owns the connection ends on its own time; the lock is ours at once.
    drop(SqliteStore::open(&path).unwrap());
    let database = rusqlite::Connection::open(&path).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(
        SqliteStore::open(&path),
        Err(StoreError::TooNew { found: 99, .. })
    ));
}
