//! Runs begin and end.

use jiff::Timestamp;
use purser_engine::{
    ids::{MappingName, RunId},
    operation::Trigger,
};
use rusqlite::{Connection, params};

use super::convert;
use crate::store::{RunMode, RunState, StoreError};

/// In SQL: what asks for the jobs of a sweep. `?2` is its run.
pub(super) const SWEEP: &str = "(SELECT CASE asked_by WHEN 'scheduled' THEN 'scheduled' ELSE 'sweep' END FROM run WHERE id = ?2)";

pub(super) fn start(
    c: &Connection,
    mapping: &MappingName,
    mode: RunMode,
    asked_by: Trigger,
    at: Timestamp,
) -> Result<RunId, StoreError> {
    let now = convert::time(at);
    // What an interrupted run staged or queued is planned anew. Only intents
    // and verifications outlive it: they say what is ours, and what is in doubt.
    let stale = "SELECT id FROM run WHERE mapping = ?1";
    for table in ["plan_row", "plan_claim", "edge_stage", "edge_stage_writer"] {
        c.execute(
            &format!("DELETE FROM {table} WHERE run IN ({stale})"),
            params![mapping.as_str()],
        )?;
    }
    if matches!(mode, RunMode::Plan | RunMode::Run) {
        c.execute(
            "DELETE FROM job WHERE mapping = ?1 AND verify = 0",
            params![mapping.as_str()],
        )?;
    }
    c.execute(
        "UPDATE run SET state = 'interrupted', ended_at = ?2 WHERE mapping = ?1 AND state = 'running'",
        params![mapping.as_str(), now],
    )?;
    // Nothing of an earlier run is on its way to the target any more.
    c.execute(
        "UPDATE intent SET lost_at = ?2 WHERE mapping = ?1 AND lost_at IS NULL",
        params![mapping.as_str(), now],
    )?;
    c.execute(
        "INSERT INTO run (mapping, mode, state, asked_by, started_at) VALUES (?1, ?2, 'running', ?3, ?4)",
        params![mapping.as_str(), convert::mode(mode), asked_by.word(), now],
    )?;
    let run = RunId(c.last_insert_rowid());
    if mode == RunMode::Run {
        c.execute(
            "UPDATE job SET run = ?2, state = 'queued', again = 0, attempt = 0, not_before = ?3 WHERE mapping = ?1",
            params![mapping.as_str(), run.0, now],
        )?;
    }
    Ok(run)
}

pub(super) fn end(
    c: &Connection,
    run: RunId,
    state: RunState,
    at: Timestamp,
    summary: &serde_json::Value,
) -> Result<(), StoreError> {
    c.execute(
        "UPDATE run SET state = ?2, ended_at = ?3, summary = ?4 WHERE id = ?1",
        params![
            run.0,
            convert::state(state),
            convert::time(at),
            summary.to_string()
        ],
    )?;
    Ok(())
}
