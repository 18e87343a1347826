//! The plan of a run: stored row by row, then turned into jobs at once.

use jiff::Timestamp;
use purser_engine::ids::{MappingName, RunId};
use rusqlite::{Connection, params};

use super::{convert, settle};
use crate::store::{Class, Fate, PlannedRow, StoreError};

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
            Fate::Approved { grant, class, leaving, creating } => {
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
            Fate::Held { grant, effects, reason } => {
                settle::hold(c, run, mapping, &row.key, grant, effects, reason, at)?;
            }
            Fate::Parked { situation, reason, waits_for } => {
                settle::park(c, run, mapping, &row.key, *situation, reason, at)?;
                if let Some((resource_type, holder)) = waits_for {
                    settle::wait(c, run, mapping, &row.key, resource_type, holder)?;
                }
            }
            Fate::InStep => {}
        }
        let Some(edges) = &row.edges else { continue };
        c.prepare_cached("INSERT OR REPLACE INTO edge_stage_writer (run, kind, id, input) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![run.0, kind, id, row.input.as_ref().map(purser_engine::Digest::as_str)])?;
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
pub(super) fn approve(c: &Connection, run: RunId, mapping: &MappingName, at: Timestamp) -> Result<u64, StoreError> {
    let (mapping, now) = (mapping.as_str(), convert::time(at));
    let members_job = |groups: &str| {
        format!(
            "INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before)
             SELECT ?1, group_kind, group_id, 'members', ?2, {}, 0, 'sweep', 'queued', 0, 0, ?3 FROM ({groups}) WHERE true
             ON CONFLICT DO NOTHING",
            Class::Members.number()
        )
    };
    // Groups whose wanted members differ from before.
    let (before, after) = (
        "SELECT w.group_kind, w.group_id, w.member_kind, w.member_id, w.writer_kind, w.writer_id FROM edge_want w
         JOIN edge_stage_writer s ON s.run = ?2 AND s.kind = w.writer_kind AND s.id = w.writer_id WHERE w.mapping = ?1",
        "SELECT group_kind, group_id, member_kind, member_id, writer_kind, writer_id FROM edge_stage WHERE run = ?2",
    );
    c.execute(
        &members_job(&format!(
            "SELECT DISTINCT group_kind, group_id FROM (
                 SELECT * FROM ({before} EXCEPT {after}) UNION SELECT * FROM ({after} EXCEPT {before}))"
        )),
        params![mapping, run.0, now],
    )?;
    c.execute(
        "DELETE FROM edge_want WHERE mapping = ?1 AND EXISTS (
             SELECT 1 FROM edge_stage_writer s WHERE s.run = ?2 AND s.kind = writer_kind AND s.id = writer_id)",
        params![mapping, run.0],
    )?;
    c.execute(
        "INSERT OR IGNORE INTO edge_want (mapping, writer_kind, writer_id, group_kind, group_id, member_kind, member_id)
         SELECT ?1, writer_kind, writer_id, group_kind, group_id, member_kind, member_id FROM edge_stage WHERE run = ?2",
        params![mapping, run.0],
    )?;
    c.execute(
        "UPDATE link SET input = s.input FROM edge_stage_writer s
         WHERE s.run = ?2 AND s.input IS NOT NULL AND link.mapping = ?1 AND link.kind = s.kind AND link.id = s.id",
        params![mapping, run.0],
    )?;
    c.execute(
        "UPDATE link SET state = 'leaving' WHERE mapping = ?1 AND state = 'live' AND EXISTS (
             SELECT 1 FROM plan_row p WHERE p.run = ?2 AND p.kind = link.kind AND p.id = link.id AND p.leaving = 1)",
        params![mapping, run.0],
    )?;
    c.execute(
        &members_job(
            "SELECT DISTINCT h.group_kind, h.group_id FROM edge_have h
             JOIN plan_row p ON p.run = ?2 AND p.kind = h.member_kind AND p.id = h.member_id AND p.leaving = 1
             WHERE h.mapping = ?1",
        ),
        params![mapping, run.0, now],
    )?;
    let jobs = c.execute(
        "INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before)
         SELECT ?1, kind, id, 'object', ?2, class, position, 'sweep', 'queued', 0, 0, ?3 FROM plan_row WHERE run = ?2
         ON CONFLICT DO NOTHING",
        params![mapping, run.0, now],
    )?;
    for table in ["edge_stage", "edge_stage_writer", "plan_claim"] {
        c.execute(&format!("DELETE FROM {table} WHERE run = ?1"), params![run.0])?;
    }
    Ok(jobs as u64)
}

/// Parked and held rows that the run did not confirm are over.
pub(super) fn clear_stale(c: &Connection, run: RunId, mapping: &MappingName) -> Result<(), StoreError> {
    for table in ["parked", "held"] {
        c.execute(
            &format!("DELETE FROM {table} WHERE mapping = ?1 AND run < ?2"),
            params![mapping.as_str(), run.0],
        )?;
    }
    c.execute(
        "DELETE FROM waiter WHERE mapping = ?1 AND NOT EXISTS (
             SELECT 1 FROM parked p WHERE p.mapping = waiter.mapping AND p.kind = waiter.kind AND p.id = waiter.id)",
        params![mapping.as_str()],
    )?;
    Ok(())
}
