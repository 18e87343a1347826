//! Migrations, forward only, each in a transaction of its own.
//!
//! A new one: `migrations/000N_name.sql`, one line in [`MIGRATIONS`]. Never
//! change one that was released.

use std::path::Path;

use rusqlite::Connection;

use crate::store::StoreError;

const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_init.sql")];

/// Brings the schema up to date; `PRAGMA user_version` counts what was applied.
pub(super) fn up(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(StoreError::TooNew {
            path: path.display().to_string(),
            found,
            known,
        });
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
