//! What a person wants to know about a mapping.

use std::collections::BTreeMap;

use purser_engine::ids::MappingName;
use rusqlite::{Connection, params};

use super::{convert, suspension};
use crate::store::{HeldRow, ParkedRow, RunRow, Status, StoreError, Suspension};

pub(super) fn status(c: &Connection, mapping: &MappingName) -> Result<Status, StoreError> {
    let name = params![mapping.as_str()];
    let mut links: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    let mut query = c.prepare(
        "SELECT resource_type, origin, count(*) FROM link WHERE mapping = ?1 AND state <> 'ended' GROUP BY 1, 2",
    )?;
    let mut rows = query.query(name)?;
    while let Some(r) = rows.next()? {
        links
            .entry(r.get(0)?)
            .or_default()
            .insert(r.get(1)?, r.get::<_, i64>(2)?.unsigned_abs());
    }
    let parked = c
        .prepare("SELECT kind, id, position, situation, reason, since FROM parked WHERE mapping = ?1 ORDER BY kind, position, id")?
        .query_map(name, |r| {
            Ok((
                convert::key(r.get(0)?, r.get(1)?).to_string(),
                r.get::<_, i64>(2)?.unsigned_abs(),
                r.get::<_, String>(3)?,
                r.get(4)?,
                r.get(5)?,
            ))
        })?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|(object, position, situation, reason, since)| {
            Ok(ParkedRow {
                object,
                position,
                situation: convert::from_json("a situation", &format!("\"{situation}\""))?,
                reason,
                since,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let held = c
        .prepare("SELECT kind, id, effects, reason, since FROM held WHERE mapping = ?1 ORDER BY kind, id")?
        .query_map(name, |r| {
            Ok(HeldRow {
                object: convert::key(r.get(0)?, r.get(1)?).to_string(),
                effects: r.get(2)?,
                reason: r.get(3)?,
                since: r.get(4)?,
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let jobs = c
        .prepare("SELECT task, count(*) FROM job WHERE mapping = ?1 GROUP BY 1")?
        .query_map(name, |r| {
            Ok((r.get(0)?, r.get::<_, i64>(1)?.unsigned_abs()))
        })?
        .collect::<Result<BTreeMap<String, u64>, _>>()?;
    let runs = c
        .prepare("SELECT id, mode, state, started_at, ended_at, summary, asked_by FROM run WHERE mapping = ?1 ORDER BY id DESC LIMIT 10")?
        .query_map(name, |r| {
            Ok(RunRow {
                id: r.get(0)?,
                mode: r.get(1)?,
                state: r.get(2)?,
                started_at: r.get(3)?,
                ended_at: r.get(4)?,
                summary: r.get::<_, Option<String>>(5)?.and_then(|text| serde_json::from_str(&text).ok()),
                asked_by: r.get(6)?,
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Status {
        links,
        memberships: count(c, "edge_have", mapping)?,
        parked,
        held,
        suspended: suspension::read(c, mapping)?
            .as_ref()
            .and_then(Suspension::row),
        jobs,
        open_intents: count(c, "intent", mapping)?,
        runs,
    })
}

fn count(c: &Connection, table: &str, mapping: &MappingName) -> Result<u64, StoreError> {
    let n: i64 = c.query_row(
        &format!("SELECT count(*) FROM {table} WHERE mapping = ?1"),
        params![mapping.as_str()],
        |r| r.get(0),
    )?;
    Ok(n.unsigned_abs())
}
