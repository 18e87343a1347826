//! Linked objects are to be verified: one job for each, and one for the members
//! of each group that has some.

use jiff::Timestamp;
use purser_engine::ids::{MappingName, ObjectKey, RunId, SourceName};
use rusqlite::{Connection, params};

use super::convert;
use crate::store::{Class, StoreError};

/// `?1` mapping, `?2` run, `?3` source, `?4` now, `?5` the class of accounts, `?6` of other objects.
const OBJECTS: &str = "
    INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before, verify)
    SELECT l.mapping, l.kind, l.id, 'object', ?2, CASE l.resource_type WHEN 'User' THEN ?5 ELSE ?6 END,
        coalesce(s.position, 0), 'verify', 'queued', 0, 0, ?4, 1
    FROM link l LEFT JOIN source_object s ON s.source = ?3 AND s.kind = l.kind AND s.id = l.id
    WHERE l.mapping = ?1 AND l.state <> 'ended'";

/// `?1` mapping, `?2` run, `?3` source, `?4` now, `?5` the class of memberships.
const MEMBERS: &str = "
    INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before, verify)
    SELECT l.mapping, l.kind, l.id, 'members', ?2, ?5, coalesce(s.position, 0), 'verify', 'queued', 0, 0, ?4, 1
    FROM link l LEFT JOIN source_object s ON s.source = ?3 AND s.kind = l.kind AND s.id = l.id
    WHERE l.mapping = ?1 AND l.state = 'live'
      AND EXISTS (SELECT 1 FROM edge_have h WHERE h.mapping = l.mapping AND h.group_kind = l.kind AND h.group_id = l.id)";

/// A job that is there already takes the verification in.
const MERGE: &str = "
    ON CONFLICT (mapping, kind, id, task) DO UPDATE SET
        run = excluded.run,
        triggers = CASE WHEN instr(job.triggers, 'verify') > 0 THEN job.triggers ELSE job.triggers || ' verify' END,
        again = CASE WHEN job.state = 'running' THEN 1 ELSE 0 END,
        not_before = min(job.not_before, excluded.not_before),
        verify = 1";

pub(super) fn enqueue(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    source: &SourceName,
    only: Option<&ObjectKey>,
    at: Timestamp,
) -> Result<u64, StoreError> {
    let (kind, id) = match only {
        Some(key) => (Some(key.kind.as_str()), Some(key.id.as_str())),
        None => (None, None),
    };
    // By the key of the table where there is one object: the rest is not looked at.
    let chosen = |place: u8| match only {
        Some(_) => format!(" AND l.kind = ?{place} AND l.id = ?{}", place + 1),
        // Named all the same, so that both have as many parameters.
        None => format!(" AND ?{place} IS NULL AND ?{} IS NULL", place + 1),
    };
    let (mapping, source, now) = (mapping.as_str(), source.as_str(), convert::time(at));
    let objects = c
        .prepare_cached(&format!("{OBJECTS}{}{MERGE}", chosen(7)))?
        .execute(params![
            mapping,
            run.0,
            source,
            now,
            Class::User.number(),
            Class::Other.number(),
            kind,
            id
        ])?;
    c.prepare_cached(&format!("{MEMBERS}{}{MERGE}", chosen(6)))?
        .execute(params![
            mapping,
            run.0,
            source,
            now,
            Class::Members.number(),
            kind,
            id
        ])?;
    Ok(objects as u64)
}
