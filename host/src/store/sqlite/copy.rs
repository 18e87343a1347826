//! A copy of the store while it is worked on, and the way back.
//!
//! A backup is one read transaction (`VACUUM INTO`) on a connection of its own:
//! it holds one committed state, does not stop the writer, and needs no lock,
//! so that it can be taken beside a running host. SQLite's page-wise backup
//! would start over whenever somebody writes; this never does.
//!
//! Neither direction overwrites anything before the new file is whole, checked
//! and on the disk.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    lock::{self, beside},
    migrate::{self, SCHEMA},
};
use crate::store::StoreError;

/// Why there is no copy. What was there before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is nothing to copy.
    #[error("there is no file {0}")]
    Missing(PathBuf),
    /// A file would be overwritten.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// From and to are one file.
    #[error("{0} is the store itself")]
    Same(PathBuf),
    /// It is a database of something else, or none.
    #[error("{0} is not a store of purser")]
    Foreign(PathBuf),
    /// It is not whole.
    #[error("{path} is damaged: {why}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What SQLite says about it.
        why: String,
    },
    /// A file cannot be read, written or renamed.
    #[error("cannot write {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The database refused.
    #[error("the database {path} cannot be copied")]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: rusqlite::Error,
    },
    /// The store cannot be replaced: another process holds it, or the copy is from a later version.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was put in place of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The schema of the copy; older ones are migrated when the store is opened.
    pub schema: i64,
    /// Where the store that was there until now is kept.
    pub aside: Option<PathBuf>,
}

/// Copies a store, whoever works on it, to `file`, readable by its owner only.
/// With `replace` a file that is there is replaced at the very end.
///
/// # Errors
/// See [`CopyError`].
pub fn backup(store: &Path, file: &Path, replace: bool) -> Result<(), CopyError> {
    let connection = connect(store)?;
    identify(&connection, store)?;
    if same(store, file) {
        return Err(CopyError::Same(file.to_owned()));
    }
    let failed = |cause| failed(file, cause);
    let reserved = !replace;
    if reserved {
        // Taking the name is what makes sure that nobody's file is overwritten.
        create_private(file).map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => CopyError::Exists(file.to_owned()),
            _ => failed(cause),
        })?;
    }
    let partial = beside(file, &format!(".partial-{}", std::process::id()));
    let copied = write(&connection, store, &partial)
        .and_then(|()| fs::rename(&partial, file).map_err(failed))
        .and_then(|()| sync_folder(file).map_err(failed));
    if copied.is_err() {
        let _only_tidying = fs::remove_file(&partial);
        if reserved {
            let _only_tidying = fs::remove_file(file);
        }
    }
    copied
}

/// Puts the copy `file` in place of the store. The store that is there is
/// moved aside, never deleted, and at no moment is there none.
///
/// # Errors
/// See [`CopyError`]. Until the last step the store is what it was.
pub fn restore(store: &Path, file: &Path, now: Timestamp) -> Result<Restored, CopyError> {
    let connection = connect(file)?;
    let schema = identify(&connection, file)?;
    if schema > SCHEMA {
        return Err(CopyError::Store(StoreError::TooNew {
            path: file.display().to_string(),
            found: schema,
            known: SCHEMA,
        }));
    }
    if same(store, file) {
        return Err(CopyError::Same(file.to_owned()));
    }
    intact(&connection, file)?;
    let _lock = lock::take(store)?;
    let incoming = beside(store, ".restoring");
    let _left_by_a_try_that_was_cut_short = fs::remove_file(&incoming);
    write(&connection, file, &incoming)?;
    let aside = put_aside(store, now)?;
    fs::rename(&incoming, store)
        .and_then(|()| sync_folder(store))
        .map_err(|cause| failed(store, cause))?;
    Ok(Restored { schema, aside })
}

/// A second name for the store that is there, with its log where it has one
/// that cannot be folded into it.
fn put_aside(store: &Path, now: Timestamp) -> Result<Option<PathBuf>, CopyError> {
    if !store.exists() {
        return Ok(None);
    }
    if is_database(store) {
        // One file remains. What cannot be folded in is kept beside it.
        let _damaged = Connection::open(store).and_then(|c| {
            c.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
        });
    }
    let aside = beside(
        store,
        &format!(".before-restore-{}", now.strftime("%Y%m%dT%H%M%S%3fZ")),
    );
    fs::hard_link(store, &aside)
        // Not every file system has second names.
        .or_else(|_| fs::copy(store, &aside).map(drop))
        .map_err(|cause| failed(&aside, cause))?;
    for suffix in ["-wal", "-shm"] {
        // A log that stays would be taken for that of the copy.
        match fs::rename(beside(store, suffix), beside(&aside, suffix)) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&aside, cause));
            }
            _ => {}
        }
    }
    Ok(Some(aside))
}

/// SQLite throws the log of a file away that is no database to it.
fn is_database(path: &Path) -> bool {
    let mut start = [0; 16];
    let read = File::open(path).and_then(|mut file| io::Read::read_exact(&mut file, &mut start));
    read.is_ok() && start == *b"SQLite format 3\0"
}

/// Writes one committed state to a new file, and reads it back.
fn write(connection: &Connection, from: &Path, to: &Path) -> Result<(), CopyError> {
    create_private(to)
        .and_then(|file| file.sync_all())
        .map_err(|cause| failed(to, cause))?;
    let name = to.to_str().ok_or_else(|| {
        failed(
            to,
            io::Error::new(io::ErrorKind::InvalidInput, "the name is not UTF-8"),
        )
    })?;
    connection
        .execute("VACUUM INTO ?1", [name])
        .map_err(|cause| refused(from, cause))?;
    let copy = connect(to)?;
    intact(&copy, to)?;
    drop(copy);
    // SQLite does not sync what VACUUM INTO writes.
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|cause| failed(to, cause))
}

fn connect(path: &Path) -> Result<Connection, CopyError> {
    if !path.exists() {
        return Err(CopyError::Missing(path.to_owned()));
    }
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|cause| refused(path, cause))
}

/// The schema of a store; anything else is refused.
fn identify(connection: &Connection, path: &Path) -> Result<i64, CopyError> {
    let ours: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('run', 'link', 'intent', 'claim')",
            [],
            |row| row.get(0),
        )
        .map_err(|cause| refused(path, cause))?;
    let schema = migrate::version(connection).map_err(|cause| refused(path, cause))?;
    if ours < 4 || schema < 1 {
        return Err(CopyError::Foreign(path.to_owned()));
    }
    Ok(schema)
}

fn intact(connection: &Connection, path: &Path) -> Result<(), CopyError> {
    let verdict: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|cause| refused(path, cause))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(CopyError::Damaged {
        path: path.to_owned(),
        why: verdict,
    })
}

fn refused(path: &Path, cause: rusqlite::Error) -> CopyError {
    let path = path.to_owned();
    match cause.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => CopyError::Foreign(path),
        Some(ErrorCode::DatabaseCorrupt) => CopyError::Damaged {
            path,
            why: cause.to_string(),
        },
        _ => CopyError::Database { path, cause },
    }
}

fn failed(path: &Path, cause: io::Error) -> CopyError {
    CopyError::File {
        path: path.to_owned(),
        cause,
    }
}

fn same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A rename is durable once the folder is.
#[cfg(unix)]
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
