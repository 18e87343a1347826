//! Files that are no store, or not a whole one: said clearly, and left alone.

use std::{fs, io::Write as _, path::Path};

use purser_host::store::{
    StoreError,
    sqlite::{SqliteStore, examine::examine},
};
use rusqlite::Connection;

use super::planted;

fn overwrite(path: &Path, from: usize, length: usize) {
    let mut bytes = fs::read(path).unwrap();
    assert!(bytes.len() >= from + length, "{} bytes", bytes.len());
    bytes[from..from + length].fill(0xa5);
    fs::write(path, bytes).unwrap();
}

fn refused(path: &Path) -> StoreError {
    let before = fs::read(path).unwrap();
    let error = SqliteStore::open(path).err().unwrap();
    assert_eq!(fs::read(path).unwrap(), before, "the file is as it was");
    error
}

#[test]
fn a_file_with_a_broken_header_is_refused_and_left_as_it_is() {
    let (_folder, path) = planted();
    overwrite(&path, 0, 64);
    let error = refused(&path);
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("file is not a database"));
    assert!(matches!(examine(&path), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_text_in_place_of_a_store_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    fs::write(&path, "uid,name\n".repeat(500)).unwrap();
    assert!(matches!(refused(&path), StoreError::Damaged { .. }));
}

#[test]
fn the_database_of_another_program_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE page (id, body)")
        .unwrap();
    drop(other);
    let error = refused(&path).to_string();
    assert!(
        error.ends_with("it is another program's database"),
        "{error}"
    );
}

#[test]
fn a_folder_in_place_of_a_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    fs::create_dir(&path).unwrap();
    assert!(matches!(
        SqliteStore::open(&path),
        Err(StoreError::Open { .. })
    ));
}

#[test]
fn broken_pages_are_found_by_the_examination() {
    let (_folder, path) = planted();
    let database = Connection::open(&path).unwrap();
    let (page_size, root): (u32, u32) = database
        .query_row(
            "SELECT (SELECT page_size FROM pragma_page_size), rootpage FROM sqlite_schema WHERE name = 'link_owner'",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .unwrap();
    drop(database);
    overwrite(&path, ((root - 1) * page_size) as usize, page_size as usize);
    let examined = examine(&path).unwrap();
    assert_eq!(examined.flaws[0].what, "the database file is damaged");
    assert!(examined.flaws[0].count >= 1);
}

#[test]
fn an_index_that_lacks_a_row_is_found_by_the_examination() {
    let (_folder, path) = planted();
    let database = Connection::open(&path).unwrap();
    database
        .execute_batch(
            "PRAGMA writable_schema = ON;
             CREATE TABLE elsewhere (x, y, z);
             CREATE INDEX other ON elsewhere (x, y, z);
             UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'other')
             WHERE name = 'link_owner';",
        )
        .unwrap();
    drop(database);
    let examined = examine(&path).unwrap();
    assert_eq!(examined.flaws[0].what, "the database file is damaged");
}

#[test]
fn who_holds_the_store_is_told_and_an_old_number_in_the_lock_means_nothing() {
    let (_folder, path) = planted();
    let lock = path.with_file_name("purser.db.lock");
    writeln!(
        fs::File::create(&lock).unwrap(),
        "4294967295 left by a crash"
    )
    .unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let error = SqliteStore::open(&path).err().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "the store {} is in use by another process ({})",
            path.display(),
            std::process::id()
        )
    );
    drop(store);
    drop(SqliteStore::open(&path).unwrap());
}
