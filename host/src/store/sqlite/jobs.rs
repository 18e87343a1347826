//! The durable job table: queued, begun, put back, ended. Who has a job: `leases.rs`.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use purser_engine::ids::{MappingName, ObjectKey, RunId};
use rusqlite::{Connection, params};

use super::{convert, correlate, leases};
use crate::store::{Begin, Begun, Class, Holder, Job, Leased, Retry, StoreError, Task};

/// The trigger of jobs that another job brings about.
pub(super) const WOKEN: &str = "woken";

/// Queues a job for one object; one that is there already takes the trigger in.
pub(super) fn enqueue(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    key: &ObjectKey,
    class: Class,
    trigger: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    put(
        c,
        run,
        mapping,
        key,
        Task::Object,
        class,
        trigger,
        false,
        at,
    )
}

/// Queues the verification of one object, or of a group's members.
pub(super) fn verify(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    key: &ObjectKey,
    task: Task,
    class: Class,
    at: Timestamp,
) -> Result<(), StoreError> {
    put(c, run, mapping, key, task, class, "verify", true, at)
}

/// Queues the members of groups that something has changed for.
pub(super) fn wake_groups(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    groups: &BTreeSet<ObjectKey>,
    trigger: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    groups.iter().try_for_each(|group| {
        put(
            c,
            run,
            mapping,
            group,
            Task::Members,
            Class::Members,
            trigger,
            false,
            at,
        )
    })
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
fn put(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    key: &ObjectKey,
    task: Task,
    class: Class,
    trigger: &str,
    verify: bool,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (kind, id) = (key.kind.as_str(), key.id.as_str());
    // Whoever waited longest in the source's order goes first.
    let position: i64 = c
        .prepare_cached(
            "SELECT coalesce(max(position), 0) FROM source_object WHERE kind = ?1 AND id = ?2",
        )?
        .query_row(params![kind, id], |r| r.get(0))?;
    c.prepare_cached(
        "INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before, verify)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'queued', 0, 0, ?9, ?10)
         ON CONFLICT (mapping, kind, id, task) DO UPDATE SET
             run = excluded.run,
             class = excluded.class,
             triggers = CASE WHEN instr(job.triggers, excluded.triggers) > 0 THEN job.triggers
                             ELSE job.triggers || ' ' || excluded.triggers END,
             -- What is being worked on is done once more afterwards.
             again = CASE WHEN job.state = 'running' THEN 1 ELSE 0 END,
             not_before = min(job.not_before, excluded.not_before),
             verify = max(job.verify, excluded.verify)",
    )?
    .execute(params![
        mapping.as_str(),
        kind,
        id,
        convert::task(task),
        run.0,
        class.number(),
        position,
        trigger,
        convert::time(at),
        verify
    ])?;
    Ok(())
}

/// Intents and claims, before requests are sent.
pub(super) fn begin(c: &Connection, items: &[Begin]) -> Result<Vec<Begun>, StoreError> {
    items
        .iter()
        .map(|item| {
            let begun = leases::fenced(c, &item.job, item.at, || begin_one(c, item))?;
            Ok(match begun {
                Leased::Ours(None) => Begun::Ready,
                Leased::Ours(Some(holder)) => Begun::Taken(holder),
                Leased::Fenced => Begun::Fenced,
            })
        })
        .collect()
}

/// Who holds a value that it needs, if somebody does.
fn begin_one(c: &Connection, item: &Begin) -> Result<Option<Holder>, StoreError> {
    let job = &item.job;
    let (mapping, kind, id) = (
        job.mapping.as_str(),
        job.key.kind.as_str(),
        job.key.id.as_str(),
    );
    let mut claim = c.prepare_cached(
        "INSERT OR IGNORE INTO claim (target, resource_type, attribute, value, mapping, kind, id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let (target, resource_type) = (item.target.as_str(), item.resource_type.as_str());
    let mut taken = Vec::with_capacity(item.unique.len());
    for (attribute, value) in &item.unique {
        let row = params![target, resource_type, attribute, value, mapping, kind, id];
        if claim.execute(row)? > 0 {
            taken.push((attribute, value));
            continue;
        }
        let unique = (attribute.as_str(), value.as_str());
        let holder = correlate::held_by(c, &item.target, &item.resource_type, unique)?;
        let Some((_, object)) =
            holder.filter(|(by, object)| *by != job.mapping || *object != job.key)
        else {
            continue;
        };
        // Whoever cannot have all has none.
        for (attribute, value) in taken {
            c.prepare_cached(
                "DELETE FROM claim WHERE target = ?1 AND resource_type = ?2 AND attribute = ?3 AND value = ?4",
            )?
            .execute(params![target, resource_type, attribute, value])?;
        }
        return Ok(Some(Holder {
            target: item.target.clone(),
            attribute: attribute.clone(),
            value: value.clone(),
            object,
        }));
    }
    if let Some(projection) = &item.intent {
        c.prepare_cached(
            "INSERT INTO intent (mapping, kind, id, run, projection, keys, attempt, begun_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (mapping, kind, id) DO UPDATE SET run = excluded.run, projection = excluded.projection,
                 keys = excluded.keys, attempt = excluded.attempt, begun_at = excluded.begun_at, lost_at = NULL",
        )?
        .execute(params![
            mapping,
            kind,
            id,
            job.run.0,
            projection.as_str(),
            convert::json("an intent", &item.keys)?,
            job.attempt,
            convert::time(item.at)
        ])?;
    }
    Ok(None)
}

/// Puts a job back for a later time.
pub(super) fn retry(c: &Connection, retry: &Retry) -> Result<Leased, StoreError> {
    let job = &retry.job;
    leases::fenced(c, job, retry.at, || {
        if retry.forget_intent {
            forget_intent(c, job)?;
        }
        // Whatever was sent, was sent before.
        lost(c, job, retry.not_before)?;
        c.prepare_cached(
            "UPDATE job SET state = 'queued', again = 0, attempt = attempt + 1, not_before = ?5, last_error = ?6
             WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4",
        )?
        .execute(params![
            job.mapping.as_str(),
            job.key.kind.as_str(),
            job.key.id.as_str(),
            convert::task(job.task),
            convert::time(retry.not_before),
            retry.error
        ])?;
        Ok(())
    })
}

/// Puts jobs back untried, where they are still under their number; the intents of `unsent` end.
pub(super) fn release(
    c: &Connection,
    jobs: &[Arc<Job>],
    unsent: &[ObjectKey],
) -> Result<(), StoreError> {
    for job in jobs {
        let released = c
            .prepare_cached(
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
        if released > 0 && unsent.contains(&job.key) {
            forget_intent(c, job)?;
        }
    }
    Ok(())
}

/// The request of the job's intent, if it has one, was not sent later than this.
pub(super) fn lost(c: &Connection, job: &Job, at: Timestamp) -> Result<(), StoreError> {
    c.prepare_cached(
        "UPDATE intent SET lost_at = ?4 WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND lost_at IS NULL",
    )?
    .execute(params![
        job.mapping.as_str(),
        job.key.kind.as_str(),
        job.key.id.as_str(),
        convert::time(at)
    ])?;
    Ok(())
}

fn forget_intent(c: &Connection, job: &Job) -> Result<(), StoreError> {
    c.prepare_cached("DELETE FROM intent WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
        .execute(params![
            job.mapping.as_str(),
            job.key.kind.as_str(),
            job.key.id.as_str()
        ])?;
    Ok(())
}

/// The end of a job; one that was asked for again meanwhile starts anew.
pub(super) fn finish(c: &Connection, job: &Job) -> Result<(), StoreError> {
    let key = params![
        job.mapping.as_str(),
        job.key.kind.as_str(),
        job.key.id.as_str(),
        convert::task(job.task)
    ];
    let ended = c
        .prepare_cached(
            "DELETE FROM job WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4 AND again = 0",
        )?
        .execute(key)?;
    if ended == 0 {
        c.prepare_cached(
            "UPDATE job SET state = 'queued', again = 0, attempt = 0
             WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4",
        )?
        .execute(key)?;
    }
    Ok(())
}
