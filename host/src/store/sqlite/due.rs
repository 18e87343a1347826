//! Objects that are to be mapped again at a time, although nothing else about
//! them changes. Found by the index `link_due`, never by a scan.

use jiff::Timestamp;
use purser_engine::ids::{MappingName, RunId, SourceName};
use rusqlite::{Connection, params};

use super::convert;
use crate::store::{Class, Settlement, StoreError};

/// The first of them. Whoever leaves is not mapped any more.
const NEXT: &str = "SELECT min(reevaluate_at) FROM link
    WHERE mapping = ?1 AND reevaluate_at IS NOT NULL AND state = 'live'";

/// Every one whose time has come; `?2` is now, `?3` the run, `?4` the source, `?5` the class.
const ENQUEUE: &str = "
    INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before)
    SELECT l.mapping, l.kind, l.id, 'object', ?3, ?5, coalesce(s.position, 0), 'reevaluate', 'queued', 0, 0, ?2
    FROM link l LEFT JOIN source_object s ON s.source = ?4 AND s.kind = l.kind AND s.id = l.id
    WHERE l.mapping = ?1 AND l.reevaluate_at <= ?2 AND l.state = 'live'
    ON CONFLICT (mapping, kind, id, task) DO UPDATE SET
        run = excluded.run,
        triggers = CASE WHEN instr(job.triggers, 'reevaluate') > 0 THEN job.triggers
                        ELSE job.triggers || ' reevaluate' END,
        again = CASE WHEN job.state = 'running' THEN 1 ELSE 0 END,
        not_before = min(job.not_before, excluded.not_before)";

pub(super) fn next(c: &Connection, mapping: &MappingName) -> Result<Option<Timestamp>, StoreError> {
    let first: Option<String> = c
        .prepare_cached(NEXT)?
        .query_row([mapping.as_str()], |r| r.get(0))?;
    first.map(|text| convert::from_time(&text)).transpose()
}

pub(super) fn enqueue(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    source: &SourceName,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let queued = c.prepare_cached(ENQUEUE)?.execute(params![
        mapping.as_str(),
        convert::time(now),
        run.0,
        source.as_str(),
        Class::User.number()
    ])?;
    Ok(queued as u64)
}

/// The time has come, and the object is not brought into step: it was held,
/// parked or left alone. It is not due any more, or it would come back at every
/// tick; instead every sweep maps it again, until it is in step.
pub(super) fn over(c: &Connection, s: &Settlement) -> Result<(), StoreError> {
    c.prepare_cached(
        "UPDATE link SET reevaluate_at = NULL, input = NULL
         WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND reevaluate_at <= ?4",
    )?
    .execute(params![
        s.job.mapping.as_str(),
        s.job.key.kind.as_str(),
        s.job.key.id.as_str(),
        convert::time(s.at)
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::store::sqlite::migrate;

    #[test]
    fn due_objects_are_found_by_their_index() {
        let mut c = Connection::open_in_memory().unwrap();
        migrate::up(&mut c, Path::new("memory")).unwrap();
        for sql in [NEXT, ENQUEUE] {
            let mut explain = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let nothing = vec![rusqlite::types::Null; explain.parameter_count()];
            let plan: Vec<String> = explain
                .query_map(rusqlite::params_from_iter(nothing), |r| r.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert!(
                plan.iter().any(|step| step.contains("INDEX link_due")),
                "{plan:?}"
            );
            assert!(
                !plan.iter().any(|step| step.starts_with("SCAN")),
                "{plan:?}"
            );
        }
    }
}
