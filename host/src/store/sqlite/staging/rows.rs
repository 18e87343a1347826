//! Rows of a source.
//!
//! Who was seen by which run is not written to each row, as most rows are the same
//! in every run. A row notes the run that wrote it last; `source_sweep` says of a
//! kind that whoever was seen `since` one run was seen `until` another, and who was
//! not is taken out of that by name ([`finish`]).

use std::collections::BTreeMap;

use purser_engine::{
    ids::{Kind, RunId, SourceName},
    imprint::{Imprint, Known, Places},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::remember;
use crate::store::{NewRow, StagedRows, StoreError};

/// So many rows are looked through at once.
const STRETCH: i64 = 10_000;

/// Whether the run `run` (a parameter, or an expression) or a later one has seen the
/// row of source_object that is called `s`, in SQL.
pub(in crate::store::sqlite) fn seen(s: &str, run: &str) -> String {
    format!(
        "({s}.seen_run >= {run} OR EXISTS (
             SELECT 1 FROM source_sweep w WHERE w.source = {s}.source AND w.kind = {s}.kind
               AND w.until >= {run} AND {s}.seen_run >= w.since))"
    )
}

/// What `source_sweep` says of the kinds of a source.
pub(in crate::store::sqlite) struct Sweeps(BTreeMap<String, Sweep>);

#[derive(Clone, Copy)]
struct Sweep {
    since: i64,
    until: i64,
}

impl Sweeps {
    pub(in crate::store::sqlite) fn of(
        c: &Connection,
        source: &SourceName,
    ) -> Result<Self, StoreError> {
        let mut query =
            c.prepare_cached("SELECT kind, since, until FROM source_sweep WHERE source = ?1")?;
        let rows = query.query_map(params![source.as_str()], |r| {
            let (since, until) = (r.get(1)?, r.get(2)?);
            Ok((r.get(0)?, Sweep { since, until }))
        })?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    /// The last run that has read each kind as a whole.
    pub(in crate::store::sqlite) fn last(&self) -> BTreeMap<Kind, RunId> {
        self.0
            .iter()
            .map(|(kind, sweep)| (Kind::new(kind.clone()), RunId(sweep.until)))
            .collect()
    }

    /// The last run that has seen a row that notes `seen_run`.
    pub(in crate::store::sqlite) fn last_seen(&self, kind: &str, seen_run: i64) -> RunId {
        RunId(match self.0.get(kind) {
            Some(sweep) if seen_run >= sweep.since => seen_run.max(sweep.until),
            _ => seen_run,
        })
    }

    /// What a row notes at least that `run` or a later one has seen.
    pub(in crate::store::sqlite) fn seen_from(&self, kind: &Kind, run: RunId) -> i64 {
        match self.0.get(kind.as_str()) {
            Some(sweep) if sweep.until >= run.0 => sweep.since.min(run.0),
            _ => run.0,
        }
    }

    /// What a row notes at least that counts as seen until now; none before the kind
    /// was read for the first time.
    fn since(&self, kind: &Kind) -> Option<i64> {
        self.0.get(kind.as_str()).map(|sweep| sweep.since)
    }
}

/// What stood at `count` places after `after` when the kind was read last.
pub(super) fn known(
    c: &Connection,
    source: &SourceName,
    kind: &Kind,
    after: u64,
    count: usize,
) -> Result<Known, StoreError> {
    let mut known = Known::new("", after + 1, count);
    let Some(since) = Sweeps::of(c, source)?.since(kind) else {
        return Ok(known);
    };
    let mut query = c.prepare_cached(
        "SELECT position, imprint FROM source_object
         WHERE source = ?1 AND kind = ?2 AND position > ?3 AND position <= ?4 AND seen_run >= ?5",
    )?;
    let stretch = params![
        source.as_str(),
        kind.as_str(),
        after as i64,
        (after + count as u64) as i64,
        since
    ];
    remember(query.query(stretch)?, &mut known)?;
    Ok(known)
}

/// What is stored of a row.
struct Before {
    position: u64,
    digest: String,
    seen_run: i64,
}

/// Stores rows. In the order of the source: of two with one id the first one stands.
pub(super) fn page(
    c: &Connection,
    source: &SourceName,
    run: RunId,
    rows: &[NewRow],
    same: &Places,
) -> Result<StagedRows, StoreError> {
    let mut staged = StagedRows::default();
    let Some(first) = rows.first() else {
        return Ok(staged);
    };
    let since = Sweeps::of(c, source)?
        .since(&first.key.kind)
        .unwrap_or(i64::MAX);
    let last = rows.last().map_or(0, |row| row.position);
    let mut known = c.prepare_cached(
        "SELECT position, digest, seen_run FROM source_object WHERE source = ?1 AND kind = ?2 AND id = ?3",
    )?;
    let mut confirm = c.prepare_cached(
        "UPDATE source_object SET seen_run = ?4, position = ?5, imprint = ?6 WHERE source = ?1 AND kind = ?2 AND id = ?3",
    )?;
    let mut store = c.prepare_cached(
        "INSERT INTO source_object (source, kind, id, position, resource_type, digest, seen_run, imprint)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (source, kind, id) DO UPDATE SET
             position = excluded.position, resource_type = excluded.resource_type,
             digest = excluded.digest, seen_run = excluded.seen_run, imprint = excluded.imprint",
    )?;
    let mut keep = c.prepare_cached(
        "INSERT OR REPLACE INTO source_document (source, kind, id, document, problem) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for row in rows {
        let (kind, id) = (row.key.kind.as_str(), row.key.id.as_str());
        let before = known
            .query_row(params![source.as_str(), kind, id], |r| {
                Ok(Before {
                    position: r.get::<_, i64>(0)?.unsigned_abs(),
                    digest: r.get(1)?,
                    seen_run: r.get(2)?,
                })
            })
            .optional()?;
        if let Some(before) = &before {
            let stood = before.seen_run >= since && same.contains(before.position);
            if before.seen_run == run.0 || (stood && before.position < row.position) {
                staged.repeated.push((row.position, row.key.clone()));
                continue;
            }
            if stood {
                // It came first here, and once more where it stood.
                staged.repeated.push((before.position, row.key.clone()));
            } else if before.seen_run >= since && before.position > last {
                staged.moved.push((before.position, row.key.clone()));
            }
        }
        let digest = row.digest.as_str();
        let imprint = row.imprint.as_ref().map(Imprint::as_bytes);
        if before.is_some_and(|before| before.digest == digest) {
            confirm.execute(params![
                source.as_str(),
                kind,
                id,
                run.0,
                row.position as i64,
                imprint
            ])?;
            continue;
        }
        store.execute(params![
            source.as_str(),
            kind,
            id,
            row.position as i64,
            row.resource_type.as_str(),
            digest,
            run.0,
            imprint
        ])?;
        let (document, problem) = (row.content.as_ref().ok(), row.content.as_ref().err());
        keep.execute(params![source.as_str(), kind, id, document, problem])?;
    }
    Ok(staged)
}

/// The kind was read: those that count as seen until now, were not written by this
/// run, and stand at none of the places, were not seen by it.
pub(super) fn finish(
    c: &Connection,
    source: &SourceName,
    kind: &Kind,
    run: RunId,
    same: &Places,
) -> Result<(), StoreError> {
    let (source_name, kind_name) = (source.as_str(), kind.as_str());
    let since = match Sweeps::of(c, source)?.since(kind) {
        // What is older than the first reading was not seen by it.
        None => run.0,
        Some(since) => {
            forget_unseen(c, [source_name, kind_name], since, run, same)?;
            since
        }
    };
    c.execute(
        "INSERT INTO source_sweep (source, kind, since, until) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (source, kind) DO UPDATE SET until = excluded.until",
        params![source_name, kind_name, since, run.0],
    )?;
    Ok(())
}

fn forget_unseen(
    c: &Connection,
    [source, kind]: [&str; 2],
    since: i64,
    run: RunId,
    same: &Places,
) -> Result<(), StoreError> {
    let mut rows = c.prepare_cached(
        "SELECT id, position FROM source_object
         WHERE source = ?1 AND kind = ?2 AND id > ?3 AND seen_run >= ?4 AND seen_run < ?5 ORDER BY id LIMIT ?6",
    )?;
    let mut forget = c.prepare_cached(
        "UPDATE source_object SET seen_run = ?4 WHERE source = ?1 AND kind = ?2 AND id = ?3",
    )?;
    let mut after = Some(String::new());
    while let Some(from) = after.take() {
        let mut unseen: Vec<String> = Vec::new();
        let mut stretch = rows.query(params![source, kind, from, since, run.0, STRETCH])?;
        let mut count = 0;
        while let Some(row) = stretch.next()? {
            count += 1;
            if !same.contains(row.get::<_, i64>(1)?.unsigned_abs()) {
                unseen.push(row.get(0)?);
            }
            if count == STRETCH {
                after = Some(row.get(0)?);
            }
        }
        for id in unseen {
            forget.execute(params![source, kind, id, since - 1])?;
        }
    }
    Ok(())
}
