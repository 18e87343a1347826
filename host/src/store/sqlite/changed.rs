//! What has changed in the directory, or at a site that says so.

use async_trait::async_trait;
use jiff::Timestamp;
use purser_engine::{
    effect::Effect,
    ids::{MappingName, ObjectKey, RunId},
};
use rusqlite::{Connection, params};

use super::{SqliteStore, convert, directory::waiting};
use crate::{
    failpoint::Step,
    store::{Changed, Changes, ECHO, Feed, StoreError, ToDo},
};

/// Why a row or a job is there: by somebody, or by the site behind the mapping's target.
const CHANGED: &str = "changed";

/// Closings by jobs that nobody asked for; the conditions are those of the index.
const CLOSED: &str = "SELECT coalesce(sum(instr(effects, 'deactivate') > 0), 0), coalesce(sum(instr(effects, 'delete') > 0), 0)
    FROM audit WHERE mapping = ?1 AND at >= ?2
    AND (instr(triggers, 'changed') > 0 OR instr(triggers, 'echo') > 0)
    AND (instr(effects, 'deactivate') > 0 OR instr(effects, 'delete') > 0)";

/// Takes down that an object has changed, for each mapping that it feeds.
pub(super) fn note(
    c: &Connection,
    feeds: &[Feed],
    resource_type: &str,
    id: &str,
) -> Result<(), StoreError> {
    for feed in feeds {
        if feed.resource_type.as_str() == resource_type {
            let cause = if feed.echo { ECHO } else { CHANGED };
            note_one(c, &feed.mapping, feed.kind.as_str(), id, cause)?;
        }
    }
    Ok(())
}

/// Takes down that an object of a site has changed: somebody who may say so has said it.
pub(super) fn note_event(
    c: &Connection,
    mapping: &MappingName,
    key: &ObjectKey,
) -> Result<(), StoreError> {
    note_one(c, mapping, key.kind.as_str(), key.id.as_str(), CHANGED)
}

fn note_one(
    c: &Connection,
    mapping: &MappingName,
    kind: &str,
    id: &str,
    cause: &str,
) -> Result<(), StoreError> {
    c.prepare_cached(
        "INSERT INTO changed (mapping, kind, id, seq, causes)
             VALUES (?1, ?2, ?3, coalesce((SELECT max(seq) FROM changed WHERE mapping = ?1), 0) + 1, ?4)
             ON CONFLICT (mapping, kind, id) DO UPDATE SET
                 seq = excluded.seq,
                 causes = CASE WHEN instr(changed.causes, excluded.causes) > 0 THEN changed.causes
                               ELSE changed.causes || ' ' || excluded.causes END",
    )?
    .execute(params![mapping.as_str(), kind, id, cause])?;
    Ok(())
}

#[async_trait]
impl Changes for SqliteStore {
    async fn changed(
        &self,
        mapping: &MappingName,
        limit: usize,
    ) -> Result<Vec<Changed>, StoreError> {
        let mapping = mapping.clone();
        self.readers.run(move |c| first(c, &mapping, limit)).await
    }

    async fn changed_until(&self, mapping: &MappingName) -> Result<u64, StoreError> {
        let mapping = mapping.clone();
        self.readers
            .run(move |c| {
                let last: Option<i64> = c
                    .prepare_cached("SELECT max(seq) FROM changed WHERE mapping = ?1")?
                    .query_row([mapping.as_str()], |r| r.get(0))?;
                Ok(last.unwrap_or_default().unsigned_abs())
            })
            .await
    }

    async fn forget_changed(&self, mapping: &MappingName, until: u64) -> Result<(), StoreError> {
        let mapping = mapping.clone();
        self.writer
            .run(Step::ForgetChanged, move |c| {
                // What somebody waits for is left to a run that knows of it.
                c.prepare_cached(
                    "DELETE FROM changed WHERE mapping = ?1 AND seq <= ?2 AND NOT EXISTS (
                         SELECT 1 FROM waiting w WHERE w.mapping = changed.mapping AND w.kind = changed.kind
                            AND w.id = changed.id AND w.verdict IS NULL AND w.run IS NULL)",
                )?
                    .execute(params![mapping.as_str(), until as i64])?;
                Ok(())
            })
            .await
    }

    async fn enqueue_changed(
        &self,
        run: RunId,
        mapping: &MappingName,
        jobs: Vec<ToDo>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mapping = mapping.clone();
        self.writer
            .run(Step::Enqueue, move |c| {
                waiting::seen(c, run.0, mapping.as_str(), &jobs)?;
                jobs.iter().try_for_each(|job| {
                    let cause = if job.echo { ECHO } else { CHANGED };
                    super::jobs::enqueue(c, run, &mapping, &job.key, job.class, cause, at)
                })
            })
            .await
    }

    async fn closed_since(
        &self,
        mapping: &MappingName,
        since: Timestamp,
    ) -> Result<Vec<(Effect, u64)>, StoreError> {
        let mapping = mapping.clone();
        self.readers.run(move |c| closed(c, &mapping, since)).await
    }
}

fn first(c: &Connection, mapping: &MappingName, limit: usize) -> Result<Vec<Changed>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT kind, id, seq, causes FROM changed WHERE mapping = ?1 ORDER BY seq LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = query.query_map(params![mapping.as_str(), limit], |r| {
        Ok(Changed {
            key: convert::key(r.get(0)?, r.get(1)?),
            seq: r.get::<_, i64>(2)?.unsigned_abs(),
            echo: r.get::<_, String>(3)? == ECHO,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn closed(
    c: &Connection,
    mapping: &MappingName,
    since: Timestamp,
) -> Result<Vec<(Effect, u64)>, StoreError> {
    let counted: (u64, u64) = c.prepare_cached(CLOSED)?.query_row(
        params![mapping.as_str(), convert::time(since)],
        |r| {
            Ok((
                r.get::<_, i64>(0)?.unsigned_abs(),
                r.get::<_, i64>(1)?.unsigned_abs(),
            ))
        },
    )?;
    Ok(vec![
        (Effect::Deactivate, counted.0),
        (Effect::Delete, counted.1),
    ])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::store::sqlite::migrate;

    #[test]
    fn what_was_closed_lately_is_found_by_its_index() {
        let mut c = Connection::open_in_memory().unwrap();
        migrate::up(&mut c, Path::new("memory")).unwrap();
        let mut explain = c.prepare(&format!("EXPLAIN QUERY PLAN {CLOSED}")).unwrap();
        let plan: Vec<String> = explain
            .query_map(["people", "2026"], |r| r.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let by_index = |step: &String| step.contains("INDEX audit_closed");
        assert!(plan.iter().all(by_index), "{plan:?}");
    }
}
