//! Objects with all that a decision about them needs.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use purser_engine::{
    Digest,
    ids::{MappingName, ObjectKey, ResourceType, SourceName, TargetId},
    object::SourceObject,
};
use purser_scim::Resource;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use super::{convert, lately::Lately, staging::rows::Sweeps};
use crate::store::{Candidate, LinkRow, OpenIntent, Scan, Scanned, Standing, StoreError};

/// The columns that [`candidate`] reads; `s` is source_object, `l` link, `w` what was
/// written, `i` intent, `h` held.
const COLUMNS: &str = "s.kind, s.id, s.position, s.resource_type, s.digest, s.seen_run,
    l.resource_type, l.target_id, l.origin, l.state, l.gone, w.written, l.input, coalesce(i.lost_at, i.begun_at), i.keys, h.granted,
    l.reevaluate_at, l.observed";

const JOINS: &str =
    "LEFT JOIN link l ON l.mapping = ?1 AND l.kind = s.kind AND l.id = s.id AND l.state <> 'ended'
    LEFT JOIN link_written w ON w.mapping = l.mapping AND w.kind = l.kind AND w.id = l.id
    LEFT JOIN intent i ON i.mapping = ?1 AND i.kind = s.kind AND i.id = s.id
    LEFT JOIN held h ON h.mapping = ?1 AND h.kind = s.kind AND h.id = s.id";

/// The same columns from the link's side; `?1` is the mapping, `?2` the source.
const FROM_LINK: &str = "SELECT l.kind, l.id, coalesce(s.position, 0), l.resource_type,
        coalesce(s.digest, ''), coalesce(s.seen_run, 0), l.resource_type, l.target_id, l.origin, l.state, l.gone,
        w.written, l.input, coalesce(i.lost_at, i.begun_at), i.keys, h.granted, l.reevaluate_at, l.observed
    FROM link l
    LEFT JOIN source_object s ON s.source = ?2 AND s.kind = l.kind AND s.id = l.id
    LEFT JOIN link_written w ON w.mapping = l.mapping AND w.kind = l.kind AND w.id = l.id
    LEFT JOIN intent i ON i.mapping = ?1 AND i.kind = l.kind AND i.id = l.id
    LEFT JOIN held h ON h.mapping = ?1 AND h.kind = l.kind AND h.id = l.id";

/// So many objects are walked over in one go, at most: a question that takes long
/// keeps the log from being folded into the file.
const WALKED: usize = 20_000;

/// The next objects that the run has seen, in source order. Most of them are in
/// step: of these only the narrow rows are looked at.
pub(super) fn next(
    c: &Connection,
    lately: &Lately,
    scan: &Scan,
    after: u64,
    limit: usize,
) -> Result<Scanned, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT s.id, s.position, s.digest, l.state = 'live' AND l.gone = 0, l.input, l.reevaluate_at
         FROM source_object s
         LEFT JOIN link l ON l.mapping = ?1 AND l.kind = s.kind AND l.id = s.id AND l.state <> 'ended'
         WHERE s.source = ?2 AND s.kind = ?3 AND s.position > ?4 AND s.seen_run >= ?5
         ORDER BY s.position LIMIT ?6",
    )?;
    let mut rows = query.query(params![
        scan.mapping.as_str(),
        scan.source.as_str(),
        scan.kind.as_str(),
        after as i64,
        Sweeps::of(c, &scan.source)?.seen_from(&scan.kind, scan.run),
        WALKED as i64
    ])?;
    let mut scanned = Scanned::default();
    let (mut walked, mut keys) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        walked += 1;
        if in_step(row, scan)? {
            scanned.in_step += 1;
        } else {
            keys.push(convert::key(scan.kind.to_string(), row.get(0)?));
        }
        if walked == WALKED || keys.len() == limit {
            scanned.next = Some(row.get::<_, i64>(1)?.unsigned_abs());
            break;
        }
    }
    scanned.candidates = by_key(c, lately, &scan.mapping, &scan.source, &keys)?;
    Ok(scanned)
}

/// By the columns of [`next`].
fn in_step(row: &Row<'_>, scan: &Scan) -> Result<bool, StoreError> {
    let standing = standing(row, 3)?;
    let digest = Digest::from_stored(row.get::<_, String>(2)?);
    Ok(standing.in_step(&digest, &scan.fingerprint, scan.now))
}

/// What a link says, by three columns from `first` on: whether it is live, its input,
/// and when it is to be mapped again.
pub(super) fn standing<'r>(row: &'r Row<'_>, first: usize) -> Result<Standing<'r>, StoreError> {
    Ok(Standing {
        live: row.get::<_, Option<bool>>(first)?.unwrap_or_default(),
        input: text(row, first + 1)?,
        reevaluate_at: text(row, first + 2)?.map(convert::from_time).transpose()?,
    })
}

pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, StoreError> {
    let value = row.get_ref(column)?.as_str_or_null();
    Ok(value.map_err(rusqlite::Error::from)?)
}

/// The next linked objects that the run has not seen. An object may be linked
/// although its source row is gone; then the link alone speaks for it.
pub(super) fn missing(
    c: &Connection,
    lately: &Lately,
    scan: &Scan,
    after: Option<&ObjectKey>,
    limit: usize,
) -> Result<Vec<Candidate>, StoreError> {
    let mut reading = Reading::of(c, lately, &scan.source)?;
    let mut query = c.prepare_cached(&format!(
        "{FROM_LINK}
         WHERE l.mapping = ?1 AND l.kind = ?3 AND l.id > ?4 AND l.state <> 'ended' AND coalesce(s.seen_run, 0) < ?5
         ORDER BY l.id LIMIT ?6"
    ))?;
    let rows = query.query(params![
        scan.mapping.as_str(),
        scan.source.as_str(),
        scan.kind.as_str(),
        after.map_or("", |key| key.id.as_str()),
        reading.sweeps.seen_from(&scan.kind, scan.run),
        limit as i64
    ])?;
    reading.all(rows)
}

/// Objects of the kind that the run has not seen, that have no link, and whose
/// create was begun: something of ours may stand at the target.
pub(super) fn unfinished(
    c: &Connection,
    lately: &Lately,
    scan: &Scan,
) -> Result<Vec<Candidate>, StoreError> {
    let mut reading = Reading::of(c, lately, &scan.source)?;
    let mut query = c.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM source_object s {JOINS}
         WHERE s.source = ?2 AND s.kind = ?3 AND s.seen_run < ?4 AND i.run IS NOT NULL AND l.target_id IS NULL
         ORDER BY s.position"
    ))?;
    let rows = query.query(params![
        scan.mapping.as_str(),
        scan.source.as_str(),
        scan.kind.as_str(),
        reading.sweeps.seen_from(&scan.kind, scan.run)
    ])?;
    reading.all(rows)
}

/// The same for given objects, in the order asked. Where the source never
/// showed one (it was renamed, say), its link speaks for it.
pub(super) fn by_key(
    c: &Connection,
    lately: &Lately,
    mapping: &MappingName,
    source: &SourceName,
    keys: &[ObjectKey],
) -> Result<Vec<Candidate>, StoreError> {
    let mut query = c.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM source_object s {JOINS} WHERE s.source = ?2 AND s.kind = ?3 AND s.id = ?4"
    ))?;
    let mut by_link = c.prepare_cached(&format!(
        "{FROM_LINK} WHERE l.mapping = ?1 AND l.kind = ?3 AND l.id = ?4 AND l.state <> 'ended'"
    ))?;
    let mut reading = Reading::of(c, lately, source)?;
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        let asked = params![
            mapping.as_str(),
            source.as_str(),
            key.kind.as_str(),
            key.id.as_str()
        ];
        let mut one = reading.all(query.query(asked)?)?;
        if one.is_empty() {
            one = reading.all(by_link.query(asked)?)?;
        }
        found.append(&mut one);
    }
    Ok(found)
}

/// What rows are read with: what the source said of its objects, and when.
struct Reading<'c> {
    sweeps: Sweeps,
    lately: &'c Lately,
    source: &'c SourceName,
    stored: CachedStatement<'c>,
}

impl<'c> Reading<'c> {
    fn of(
        c: &'c Connection,
        lately: &'c Lately,
        source: &'c SourceName,
    ) -> Result<Self, StoreError> {
        let stored = c.prepare_cached(
            "SELECT document, problem FROM source_document WHERE source = ?1 AND kind = ?2 AND id = ?3",
        )?;
        Ok(Self {
            sweeps: Sweeps::of(c, source)?,
            lately,
            source,
            stored,
        })
    }

    fn all(&mut self, mut rows: rusqlite::Rows<'_>) -> Result<Vec<Candidate>, StoreError> {
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(candidate(row, self)?);
        }
        Ok(found)
    }

    /// The object, or what is wrong with its content.
    fn content(
        &mut self,
        key: &ObjectKey,
        digest: &Digest,
    ) -> Result<Result<Arc<SourceObject>, String>, StoreError> {
        if let Some(object) = self.lately.get(digest) {
            return Ok(Ok(object));
        }
        let asked = [self.source.as_str(), key.kind.as_str(), key.id.as_str()];
        let mut rows = self.stored.query(asked)?;
        // There is none of an object that only its link speaks for.
        let Some(row) = rows.next()? else {
            return Ok(Err(String::new()));
        };
        Ok(match row.get::<_, Option<String>>(0)? {
            Some(text) => Ok(Arc::new(convert::from_json("a source object", &text)?)),
            None => Err(row.get::<_, Option<String>>(1)?.unwrap_or_default()),
        })
    }
}

fn candidate(row: &Row<'_>, reading: &mut Reading<'_>) -> Result<Candidate, StoreError> {
    let key = convert::key(row.get(0)?, row.get(1)?);
    let digest = Digest::from_stored(row.get::<_, String>(4)?);
    let content = reading.content(&key, &digest)?;
    let link_type: Option<String> = row.get(6)?;
    let link = match link_type {
        None => None,
        Some(_) => Some(LinkRow {
            target_id: TargetId::new(row.get::<_, String>(7)?),
            origin: convert::from_origin(&row.get::<_, String>(8)?)?,
            leaving: row.get::<_, String>(9)? == "leaving",
            left: row.get::<_, String>(9)? == "left",
            gone: row.get(10)?,
            written: convert::from_json::<Resource>("a projection", &row.get::<_, String>(11)?)?,
            observed: row.get::<_, Option<String>>(17)?.map(Digest::from_stored),
            input: row.get::<_, Option<String>>(12)?.map(Digest::from_stored),
            reevaluate_at: row
                .get::<_, Option<String>>(16)?
                .map(|text| convert::from_time(&text))
                .transpose()?,
        }),
    };
    let held = match row.get::<_, Option<String>>(15)? {
        Some(text) => Some(convert::from_json("a held change", &text)?),
        None => None,
    };
    let open_intent = match row.get::<_, Option<String>>(13)? {
        Some(sent_until) => Some(OpenIntent {
            sent_until: convert::from_time(&sent_until)?,
            keys: convert::from_json("an intent", &row.get::<_, String>(14)?)?,
        }),
        None => None,
    };
    Ok(Candidate {
        position: row.get::<_, i64>(2)?.unsigned_abs(),
        resource_type: ResourceType::new(row.get::<_, String>(3)?),
        content,
        digest,
        last_seen: reading.sweeps.last_seen(key.kind.as_str(), row.get(5)?),
        key,
        link,
        open_intent,
        held,
    })
}

/// Until when creates were sent whose answers are unknown.
pub(super) fn sent_until(
    c: &Connection,
    mapping: &MappingName,
) -> Result<Option<Timestamp>, StoreError> {
    let latest: Option<String> = c
        .prepare_cached("SELECT max(coalesce(lost_at, begun_at)) FROM intent WHERE mapping = ?1")?
        .query_row(params![mapping.as_str()], |r| r.get(0))?;
    latest.map(|text| convert::from_time(&text)).transpose()
}

/// Target ids of those that have a link.
pub(super) fn target_ids(
    c: &Connection,
    mapping: &MappingName,
    keys: &[ObjectKey],
) -> Result<BTreeMap<ObjectKey, TargetId>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT target_id FROM link WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND state <> 'ended' AND gone = 0",
    )?;
    let mut found = BTreeMap::new();
    for key in keys {
        let id: Option<String> = query
            .query_row(
                params![mapping.as_str(), key.kind.as_str(), key.id.as_str()],
                |r| r.get(0),
            )
            .optional()?;
        if let Some(id) = id {
            found.insert(key.clone(), TargetId::new(id));
        }
    }
    Ok(found)
}
