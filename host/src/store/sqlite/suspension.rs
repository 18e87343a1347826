//! Components that keep failing: one row a mapping.

use std::sync::Arc;

use purser_engine::ids::MappingName;
use rusqlite::{Connection, OptionalExtension, params};

use super::convert;
use crate::store::{AskedBatch, Job, StoreError, Suspension};

/// What is known against the component of a mapping.
pub(super) fn read(
    c: &Connection,
    mapping: &MappingName,
) -> Result<Option<Suspension>, StoreError> {
    let row = c
        .prepare_cached(
            "SELECT component, failures, since, until, reason FROM suspension WHERE mapping = ?1",
        )?
        .query_row([mapping.as_str()], |r| {
            Ok((
                r.get(0)?,
                r.get(1)?,
                r.get::<_, String>(2)?,
                r.get::<_, Option<String>>(3)?,
                r.get(4)?,
            ))
        })
        .optional()?;
    row.map(|(component, failures, since, until, reason)| {
        Ok(Suspension {
            component,
            failures,
            since: convert::from_time(&since)?,
            until: until.map(|text| convert::from_time(&text)).transpose()?,
            reason,
        })
    })
    .transpose()
}

/// A batch counts. Answers what is known after it.
pub(super) fn asked(
    c: &Connection,
    mapping: &MappingName,
    batch: &AskedBatch,
) -> Result<Option<Suspension>, StoreError> {
    let after = Suspension::after(read(c, mapping)?, batch);
    match &after {
        None => {
            c.prepare_cached("DELETE FROM suspension WHERE mapping = ?1")?
                .execute([mapping.as_str()])?;
        }
        Some(known) => {
            c.prepare_cached(
                "INSERT OR REPLACE INTO suspension (mapping, component, failures, since, until, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                mapping.as_str(),
                known.component,
                known.failures,
                convert::time(known.since),
                known.until.map(convert::time),
                known.reason
            ])?;
        }
    }
    Ok(after)
}

/// Jobs that cannot be done before the component is asked again wait for a later
/// run, as those of a run that was cut short do: no run has the number 0.
pub(super) fn postpone(c: &Connection, jobs: &[Arc<Job>]) -> Result<(), StoreError> {
    let mut postpone = c.prepare_cached(
        "UPDATE job SET run = 0, state = 'queued', again = 0
         WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4 AND state = 'running' AND fence = ?5",
    )?;
    for job in jobs {
        postpone.execute(params![
            job.mapping.as_str(),
            job.key.kind.as_str(),
            job.key.id.as_str(),
            convert::task(job.task),
            job.fence.0
        ])?;
    }
    Ok(())
}
