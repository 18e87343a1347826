//! From a path to a store that is locked, whole and up to date.

use std::{path::Path, sync::Arc};

use rusqlite::{Connection, ErrorCode, config::DbConfig};

use super::{
    SqliteStore, correlate, lately::Lately, lock, migrate, readers::Readers, writer::Writer,
};
use crate::store::StoreError;

/// What the writer's connection is set to. Nothing is answered before it is on
/// the disk. Memory is bounded whatever the store's size: pages beyond the
/// cache are in the operating system's, and large sorts go to a file.
const WRITER: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = FILE;
    PRAGMA temp.journal_mode = MEMORY;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA cache_size = -8192;";

/// What a reader's connection is set to. The inner pages of the indexes of a store with a
/// million accounts have room.
pub(super) const READER: &str = "
    PRAGMA temp_store = FILE;
    PRAGMA cache_size = -16384;";

impl SqliteStore {
    /// Opens the file, creating or migrating it, and takes the exclusive lock.
    ///
    /// # Errors
    /// Another process holds it; it cannot be opened, or is no store; it is from a later version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let open_error = |why: std::io::Error| StoreError::Open {
            path: path.display().to_string(),
            why: why.to_string(),
        };
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(open_error)?;
        }
        let lock = lock::take(path)?;
        private(path).map_err(open_error)?;
        let mut connection = Connection::open(path).map_err(|e| unusable(path, e))?;
        connection
            .execute_batch(WRITER)
            .and_then(|()| plan_once(&connection))
            .map_err(|e| unusable(path, e))?;
        connection.set_prepared_statement_cache_capacity(128);
        migrate::up(&mut connection, path)?;
        correlate::prepare(&connection)?;
        // One process: whatever was running, ran in a process that is gone.
        connection.execute(
            "UPDATE job SET state = 'queued', again = 0 WHERE state = 'running'",
            [],
        )?;
        let readers = Readers::new(path.to_owned());
        Ok(Self {
            writer: Writer::start(connection, readers.clone())?,
            readers,
            lately: Lately::default(),
            tokens: Arc::default(),
            changes: Arc::default(),
            settled: Arc::default(),
            _lock: Arc::new(lock),
        })
    }
}

/// A statement keeps the plan that it was prepared with. Otherwise SQLite takes
/// some of them to depend on the values that are bound, and prepares those anew
/// for each value: for our joins that was a third of what the store's thread did.
pub(super) fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

/// Why a file cannot be used as a store.
pub(super) fn unusable(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.display().to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Damaged {
            path,
            why: error.to_string(),
        },
        _ => StoreError::Open {
            path,
            why: error.to_string(),
        },
    }
}

/// Makes the file, where it is not there yet, readable by its owner only: what
/// is kept is about people. SQLite gives its own files beside it the same mode.
fn private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
