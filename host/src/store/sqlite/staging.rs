//! What sources and targets show is stored page by page.

use jiff::Timestamp;
use purser_engine::{
    Digest,
    ids::{ObjectKey, ResourceType, RunId, SourceName, TargetName},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{convert, keys};
use crate::{
    source::Row,
    store::{Job, Listed, ListingCounts, StoreError},
};

/// Stores rows; answers those whose id this run had seen before (the first one
/// stands, because the first one may already have been planned).
pub(super) fn page(
    c: &Connection,
    source: &SourceName,
    run: RunId,
    rows: &[Row],
) -> Result<Vec<(u64, ObjectKey)>, StoreError> {
    let mut repeated = Vec::new();
    let mut known = c.prepare_cached(
        "SELECT seen_run, digest FROM source_object WHERE source = ?1 AND kind = ?2 AND id = ?3",
    )?;
    let mut seen = c.prepare_cached(
        "UPDATE source_object SET seen_run = ?4, position = ?5 WHERE source = ?1 AND kind = ?2 AND id = ?3",
    )?;
    let mut store = c.prepare_cached(
        "INSERT INTO source_object (source, kind, id, position, resource_type, digest, seen_run)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (source, kind, id) DO UPDATE SET
             position = excluded.position, resource_type = excluded.resource_type,
             digest = excluded.digest, seen_run = excluded.seen_run",
    )?;
    let mut keep = c.prepare_cached(
        "INSERT OR REPLACE INTO source_document (source, kind, id, document, problem) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for row in rows {
        let (kind, id) = (row.key.kind.as_str(), row.key.id.as_str());
        let before: Option<(i64, String)> = known
            .query_row(params![source.as_str(), kind, id], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()?;
        if before.as_ref().is_some_and(|(seen, _)| *seen == run.0) {
            repeated.push((row.position, row.key.clone()));
            continue;
        }
        let (document, problem) = match &row.content {
            Ok(object) => (Some(convert::json("a source object", object)?), None),
            Err(problem) => (None, Some(problem.as_str())),
        };
        let digest = Digest::of_parts([
            document.as_deref().unwrap_or_default(),
            problem.unwrap_or_default(),
        ]);
        if before.is_some_and(|(_, stored)| stored == digest.as_str()) {
            seen.execute(params![
                source.as_str(),
                kind,
                id,
                run.0,
                row.position as i64
            ])?;
            continue;
        }
        store.execute(params![
            source.as_str(),
            kind,
            id,
            row.position as i64,
            row.resource_type.as_str(),
            digest.as_str(),
            run.0
        ])?;
        keep.execute(params![source.as_str(), kind, id, document, problem])?;
    }
    Ok(repeated)
}

/// Stores a page of a target's listing. What this run has seen before is left as
/// it is, and not counted again: pages overlap.
pub(super) fn listing(
    c: &Connection,
    target: &TargetName,
    run: RunId,
    resource_type: &ResourceType,
    resources: &[Listed],
) -> Result<ListingCounts, StoreError> {
    let (target, resource_type) = (target.as_str(), resource_type.as_str());
    let mut counts = ListingCounts::default();
    let mut link = c.prepare_cached(
        "SELECT mapping, kind, id, observed, seen_run, keys FROM link
         WHERE target = ?1 AND resource_type = ?2 AND target_id = ?3 AND state <> 'ended'",
    )?;
    let mut confirm = c.prepare_cached(
        "UPDATE link SET seen_run = ?4, gone = 0, observed = coalesce(observed, ?5), drifted = ?6
         WHERE mapping = ?1 AND kind = ?2 AND id = ?3",
    )?;
    let mut rekey =
        c.prepare_cached("UPDATE link SET keys = ?4 WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?;
    let mut keep = c.prepare_cached(
        "INSERT INTO listed (target, resource_type, target_id, run, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (target, resource_type, target_id) DO UPDATE SET run = excluded.run, body = excluded.body
             WHERE listed.run < excluded.run",
    )?;
    let mut forget_keys = c.prepare_cached(
        "DELETE FROM listed_key WHERE target = ?1 AND resource_type = ?2 AND target_id = ?3",
    )?;
    let mut keep_key = c.prepare_cached(
        "INSERT OR IGNORE INTO listed_key (target, resource_type, attribute, value, target_id) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for listed in resources {
        let id = listed.id.as_str();
        let owner = link
            .query_row(params![target, resource_type, id], Owner::read)
            .optional()?;
        if let Some(owner) = owner {
            if owner.seen_run == run.0 {
                continue;
            }
            counts.fresh += 1;
            let Owner { link, observed, .. } = &owner;
            let [mapping, kind, object] = link.each_ref().map(String::as_str);
            let drifted = observed
                .as_ref()
                .is_some_and(|observed| observed != listed.observed.as_str());
            counts.drifted += u64::from(drifted);
            confirm.execute(params![
                mapping,
                kind,
                object,
                run.0,
                listed.observed.as_str(),
                drifted
            ])?;
            let number = keys::number(target, resource_type, &listed.keys);
            if owner.keys != Some(number) {
                let found = keys::Found {
                    target,
                    resource_type,
                    link: [mapping, kind, object],
                };
                keys::replace(c, found, true, &listed.keys, |key| {
                    keys::claimed(c, found, key)
                })?;
                rekey.execute(params![mapping, kind, object, number])?;
            }
            continue;
        }
        let kept = keep.execute(params![
            target,
            resource_type,
            id,
            run.0,
            convert::json("a listed resource", &listed.resource)?
        ])?;
        if kept == 0 {
            continue;
        }
        counts.fresh += 1;
        counts.unowned += 1;
        forget_keys.execute(params![target, resource_type, id])?;
        for (attribute, value) in &listed.keys {
            keep_key.execute(params![target, resource_type, attribute, value, id])?;
        }
    }
    Ok(counts)
}

/// Whose link a listed resource is, and what it was when it was seen last.
struct Owner {
    /// Mapping, kind and id.
    link: [String; 3],
    observed: Option<String>,
    seen_run: i64,
    keys: Option<i64>,
}

impl Owner {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            link: [row.get(0)?, row.get(1)?, row.get(2)?],
            observed: row.get(3)?,
            seen_run: row.get(4)?,
            keys: row.get(5)?,
        })
    }
}

/// A complete listing: what it did not show is gone, and so are stale copies,
/// unless it lacks more of what is linked than anybody would believe.
pub(super) fn finish_listing(
    c: &Connection,
    target: &TargetName,
    run: RunId,
    resource_type: &ResourceType,
    limit: u64,
    linked_until: Timestamp,
) -> Result<u64, StoreError> {
    let linked_until = convert::time(linked_until);
    let (target, resource_type) = (target.as_str(), resource_type.as_str());
    let missing: i64 = c.query_row(
        "SELECT count(*) FROM link
         WHERE target = ?1 AND resource_type = ?2 AND state <> 'ended' AND gone = 0 AND seen_run < ?3
           AND linked_at <= ?4",
        params![target, resource_type, run.0, linked_until],
        |r| r.get(0),
    )?;
    let missing = missing.unsigned_abs();
    if missing > limit {
        return Ok(missing);
    }
    if missing > 0 {
        c.execute(
            "UPDATE link SET gone = 1 WHERE target = ?1 AND resource_type = ?2 AND state <> 'ended' AND seen_run < ?3
               AND linked_at <= ?4",
            params![target, resource_type, run.0, linked_until],
        )?;
    }
    c.execute(
        "DELETE FROM listed_key WHERE target = ?1 AND resource_type = ?2 AND target_id IN
             (SELECT target_id FROM listed WHERE target = ?1 AND resource_type = ?2 AND run < ?3)",
        params![target, resource_type, run.0],
    )?;
    c.execute(
        "DELETE FROM listed WHERE target = ?1 AND resource_type = ?2 AND run < ?3",
        params![target, resource_type, run.0],
    )?;
    Ok(missing)
}

/// The target has said that a linked resource is gone; see [`finish_listing`] for one that is young.
pub(super) fn mark_gone(
    c: &Connection,
    job: &Job,
    linked_until: Timestamp,
) -> Result<bool, StoreError> {
    let marked = c.execute(
        "UPDATE link SET gone = 1 WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND state <> 'ended' AND linked_at <= ?4",
        params![
            job.mapping.as_str(),
            job.key.kind.as_str(),
            job.key.id.as_str(),
            convert::time(linked_until)
        ],
    )?;
    Ok(marked > 0)
}
