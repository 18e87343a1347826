//! Migrations, forward only, each in a transaction of its own.
//!
//! A new one:
//!
//! 1. `migrations/000N_name.sql`, and one line in [`MIGRATIONS`]. Never change
//!    one that was released.
//! 2. `host/tests/store_fixtures/000N.sql`: a store of that schema with rows
//!    in every table. The test of migrations opens each of them, and fails
//!    where one is missing.
//!
//! Before a store that holds something is migrated, a copy is put beside it
//! (`<store>.before-000N`): with the version of purser that wrote it, that copy
//! can be used on.

use std::path::Path;

use rusqlite::Connection;

use super::{copy, lock::beside, open::unusable};
use crate::store::StoreError;

const MIGRATIONS: [&str; 12] = [
    include_str!("migrations/0001_init.sql"),
    include_str!("migrations/0002_reevaluate.sql"),
    include_str!("migrations/0003_visibility.sql"),
    include_str!("migrations/0004_lease.sql"),
    include_str!("migrations/0005_narrow.sql"),
    include_str!("migrations/0006_suspension.sql"),
    include_str!("migrations/0007_link_key.sql"),
    include_str!("migrations/0008_imprint.sql"),
    include_str!("migrations/0009_directory.sql"),
    include_str!("migrations/0010_changed.sql"),
    include_str!("migrations/0011_token_mapping.sql"),
    include_str!("migrations/0012_schedule.sql"),
];

/// The schema that this version reads and writes.
pub const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// Brings the schema up to date; `PRAGMA user_version` counts what was applied.
pub(super) fn up(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection).map_err(|e| unusable(path, e))?;
    let failed = |why: String| StoreError::Open {
        path: path.display().to_string(),
        why,
    };
    if found > SCHEMA {
        return Err(StoreError::TooNew {
            path: path.display().to_string(),
            found,
            known: SCHEMA,
        });
    }
    if found == SCHEMA {
        return Ok(());
    }
    if found == 0 && !empty(connection)? {
        return Err(failed("it is another program's database".to_owned()));
    }
    if found > 0 {
        let aside = beside(path, &format!(".before-{:04}", found + 1));
        // One that is there holds the same schema, from a try that went wrong.
        copy::backup(path, &aside, true)
            .map_err(|e| failed(format!("no copy can be made before it is migrated: {e:#}")))?;
    }
    for (version, sql) in (1_i64..).zip(MIGRATIONS) {
        if version <= found {
            continue;
        }
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

/// How many migrations a store has seen.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn empty(connection: &Connection) -> Result<bool, StoreError> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0)
}
