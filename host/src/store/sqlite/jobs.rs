//! The durable job table: queued, claimed, put back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use purser_engine::ids::{MappingName, ObjectKey, RunId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{convert, correlate};
use crate::store::{Begin, ClaimScope, Claimed, Class, Holder, Job, Question, StoreError, Task};

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
    put(c, run, mapping, key, Task::Object, class, trigger, at)
}

/// Queues the members of groups that something has changed for.
pub(super) fn wake_groups(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    groups: &BTreeSet<ObjectKey>,
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
            "woken",
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
        "INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'queued', 0, 0, ?9)
         ON CONFLICT (mapping, kind, id, task) DO UPDATE SET
             run = excluded.run,
             class = excluded.class,
             triggers = CASE WHEN instr(job.triggers, excluded.triggers) > 0 THEN job.triggers
                             ELSE job.triggers || ' ' || excluded.triggers END,
             -- What is being worked on is done once more afterwards.
             again = CASE WHEN job.state = 'running' THEN 1 ELSE 0 END,
             not_before = min(job.not_before, excluded.not_before)",
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
        convert::time(at)
    ])?;
    Ok(())
}

/// The next due jobs of the lowest class.
pub(super) fn claim(
    c: &Connection,
    run: RunId,
    limit: usize,
    at: Timestamp,
) -> Result<Claimed, StoreError> {
    let now = convert::time(at);
    let due: Option<i64> = c
        .prepare_cached(
            "SELECT min(class) FROM job WHERE run = ?1 AND state = 'queued' AND not_before <= ?2",
        )?
        .query_row(params![run.0, now], |r| r.get(0))?;
    let Some(class) = due else {
        let next: Option<String> = c
            .prepare_cached("SELECT min(not_before) FROM job WHERE run = ?1 AND state = 'queued'")?
            .query_row(params![run.0], |r| r.get(0))?;
        return Ok(match next {
            Some(text) => Claimed::NotBefore(convert::from_time(&text)?),
            None => Claimed::Nothing,
        });
    };
    let mut query = c.prepare_cached(
        "SELECT j.mapping, j.kind, j.id, j.task, j.attempt, j.triggers, p.granted FROM job j
         LEFT JOIN plan_row p ON p.run = j.run AND p.kind = j.kind AND p.id = j.id AND j.task = 'object'
         WHERE j.run = ?1 AND j.state = 'queued' AND j.class = ?2 AND j.not_before <= ?3
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
            attempt: r.get(4)?,
            triggers: r.get(5)?,
            grant: granted
                .map(|text| convert::from_json("a grant", &text))
                .transpose()?,
        });
    }
    for job in &jobs {
        set(c, job, "state = 'running'")?;
    }
    Ok(Claimed::Jobs(jobs))
}

fn set(c: &Connection, job: &Job, assignment: &str) -> Result<(), StoreError> {
    c.prepare_cached(&format!(
        "UPDATE job SET {assignment} WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4"
    ))?
    .execute(params![
        job.mapping.as_str(),
        job.key.kind.as_str(),
        job.key.id.as_str(),
        convert::task(job.task)
    ])?;
    Ok(())
}

/// Intents and claims, before requests are sent.
pub(super) fn begin(c: &Connection, items: &[Begin]) -> Result<Vec<Option<Holder>>, StoreError> {
    items.iter().map(|item| begin_one(c, item)).collect()
}

fn begin_one(c: &Connection, item: &Begin) -> Result<Option<Holder>, StoreError> {
    let scope = ClaimScope {
        mapping: item.mapping.clone(),
        target: item.target.clone(),
        planning: None,
    };
    let question = Question {
        key: item.key.clone(),
        resource_type: item.resource_type.clone(),
        unique: item.unique.clone(),
        keys: Vec::new(),
    };
    if let Some(holder) = correlate::holder(c, &scope, &question)? {
        return Ok(Some(holder));
    }
    let (mapping, kind, id) = (
        item.mapping.as_str(),
        item.key.kind.as_str(),
        item.key.id.as_str(),
    );
    let mut claim = c.prepare_cached(
        "INSERT OR IGNORE INTO claim (target, resource_type, attribute, value, mapping, kind, id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (attribute, value) in &item.unique {
        claim.execute(params![
            item.target.as_str(),
            item.resource_type.as_str(),
            attribute,
            value,
            mapping,
            kind,
            id
        ])?;
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
            item.run.0,
            projection.as_str(),
            convert::json("an intent", &item.keys)?,
            item.attempt,
            convert::time(item.at)
        ])?;
    }
    Ok(None)
}

/// Puts a job back for a later time.
pub(super) fn retry(
    c: &Connection,
    job: &Job,
    not_before: Timestamp,
    error: &str,
    forget_intent: bool,
) -> Result<(), StoreError> {
    if forget_intent {
        c.prepare_cached("DELETE FROM intent WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
            .execute(params![
                job.mapping.as_str(),
                job.key.kind.as_str(),
                job.key.id.as_str()
            ])?;
    }
    // Whatever was sent, was sent before.
    c.prepare_cached(
        "UPDATE intent SET lost_at = ?4 WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND lost_at IS NULL",
    )?
    .execute(params![
        job.mapping.as_str(),
        job.key.kind.as_str(),
        job.key.id.as_str(),
        convert::time(not_before)
    ])?;
    c.prepare_cached(
        "UPDATE job SET state = 'queued', again = 0, attempt = attempt + 1, not_before = ?5, last_error = ?6
         WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4",
    )?
    .execute(params![
        job.mapping.as_str(),
        job.key.kind.as_str(),
        job.key.id.as_str(),
        convert::task(job.task),
        convert::time(not_before),
        error
    ])?;
    Ok(())
}

/// Puts jobs back untried; the intents of `unsent` end.
pub(super) fn release(
    c: &Connection,
    jobs: &[Job],
    unsent: &[ObjectKey],
) -> Result<(), StoreError> {
    for job in jobs.iter().filter(|job| unsent.contains(&job.key)) {
        c.prepare_cached("DELETE FROM intent WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
            .execute(params![
                job.mapping.as_str(),
                job.key.kind.as_str(),
                job.key.id.as_str()
            ])?;
    }
    jobs.iter()
        .try_for_each(|job| set(c, job, "state = 'queued', again = 0"))
}

/// The end of a job; one that was asked for again meanwhile starts anew.
pub(super) fn finish(c: &Connection, job: &Job) -> Result<(), StoreError> {
    let key = params![
        job.mapping.as_str(),
        job.key.kind.as_str(),
        job.key.id.as_str(),
        convert::task(job.task)
    ];
    let again: Option<bool> = c
        .prepare_cached(
            "SELECT again FROM job WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4",
        )?
        .query_row(key, |r| r.get(0))
        .optional()?;
    if again == Some(true) {
        set(c, job, "state = 'queued', again = 0, attempt = 0")
    } else {
        c.prepare_cached(
            "DELETE FROM job WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4",
        )?
        .execute(key)?;
        Ok(())
    }
}
