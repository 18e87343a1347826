//! By what the resources of links are found (`link_key`): values of matching
//! attributes as the target showed them last, in its answer to our write or in a
//! listing.
//!
//! Most are written once, when the link comes into being, and never again. So each
//! link carries a number of all its keys, by which a listing sees that they are what
//! they were. And a key that its object claims (`claim`) is not written a second
//! time: where the target keeps names unique, that halves the work.

use purser_engine::{
    Digest,
    ids::{ObjectKey, ResourceType, TargetName},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::convert;
use crate::store::StoreError;

/// Whose keys they are, and at which target.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub target: &'a str,
    pub resource_type: &'a str,
    /// Mapping, kind and id of the link.
    pub link: [&'a str; 3],
}

/// What `link.keys` is for these, in whatever order they come.
pub(super) fn number(target: &str, resource_type: &str, keys: &[(String, String)]) -> i64 {
    let mut keys: Vec<_> = keys.iter().collect();
    keys.sort_unstable();
    let parts = keys
        .into_iter()
        .flat_map(|(attribute, value)| [attribute.as_str(), value.as_str()]);
    Digest::number_of_parts([target, resource_type].into_iter().chain(parts))
}

/// Writes the keys of a link that are not `claimed`. It has others `before`, unless
/// it is new. Whoever calls this writes their number to the link.
pub(super) fn replace(
    c: &Connection,
    found: Found<'_>,
    before: bool,
    keys: &[(String, String)],
    mut claimed: impl FnMut(&(String, String)) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    if before {
        forget(c, found.link)?;
    }
    let [mapping, kind, id] = found.link;
    let mut keep = c.prepare_cached(
        "INSERT OR IGNORE INTO link_key (target, resource_type, attribute, value, mapping, kind, id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for key in keys {
        if !claimed(key)? {
            let (attribute, value) = key;
            keep.execute(params![
                found.target,
                found.resource_type,
                attribute,
                value,
                mapping,
                kind,
                id
            ])?;
        }
    }
    Ok(())
}

/// The link ends: it is found by nothing any more.
pub(super) fn forget(c: &Connection, link: [&str; 3]) -> Result<(), StoreError> {
    c.prepare_cached("DELETE FROM link_key WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
        .execute(link)?;
    Ok(())
}

/// The link does not claim its value of an attribute any more: its resource may still
/// be found by that, which the next listing says.
pub(super) fn doubt(c: &Connection, link: [&str; 3], attribute: &str) -> Result<(), StoreError> {
    // The resource itself is claimed only until it is linked.
    if attribute == "id" {
        return Ok(());
    }
    c.prepare_cached(
        "UPDATE link SET keys = NULL, imprint = NULL WHERE mapping = ?1 AND kind = ?2 AND id = ?3",
    )?
    .execute(link)?;
    Ok(())
}

/// Whether the object of the link claims the key.
pub(super) fn claimed(
    c: &Connection,
    found: Found<'_>,
    (attribute, value): &(String, String),
) -> Result<bool, StoreError> {
    let [mapping, kind, id] = found.link;
    let one: Option<i64> = c
        .prepare_cached(
            "SELECT 1 FROM claim WHERE target = ?1 AND resource_type = ?2 AND attribute = ?3 AND value = ?4
               AND mapping = ?5 AND kind = ?6 AND id = ?7",
        )?
        .query_row(
            params![
                found.target,
                found.resource_type,
                attribute,
                value,
                mapping,
                kind,
                id
            ],
            |r| r.get(0),
        )
        .optional()?;
    Ok(one.is_some())
}

/// To whom resources belong that are found by an attribute and its case-folded
/// value: at most `limit` of them, and nobody whose resource is gone.
pub(super) fn owners(
    c: &Connection,
    target: &TargetName,
    resource_type: &ResourceType,
    (attribute, value): (&str, &str),
    limit: usize,
) -> Result<Vec<ObjectKey>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT l.kind, l.id, l.mapping FROM link_key k
         JOIN link l ON l.mapping = k.mapping AND l.kind = k.kind AND l.id = k.id
         WHERE k.target = ?1 AND k.resource_type = ?2 AND k.attribute = ?3 AND k.value = ?4 AND l.gone = 0
         UNION ALL
         SELECT l.kind, l.id, l.mapping FROM claim k
         JOIN link l ON l.mapping = k.mapping AND l.kind = k.kind AND l.id = k.id
         WHERE k.target = ?1 AND k.resource_type = ?2 AND k.attribute = ?3 AND k.value = ?4 AND l.gone = 0
         LIMIT ?5",
    )?;
    let mut rows = query.query(params![
        target.as_str(),
        resource_type.as_str(),
        attribute,
        value,
        2 * limit as i64
    ])?;
    let mut owners: Vec<(ObjectKey, String)> = Vec::new();
    while let Some(r) = rows.next()? {
        // Most are in one of the two tables only; one that came to claim its key later is in both.
        let owner = (convert::key(r.get(0)?, r.get(1)?), r.get(2)?);
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners.truncate(limit);
    Ok(owners.into_iter().map(|(key, _)| key).collect())
}
