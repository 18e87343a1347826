//! Pages of a target's listing.
//!
//! A link whose resource came as it was, at the place where it was, is not written:
//! its imprint says so as long as nothing about it changes. Whatever writes to a
//! link what a listing is compared with takes the imprint away.

use jiff::Timestamp;
use purser_engine::{
    ids::{ResourceType, RunId, TargetName},
    imprint::{Imprint, Known, Places},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    super::{convert, keys},
    remember,
};
use crate::store::{Job, Listed, ListingCounts, StagedListing, StoreError};

/// What stood at `count` places from `first` on when they were read last.
pub(super) fn known(
    c: &Connection,
    target: &TargetName,
    resource_type: &ResourceType,
    mut known: Known,
    first: u64,
    count: usize,
) -> Result<Known, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT place, imprint FROM link
         WHERE target = ?1 AND resource_type = ?2 AND place >= ?3 AND place < ?4",
    )?;
    let stretch = params![
        target.as_str(),
        resource_type.as_str(),
        first as i64,
        (first + count as u64) as i64
    ];
    remember(query.query(stretch)?, &mut known)?;
    Ok(known)
}

/// Stores a page of a target's listing. What this run has seen before is left as
/// it is, and not counted again: pages overlap.
pub(super) fn page(
    c: &Connection,
    target: &TargetName,
    run: RunId,
    resource_type: &ResourceType,
    resources: &[Listed],
    same: &Places,
) -> Result<StagedListing, StoreError> {
    let (target, resource_type) = (target.as_str(), resource_type.as_str());
    let last = resources.last().map_or(0, |listed| listed.place);
    let mut counts = ListingCounts::default();
    let mut moved = Vec::new();
    let mut link = c.prepare_cached(
        "SELECT mapping, kind, id, observed, seen_run, keys, place, imprint IS NOT NULL FROM link
         WHERE target = ?1 AND resource_type = ?2 AND target_id = ?3 AND state <> 'ended'",
    )?;
    let mut confirm = c.prepare_cached(
        "UPDATE link SET seen_run = ?4, gone = 0, observed = coalesce(observed, ?5), drifted = ?6, place = ?7, imprint = ?8
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
            let stood = owner.place.filter(|place| same.contains(*place));
            if owner.seen_run == run.0 || stood.is_some() {
                continue;
            }
            moved.extend(owner.place.filter(|place| *place > last));
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
                drifted,
                listed.place as i64,
                // What the other side changed is counted in each run, so it is read in each.
                listed
                    .imprint
                    .as_ref()
                    .filter(|_| !drifted)
                    .map(Imprint::as_bytes)
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
    Ok(StagedListing { counts, moved })
}

/// Whose link a listed resource is, and what it was when it was seen last.
struct Owner {
    /// Mapping, kind and id.
    link: [String; 3],
    observed: Option<String>,
    seen_run: i64,
    keys: Option<i64>,
    /// Where it stood when it was read last, where it may stand there unread.
    place: Option<u64>,
}

impl Owner {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let unread = row.get(7)?;
        Ok(Self {
            link: [row.get(0)?, row.get(1)?, row.get(2)?],
            observed: row.get(3)?,
            seen_run: row.get(4)?,
            keys: row.get(5)?,
            place: row
                .get::<_, Option<i64>>(6)?
                .filter(|_| unread)
                .map(i64::unsigned_abs),
        })
    }
}

/// A complete listing: what it did not show is gone, and so are stale copies,
/// unless it lacks more of what is linked than anybody would believe.
pub(super) fn finish(
    c: &Connection,
    target: &TargetName,
    run: RunId,
    resource_type: &ResourceType,
    limit: u64,
    linked_until: Timestamp,
    same: &Places,
) -> Result<u64, StoreError> {
    let linked_until = convert::time(linked_until);
    let (target, resource_type) = (target.as_str(), resource_type.as_str());
    let unseen = unseen(c, [target, resource_type, &linked_until], run, limit, same)?;
    let missing = unseen.0;
    if missing > limit {
        return Ok(missing);
    }
    let mut mark = c.prepare_cached(
        "UPDATE link SET gone = 1, imprint = NULL WHERE mapping = ?1 AND kind = ?2 AND id = ?3",
    )?;
    for link in &unseen.1 {
        mark.execute(link.each_ref().map(String::as_str))?;
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
pub(in crate::store::sqlite) fn mark_gone(
    c: &Connection,
    job: &Job,
    linked_until: Timestamp,
) -> Result<bool, StoreError> {
    let marked = c.execute(
        "UPDATE link SET gone = 1, imprint = NULL WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND state <> 'ended' AND linked_at <= ?4",
        params![
            job.mapping.as_str(),
            job.key.kind.as_str(),
            job.key.id.as_str(),
            convert::time(linked_until)
        ],
    )?;
    Ok(marked > 0)
}

/// How many links the listing did not show, and which: mapping, kind and id. All of
/// them where these are no more than `limit`.
fn unseen(
    c: &Connection,
    [target, resource_type, linked_until]: [&str; 3],
    run: RunId,
    limit: u64,
    same: &Places,
) -> Result<(u64, Vec<[String; 3]>), StoreError> {
    let mut query = c.prepare_cached(
        "SELECT mapping, kind, id, place, imprint IS NOT NULL FROM link
         WHERE target = ?1 AND resource_type = ?2 AND state <> 'ended' AND gone = 0 AND seen_run < ?3
           AND linked_at <= ?4",
    )?;
    let mut rows = query.query(params![target, resource_type, run.0, linked_until])?;
    let (mut missing, mut links) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        let place: Option<i64> = row.get(3)?;
        let unread = row.get(4)?;
        if place.is_some_and(|place| unread && same.contains(place.unsigned_abs())) {
            continue;
        }
        missing += 1;
        if missing <= limit {
            links.push([row.get(0)?, row.get(1)?, row.get(2)?]);
        }
    }
    Ok((missing, links))
}
