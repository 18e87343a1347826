//! Since when a mapping has its schedule, and when it has run last.

use jiff::Timestamp;
use purser_engine::ids::MappingName;
use rusqlite::{Connection, OptionalExtension, params};

use super::convert;
use crate::store::{Scheduled, StoreError};

pub(super) fn scheduled(
    c: &Connection,
    mapping: &MappingName,
    expression: &str,
    now: Timestamp,
) -> Result<Scheduled, StoreError> {
    // Where nothing is new, nothing is written.
    c.prepare_cached(
        "INSERT INTO schedule (mapping, expression, since) VALUES (?1, ?2, ?3)
         ON CONFLICT (mapping) DO UPDATE SET expression = excluded.expression, since = excluded.since
             WHERE schedule.expression <> excluded.expression",
    )?
    .execute(params![mapping.as_str(), expression, convert::time(now)])?;
    let since: String = c
        .prepare_cached("SELECT since FROM schedule WHERE mapping = ?1")?
        .query_row([mapping.as_str()], |r| r.get(0))?;
    let last: Option<String> = c
        .prepare_cached(
            "SELECT started_at FROM run WHERE mapping = ?1 AND mode = 'run' ORDER BY id DESC LIMIT 1",
        )?
        .query_row([mapping.as_str()], |r| r.get(0))
        .optional()?;
    Ok(Scheduled {
        since: convert::from_time(&since)?,
        last_run: last.map(|text| convert::from_time(&text)).transpose()?,
    })
}
