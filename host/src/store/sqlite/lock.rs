//! One process works on a store at a time.
//!
//! The kernel's lock on `<store>.lock` is the truth: it ends with the process,
//! however that ends. The number written into the file is only for people.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use crate::store::StoreError;

/// The path with something appended to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Takes the exclusive lock; it is held for as long as the answer lives.
pub(super) fn take(path: &Path) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| StoreError::Open {
        path: path.display().to_string(),
        why: error.to_string(),
    };
    let mut lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(beside(path, ".lock"))
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {
            // Whoever finds the store taken is told by whom; that it could not
            // be written down is no reason not to work.
            let _for_people_only = lock
                .set_len(0)
                .and_then(|()| lock.seek(SeekFrom::Start(0)))
                .and_then(|_| writeln!(lock, "{}", std::process::id()));
            Ok(lock)
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _for_people_only = lock.read_to_string(&mut text);
            Err(StoreError::Busy {
                path: path.display().to_string(),
                process: text.trim().parse().ok(),
            })
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
