//! The audit, read; and runs that were cut short.

use purser_engine::ids::{MappingName, ObjectKey, RunId};
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::convert;
use crate::store::{CutShort, LogFrom, LogQuery, LogRow, RunMode, StoreError};

/// What `query` allows, as a condition with its parameters.
fn condition(query: &LogQuery) -> (String, Vec<Box<dyn ToSql>>) {
    let mut parts: Vec<(&str, Box<dyn ToSql>)> = Vec::new();
    if let Some(mapping) = &query.mapping {
        parts.push(("mapping =", Box::new(mapping.as_str().to_owned())));
    }
    if let Some(object) = &query.object {
        parts.push(("kind =", Box::new(object.kind.as_str().to_owned())));
        parts.push(("id =", Box::new(object.id.as_str().to_owned())));
    }
    if let Some(run) = query.run {
        parts.push(("run =", Box::new(run.0)));
    }
    if let Some(since) = query.since {
        parts.push(("at >=", Box::new(convert::time(since))));
    }
    let text = parts
        .iter()
        .map(|(column, _)| format!(" AND {column} ?"))
        .collect();
    (text, parts.into_iter().map(|(_, value)| value).collect())
}

pub(super) fn page(
    c: &Connection,
    query: &LogQuery,
    from: LogFrom,
    limit: u64,
) -> Result<Vec<LogRow>, StoreError> {
    let (condition, values) = condition(query);
    let values = || rusqlite::params_from_iter(values.iter());
    let after = match from {
        LogFrom::After(seq) => seq,
        LogFrom::Last(0) => return Ok(Vec::new()),
        LogFrom::Last(n) => {
            // The line before the first that is wanted; without one, all are.
            let first: Option<i64> = c
                .prepare_cached(&format!(
                    "SELECT seq FROM audit WHERE seq > 0{condition} ORDER BY seq DESC LIMIT 1 OFFSET {n}"
                ))?
                .query_row(values(), |r| r.get(0))
                .optional()?;
            first.unwrap_or(0)
        }
    };
    let mut select = c.prepare_cached(&format!(
        "SELECT seq, at, run, mapping, kind, id, target_id, situation, effects, detail, triggers FROM audit
         WHERE seq > {after}{condition} ORDER BY seq LIMIT {limit}"
    ))?;
    let mut rows = select.query(values())?;
    let mut page = Vec::new();
    while let Some(r) = rows.next()? {
        page.push(LogRow {
            seq: r.get(0)?,
            at: r.get(1)?,
            run: r.get(2)?,
            mapping: r.get(3)?,
            object: convert::key(r.get(4)?, r.get(5)?).to_string(),
            target_id: r.get(6)?,
            situation: r.get(7)?,
            effects: r.get(8)?,
            detail: convert::from_json("a line of the audit", &r.get::<_, String>(9)?)?,
            triggers: r.get(10)?,
        });
    }
    Ok(page)
}

pub(super) fn cut_short(
    c: &Connection,
    mapping: &MappingName,
) -> Result<Option<CutShort>, StoreError> {
    let last: Option<(i64, String, String, String, String)> = c
        .query_row(
            "SELECT id, mode, state, started_at, asked_by FROM run WHERE mapping = ?1 ORDER BY id DESC LIMIT 1",
            params![mapping.as_str()],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)),
        )
        .optional()?;
    let Some((run, mode, state, since, asked_by)) = last else {
        return Ok(None);
    };
    if state != "running" && state != "interrupted" {
        return Ok(None);
    }
    let mode = match mode.as_str() {
        "plan" => RunMode::Plan,
        "run" => RunMode::Run,
        "due" => RunMode::Due,
        "verify" => RunMode::Verify,
        "changed" => RunMode::Changed,
        _ => RunMode::Sync,
    };
    let trigger = if mode == RunMode::Verify {
        "verify"
    } else {
        "manual"
    };
    let asked_for = c
        .prepare(
            "SELECT kind, id FROM job WHERE mapping = ?1 AND run = ?2 AND task = 'object'
                 AND instr(triggers, ?3) > 0 ORDER BY position, kind, id LIMIT 2",
        )?
        .query_map(params![mapping.as_str(), run, trigger], |r| {
            Ok(convert::key(r.get(0)?, r.get(1)?))
        })?
        .collect::<Result<Vec<ObjectKey>, _>>()?;
    Ok(Some(CutShort {
        run: RunId(run),
        mode,
        asked_by: convert::from_trigger(&asked_by)?,
        since,
        asked_for,
    }))
}
