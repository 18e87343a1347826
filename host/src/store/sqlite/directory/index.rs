//! By which values entries are found, where the configuration says so anew.

use rusqlite::{Connection, OptionalExtension, params};

use super::write;
use crate::store::{EntryId, Key, Place, StoreError};

pub(super) fn attributes(c: &Connection, place: &Place) -> Result<Option<String>, StoreError> {
    Ok(
        c.prepare_cached("SELECT attributes FROM entry_index WHERE tenant = ?1 AND type = ?2")?
            .query_row(params![place.tenant.0, place.resource_type], |r| r.get(0))
            .optional()?,
    )
}

pub(super) fn begin(c: &Connection, place: &Place) -> Result<(), StoreError> {
    for table in ["entry_index", "entry_value"] {
        let delete = format!("DELETE FROM {table} WHERE tenant = ?1 AND type = ?2");
        c.prepare_cached(&delete)?
            .execute(params![place.tenant.0, place.resource_type])?;
    }
    Ok(())
}

pub(super) fn add(
    c: &Connection,
    place: &Place,
    keys: &[(EntryId, Vec<Key>)],
) -> Result<(), StoreError> {
    for (entry, keys) in keys {
        for key in keys {
            write::add_key(c, place, key, *entry)?;
        }
    }
    Ok(())
}

pub(super) fn end(c: &Connection, place: &Place, attributes: &str) -> Result<(), StoreError> {
    c.prepare_cached("INSERT OR REPLACE INTO entry_index VALUES (?1, ?2, ?3)")?
        .execute(params![place.tenant.0, place.resource_type, attributes])?;
    Ok(())
}
