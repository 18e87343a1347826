//! Leases and fencing: who may do a job, and until when.
//!
//! Each claim has a number of its own, and a worker shows it with whatever it
//! says about its jobs. Whoever was stopped past its lease finds the number
//! replaced, or the time over, and is not heard. The time counts also where
//! nobody has taken the job meanwhile: a request that was sent under the lease
//! is only then sure to be over when the lease is.

use std::sync::Arc;

use jiff::Timestamp;
use purser_engine::ids::{MappingName, RunId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{convert, edges, jobs, settle};
use crate::store::{Claimed, Class, Fence, HandOver, Job, Leased, StoreError, Task};

/// The next due jobs of the lowest class.
pub(super) fn claim(
    c: &Connection,
    run: RunId,
    limit: usize,
    at: Timestamp,
    until: Timestamp,
) -> Result<Claimed, StoreError> {
    let now = convert::time(at);
    put_back(c, run, &now)?;
    // By class, so that the search ends at the first one that is due.
    let due: Option<i64> = c
        .prepare_cached(
            "SELECT class FROM job WHERE run = ?1 AND state = 'queued' AND not_before <= ?2 ORDER BY class LIMIT 1",
        )?
        .query_row(params![run.0, now], |r| r.get(0))
        .optional()?;
    let under_way: Option<i64> = c
        .prepare_cached("SELECT min(class) FROM job WHERE run = ?1 AND state = 'running'")?
        .query_row(params![run.0], |r| r.get(0))?;
    let jobs = match due {
        Some(class) if under_way.is_none_or(|lower| class <= lower) => {
            take(c, run, class, limit, &now)?
        }
        _ => Vec::new(),
    };
    if jobs.is_empty() {
        return later(c, run, &now);
    }
    let fence: i64 = c
        .prepare_cached("UPDATE fence SET last = last + 1 RETURNING last")?
        .query_row([], |r| r.get(0))?;
    let jobs = jobs
        .into_iter()
        .map(|mut job| {
            job.fence = Fence(fence);
            c.prepare_cached(
                "UPDATE job SET state = 'running', fence = ?5, leased_until = ?6
                 WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4",
            )?
            .execute(params![
                job.mapping.as_str(),
                job.key.kind.as_str(),
                job.key.id.as_str(),
                convert::task(job.task),
                fence,
                convert::time(until)
            ])?;
            Ok(Arc::new(job))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Claimed::Jobs(jobs))
}

/// Jobs whose lease has passed are due again. Whoever had them may have sent
/// something, or may yet: what stands at the target is read before it is changed.
fn put_back(c: &Connection, run: RunId, now: &str) -> Result<(), StoreError> {
    let passed: bool = c
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM job WHERE run = ?1 AND state = 'running' AND leased_until <= ?2)",
        )?
        .query_row(params![run.0, now], |r| r.get(0))?;
    if !passed {
        return Ok(());
    }
    // No request outlasts its lease: what was sent under this one was sent before.
    c.prepare_cached(
        "UPDATE intent SET lost_at = ?2 WHERE lost_at IS NULL AND EXISTS (
             SELECT 1 FROM job j WHERE j.run = ?1 AND j.state = 'running' AND j.leased_until <= ?2 AND j.task = 'object'
               AND j.mapping = intent.mapping AND j.kind = intent.kind AND j.id = intent.id)",
    )?
    .execute(params![run.0, now])?;
    c.prepare_cached(
        "UPDATE job SET state = 'queued', again = 0, attempt = attempt + 1, verify = 1
         WHERE run = ?1 AND state = 'running' AND leased_until <= ?2",
    )?
    .execute(params![run.0, now])?;
    Ok(())
}

/// Due jobs of a class in order, but for objects on which somebody works.
fn take(
    c: &Connection,
    run: RunId,
    class: i64,
    limit: usize,
    now: &str,
) -> Result<Vec<Job>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT j.mapping, j.kind, j.id, j.task, j.attempt, j.triggers, p.granted, j.verify FROM job j
         LEFT JOIN plan_row p ON p.run = j.run AND p.kind = j.kind AND p.id = j.id AND j.task = 'object'
         WHERE j.run = ?1 AND j.state = 'queued' AND j.class = ?2 AND j.not_before <= ?3
           AND NOT EXISTS (SELECT 1 FROM job o WHERE o.mapping = j.mapping AND o.kind = j.kind AND o.id = j.id
                              AND o.state = 'running')
         ORDER BY j.position, j.kind, j.id LIMIT ?4",
    )?;
    let mut rows = query.query(params![run.0, class, now, limit as i64])?;
    let mut jobs = Vec::new();
    while let Some(r) = rows.next()? {
        let granted: Option<String> = r.get(6)?;
        jobs.push(Job {
            mapping: MappingName::new(r.get::<_, String>(0)?),
            key: convert::key(r.get(1)?, r.get(2)?),
            task: convert::from_task(&r.get::<_, String>(3)?),
            run,
            class: Class::from_number(class),
            fence: Fence(0),
            attempt: r.get(4)?,
            verify: r.get(7)?,
            triggers: r.get(5)?,
            grant: granted
                .map(|text| convert::from_json("a grant", &text))
                .transpose()?,
        });
    }
    Ok(jobs)
}

/// When it is worth to look again, if nobody ends a job before: a pause or a lease is over.
fn later(c: &Connection, run: RunId, now: &str) -> Result<Claimed, StoreError> {
    let next: Option<String> = c
        .prepare_cached(
            "SELECT min(time) FROM (
                 SELECT min(leased_until) AS time FROM job WHERE run = ?1 AND state = 'running'
                 UNION ALL
                 SELECT min(not_before) FROM job WHERE run = ?1 AND state = 'queued' AND not_before > ?2)",
        )?
        .query_row(params![run.0, now], |r| r.get(0))?;
    Ok(match next {
        Some(text) => Claimed::NotBefore(convert::from_time(&text)?),
        None => Claimed::Nothing,
    })
}

/// Does what a worker says about its job, if the job is still its own.
pub(super) fn fenced<T>(
    c: &Connection,
    job: &Job,
    at: Timestamp,
    body: impl FnOnce() -> Result<T, StoreError>,
) -> Result<Leased<T>, StoreError> {
    let ours: bool = c
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM job WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4
                               AND state = 'running' AND fence = ?5 AND leased_until > ?6)",
        )?
        .query_row(
            params![
                job.mapping.as_str(),
                job.key.kind.as_str(),
                job.key.id.as_str(),
                convert::task(job.task),
                job.fence.0,
                convert::time(at)
            ],
            |r| r.get(0),
        )?;
    if ours {
        body().map(Leased::Ours)
    } else {
        Ok(Leased::Fenced)
    }
}

/// Makes a lease last longer; one that has passed is over.
pub(super) fn renew(
    c: &Connection,
    run: RunId,
    fence: Fence,
    at: Timestamp,
    until: Timestamp,
) -> Result<Leased, StoreError> {
    let renewed = c
        .prepare_cached(
            "UPDATE job SET leased_until = ?4
             WHERE run = ?1 AND state = 'running' AND fence = ?2 AND leased_until > ?3",
        )?
        .execute(params![
            run.0,
            fence.0,
            convert::time(at),
            convert::time(until)
        ])?;
    Ok(if renewed > 0 {
        Leased::Ours(())
    } else {
        Leased::Fenced
    })
}

/// Whoever works on the object now ends first; then it is verified.
pub(super) fn hand_over(c: &Connection, items: &[HandOver]) -> Result<(), StoreError> {
    for item in items {
        let job = &item.job;
        // Still under our number: nobody works on it, the job itself becomes the verification.
        let still = c.prepare_cached(
            "UPDATE job SET state = 'queued', again = 0
             WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4 AND state = 'running' AND fence = ?5",
        )?
        .execute(params![
            job.mapping.as_str(),
            job.key.kind.as_str(),
            job.key.id.as_str(),
            convert::task(job.task),
            job.fence.0
        ])?;
        if still > 0 {
            jobs::lost(c, job, item.at)?;
        }
        jobs::verify(
            c,
            job.run,
            &job.mapping,
            &job.key,
            job.task,
            job.class,
            item.at,
        )?;
        if job.task == Task::Members {
            // Added or removed, by us or by somebody after us: said once more.
            edges::doubt(c, &job.mapping, &job.key, &item.members)?;
        }
        settle::write_audit(c, job, item.at, &item.audit)?;
    }
    Ok(())
}
