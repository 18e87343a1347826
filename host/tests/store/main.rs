//! The store as a file: migrated, copied, damaged, examined, read while written.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests: they stop at the first surprise"
)]

mod copies;
mod damage;
mod examination;
mod keys;
mod migrations;
mod reading;
mod staging;
mod suspension;

use std::path::{Path, PathBuf};

use purser_host::store::sqlite::SCHEMA;
use rusqlite::Connection;

/// The stored state of a released schema, as SQL.
fn fixture(schema: i64) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store_fixtures");
    folder.join(format!("{schema:04}.sql"))
}

/// A store of that schema with rows in every table.
fn plant(schema: i64, path: &Path) {
    let file = fixture(schema);
    let sql = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; `migrate.rs` says how a migration gets its fixture",
            file.display()
        )
    });
    Connection::open(path).unwrap().execute_batch(&sql).unwrap();
}

/// A store of this version in a folder of its own.
fn planted() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    plant(SCHEMA, &path);
    (folder, path)
}

/// Names and row numbers of all tables.
fn counts(path: &Path) -> Vec<(String, i64)> {
    let database = Connection::open(path).unwrap();
    let names: Vec<String> = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap()
        .query_map([], |r| r.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    names
        .into_iter()
        .map(|name| {
            let sql = format!("SELECT count(*) FROM {name}");
            let count = database.query_row(&sql, [], |r| r.get(0)).unwrap();
            (name, count)
        })
        .collect()
}

/// Names of the files in a folder, in order.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
