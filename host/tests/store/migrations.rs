//! Forward from every schema that was ever released.

use purser_engine::ids::ObjectKey;
use purser_host::store::{
    Store, StoreError,
    sqlite::{SCHEMA, SqliteStore, examine::examine},
};
use rusqlite::Connection;

use super::{counts, files, plant};

/// Tables and indexes with their definitions.
fn shape(path: &std::path::Path) -> Vec<(String, Option<String>)> {
    let database = Connection::open(path).unwrap();
    let mut query = database
        .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
        .unwrap();
    let rows = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_schema_opens_with_all_that_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh.db");
    drop(SqliteStore::open(&fresh).unwrap());
    for schema in 1..=SCHEMA {
        let path = folder.path().join(format!("{schema}.db"));
        plant(schema, &path);
        let before = counts(&path);
        for (table, count) in &before {
            assert!(*count > 0, "the fixture {schema} has no row in {table}");
        }

        let store = SqliteStore::open(&path).unwrap();
        let status = store.status(&"people".into()).await.unwrap();
        assert_eq!(status.links["User"]["created"], 3, "{schema}");
        assert_eq!(status.links["User"]["adopted"], 1, "{schema}");
        assert_eq!(status.links["Group"]["created"], 1, "{schema}");
        assert_eq!((status.parked.len(), status.held.len()), (2, 1), "{schema}");
        assert_eq!(
            (status.open_intents, status.memberships),
            (1, 3),
            "{schema}"
        );
        assert_eq!(status.runs.len(), 4, "{schema}");
        let keys: Vec<ObjectKey> = ["1", "3", "5", "7"]
            .map(|id| ObjectKey::new("user", id))
            .into();
        let found = store
            .candidates(&"people".into(), &"hr".into(), keys.clone())
            .await
            .unwrap();
        let found_keys: Vec<ObjectKey> = found.iter().map(|c| c.key.clone()).collect();
        assert_eq!(found_keys, keys, "{schema}");
        let link = found[0].link.as_ref().unwrap();
        assert_eq!(link.written.get("userName").unwrap(), "ann", "{schema}");
        assert!(!found[1].content.as_ref().unwrap().active && found[1].link.as_ref().unwrap().left);
        assert!(found[2].content.is_err(), "{schema}");
        let intent = found[3].open_intent.as_ref().unwrap();
        assert_eq!(intent.keys[1], ("userName".to_owned(), "gus".to_owned()));
        assert_eq!(found[3].last_seen.0, 1, "{schema}");
        drop(store);

        let after = counts(&path);
        for (table, count) in before {
            if let Some((_, now)) = after.iter().find(|(name, _)| *name == table) {
                assert_eq!(*now, count, "{table} of schema {schema}");
            }
        }
        assert_eq!(
            shape(&path),
            shape(&fresh),
            "schema {schema} became another than a new one"
        );
        let examined = examine(&path).unwrap();
        assert_eq!(
            (examined.schema, examined.flaws, examined.older),
            (SCHEMA, vec![], false)
        );
    }
}

#[test]
fn a_copy_is_made_before_a_store_is_migrated_and_only_then() {
    for schema in 1..=SCHEMA {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("purser.db");
        plant(schema, &path);
        let before = counts(&path);
        // From a try that was cut short.
        let aside = folder
            .path()
            .join(format!("purser.db.before-{:04}", schema + 1));
        if schema < SCHEMA {
            std::fs::write(&aside, "half").unwrap();
        }
        drop(SqliteStore::open(&path).unwrap());
        if schema == SCHEMA {
            assert!(!aside.exists());
            continue;
        }
        assert_eq!(counts(&aside), before);
        let version: i64 = Connection::open(&aside)
            .unwrap()
            .query_row("PRAGMA user_version", [], |r| r.get(0))
            .unwrap();
        assert_eq!(version, schema);
    }
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(&folder.path().join("new.db")).unwrap());
    assert!(
        !files(folder.path())
            .iter()
            .any(|name| name.contains("before")),
        "nothing is copied of an empty store"
    );
}

#[test]
fn a_later_schema_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    plant(SCHEMA, &path);
    let database = Connection::open(&path).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let before = counts(&path);
    assert!(matches!(
        SqliteStore::open(&path),
        Err(StoreError::TooNew {
            found: 99,
            known: SCHEMA,
            ..
        })
    ));
    assert!(matches!(examine(&path), Err(StoreError::TooNew { .. })));
    assert_eq!(counts(&path), before);
}
