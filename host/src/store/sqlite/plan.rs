//! The plan of a run: stored row by row, then turned into jobs at once.

use jiff::Timestamp;
use purser_engine::ids::{Kind, MappingName, RunId};
use rusqlite::{Connection, params};

use super::{aside, convert, edges, runs, staging::rows::seen};
use crate::store::{Fate, PlannedRow, StoreError};

pub(super) fn save(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    rows: &[PlannedRow],
    at: Timestamp,
) -> Result<(), StoreError> {
    let mode: String = c
        .prepare_cached("SELECT mode FROM run WHERE id = ?1")?
        .query_row(params![run.0], |r| r.get(0))?;
    let simulated = mode == "plan";
    let mut approve = c.prepare_cached(
        "INSERT OR REPLACE INTO plan_row (run, kind, id, position, class, granted, leaving, creating)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for row in rows {
        let (kind, id) = (row.key.kind.as_str(), row.key.id.as_str());
        match &row.fate {
            Fate::Approved {
                grant,
                class,
                leaving,
                creating,
            } => {
                approve.execute(params![
                    run.0,
                    kind,
                    id,
                    row.position as i64,
                    class.number(),
                    convert::json("a grant", grant)?,
                    leaving,
                    creating
                ])?;
            }
            // A simulation leaves nothing behind.
            _ if simulated => {}
            Fate::Held {
                grant,
                effects,
                reason,
            } => {
                aside::hold(c, run, mapping, &row.key, grant, effects, reason, at)?;
            }
            Fate::Parked {
                situation,
                reason,
                waits_for,
            } => {
                aside::park(c, run, mapping, &row.key, *situation, reason, at)?;
                if let Some((resource_type, holder)) = waits_for {
                    aside::wait(c, mapping, &row.key, resource_type, holder)?;
                }
            }
            Fate::Suspended => aside::keep(c, run, mapping, &row.key)?,
            Fate::InStep => {}
        }
        let Some(edges) = &row.edges else { continue };
        // It writes none, wrote none before, and there is no input to be noted.
        if edges.is_empty() && row.input.is_none() && !edges::wanted_by(c, mapping, &row.key)? {
            continue;
        }
        c.prepare_cached(
            "INSERT OR REPLACE INTO edge_stage_writer (run, kind, id, input, reevaluate_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            run.0,
            kind,
            id,
            row.input.as_ref().map(purser_engine::Digest::as_str),
            row.reevaluate_at.map(convert::time)
        ])?;
        let mut stage = c.prepare_cached(
            "INSERT OR IGNORE INTO edge_stage (run, writer_kind, writer_id, group_kind, group_id, member_kind, member_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for edge in edges {
            stage.execute(params![
                run.0,
                kind,
                id,
                edge.group.kind.as_str(),
                edge.group.id.as_str(),
                edge.member.kind.as_str(),
                edge.member.id.as_str()
            ])?;
        }
    }
    Ok(())
}

/// One transaction: the staged memberships become the wanted ones, the leavers
/// lose theirs, and every approved row becomes a job.
pub(super) fn approve(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    at: Timestamp,
) -> Result<u64, StoreError> {
    let now = convert::time(at);
    // Before the staged memberships are applied: it compares with them.
    edges::enqueue_differing(c, run, mapping, &now)?;
    let mapping = mapping.as_str();
    c.execute(
        "DELETE FROM edge_want WHERE mapping = ?1
           AND (writer_kind, writer_id) IN (SELECT kind, id FROM edge_stage_writer WHERE run = ?2)",
        params![mapping, run.0],
    )?;
    c.execute(
        "INSERT OR IGNORE INTO edge_want (mapping, writer_kind, writer_id, group_kind, group_id, member_kind, member_id)
         SELECT ?1, writer_kind, writer_id, group_kind, group_id, member_kind, member_id FROM edge_stage WHERE run = ?2",
        params![mapping, run.0],
    )?;
    c.execute(
        "UPDATE link SET input = s.input, reevaluate_at = s.reevaluate_at FROM edge_stage_writer s
         WHERE s.run = ?2 AND s.input IS NOT NULL AND link.mapping = ?1 AND link.kind = s.kind AND link.id = s.id",
        params![mapping, run.0],
    )?;
    c.execute(
        "UPDATE link SET state = 'leaving' WHERE mapping = ?1 AND state = 'live'
           AND (kind, id) IN (SELECT kind, id FROM plan_row WHERE run = ?2 AND leaving = 1)",
        params![mapping, run.0],
    )?;
    let sweep = runs::SWEEP;
    let jobs = c.execute(
        &format!("INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before)
         SELECT ?1, kind, id, 'object', ?2, class, position, {sweep}, 'queued', 0, 0, ?3 FROM plan_row WHERE run = ?2
         -- A verification that an earlier run left undone reads the target and then does what is planned.
         ON CONFLICT (mapping, kind, id, task) DO UPDATE SET run = excluded.run, class = excluded.class,
             position = excluded.position, triggers = job.triggers || ' ' || excluded.triggers"),
        params![mapping, run.0, now],
    )?;
    for table in ["edge_stage", "edge_stage_writer", "plan_claim"] {
        c.execute(
            &format!("DELETE FROM {table} WHERE run = ?1"),
            params![run.0],
        )?;
    }
    Ok(jobs as u64)
}

/// Parked and held rows that the run did not confirm are over, but only those
/// that it looked at: what an incomplete enumeration did not show is as it was,
/// or a held deprovisioning would slip through the next fresh budget.
pub(super) fn clear_stale(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    complete: &[Kind],
) -> Result<(), StoreError> {
    let seen = seen("s", "?2");
    for table in ["parked", "held"] {
        c.execute(
            &format!(
                "DELETE FROM {table} WHERE mapping = ?1 AND run < ?2 AND EXISTS (
                     SELECT 1 FROM source_object s WHERE s.kind = {table}.kind AND s.id = {table}.id AND {seen})
                   AND NOT EXISTS (
                     -- Set aside for now: what was held before is not over by that.
                     SELECT 1 FROM parked p WHERE '{table}' = 'held' AND p.mapping = ?1
                       AND p.kind = {table}.kind AND p.id = {table}.id AND p.run = ?2)"
            ),
            params![mapping.as_str(), run.0],
        )?;
        for kind in complete {
            c.execute(
                &format!(
                    "DELETE FROM {table} WHERE mapping = ?1 AND run < ?2 AND kind = ?3 AND NOT EXISTS (
                         SELECT 1 FROM parked p WHERE '{table}' = 'held' AND p.mapping = ?1
                           AND p.kind = {table}.kind AND p.id = {table}.id AND p.run = ?2)"
                ),
                params![mapping.as_str(), run.0, kind.as_str()],
            )?;
        }
    }
    c.execute(
        "DELETE FROM waiter WHERE mapping = ?1 AND NOT EXISTS (
             SELECT 1 FROM parked p WHERE p.mapping = waiter.mapping AND p.kind = waiter.kind AND p.id = waiter.id)",
        params![mapping.as_str()],
    )?;
    Ok(())
}
