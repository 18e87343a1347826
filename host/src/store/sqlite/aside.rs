//! Objects set aside: parked with a reason, waiting for a value, held for a person.

use jiff::Timestamp;
use purser_engine::{
    failsafe::Grant,
    ids::{MappingName, ObjectKey, ResourceType, RunId},
    situation::Situation,
};
use rusqlite::{Connection, params};

use super::{convert, edges, jobs};
use crate::store::{Holder, StoreError};

/// Sets an object aside; since when stays as it was while the reason is the same.
pub(super) fn park(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    object: &ObjectKey,
    situation: Situation,
    reason: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    c.prepare_cached(
        "INSERT INTO parked (mapping, kind, id, position, situation, reason, since, run)
         VALUES (?1, ?2, ?3, (SELECT coalesce(max(position), 0) FROM source_object WHERE kind = ?2 AND id = ?3), ?4, ?5, ?6, ?7)
         ON CONFLICT (mapping, kind, id) DO UPDATE SET position = excluded.position, situation = excluded.situation,
             since = CASE WHEN parked.reason = excluded.reason THEN parked.since ELSE excluded.since END,
             reason = excluded.reason, run = excluded.run",
    )?
    .execute(params![
        mapping.as_str(),
        object.kind.as_str(),
        object.id.as_str(),
        situation.word(),
        reason,
        convert::time(at),
        run.0
    ])?;
    Ok(())
}

/// An object that nobody decided about stays as it is: parked or held, where it was that.
pub(super) fn keep(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    object: &ObjectKey,
) -> Result<(), StoreError> {
    for table in ["parked", "held"] {
        c.prepare_cached(&format!(
            "UPDATE {table} SET run = ?4 WHERE mapping = ?1 AND kind = ?2 AND id = ?3"
        ))?
        .execute(params![
            mapping.as_str(),
            object.kind.as_str(),
            object.id.as_str(),
            run.0
        ])?;
    }
    Ok(())
}

/// Remembers for which value a parked object waits; it is woken when that is freed.
pub(super) fn wait(
    c: &Connection,
    mapping: &MappingName,
    object: &ObjectKey,
    resource_type: &ResourceType,
    holder: &Holder,
) -> Result<(), StoreError> {
    c.prepare_cached(
        "INSERT OR IGNORE INTO waiter (target, resource_type, attribute, value, mapping, kind, id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        holder.target.as_str(),
        resource_type.as_str(),
        holder.attribute,
        holder.value,
        mapping.as_str(),
        object.kind.as_str(),
        object.id.as_str()
    ])?;
    Ok(())
}

/// Holds a change for a person; since when stays as it was while the change is the same.
#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub(super) fn hold(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    object: &ObjectKey,
    grant: &Grant,
    effects: &str,
    reason: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    c.prepare_cached(
        "INSERT INTO held (mapping, kind, id, granted, effects, reason, since, run) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (mapping, kind, id) DO UPDATE SET
             since = CASE WHEN held.granted = excluded.granted THEN held.since ELSE excluded.since END,
             granted = excluded.granted, effects = excluded.effects, reason = excluded.reason, run = excluded.run",
    )?
    .execute(params![
        mapping.as_str(),
        object.kind.as_str(),
        object.id.as_str(),
        convert::json("a grant", grant)?,
        effects,
        reason,
        convert::time(at),
        run.0
    ])?;
    // Whoever is held keeps everything, also what an earlier run began to take away.
    let back = c
        .prepare_cached(
            "UPDATE link SET state = 'live' WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND state = 'leaving'",
        )?
        .execute([mapping.as_str(), object.kind.as_str(), object.id.as_str()])?;
    if back > 0 {
        let groups = edges::groups_touched_by(c, mapping, object)?;
        jobs::wake_groups(c, run, mapping, &groups, jobs::WOKEN, at)?;
    }
    Ok(())
}
