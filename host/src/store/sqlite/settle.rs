//! The end of a job: link, baselines, memberships, audit, freed claims with
//! their waiters, and the job itself, in one transaction.

use jiff::Timestamp;
use purser_engine::{ids::ObjectKey, situation::Situation};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    aside, convert, correlate, directory::waiting, due, edges, jobs, keys, leases, left::Left,
};
use crate::{
    failpoint::{self, Moment, Step},
    store::{Audit, Class, ECHO, Job, Leased, LinkUpdate, Outcome, Settlement, StoreError},
};

/// Unless the lease has passed: then nothing of it is recorded.
pub(super) fn settle(c: &Connection, s: &Settlement) -> Result<Leased, StoreError> {
    leases::fenced(c, &s.job, s.at, || {
        record(c, s)?;
        waiting::heard(c, s)
    })
}

fn record(c: &Connection, s: &Settlement) -> Result<(), StoreError> {
    let left = Left::of(c, key(s))?;
    match &s.outcome {
        Outcome::Linked(link) => {
            let owner = correlate::owner(c, &s.target, &link.resource_type, &link.target_id)?;
            if let Some(owner) = owner.filter(|owner| *owner != s.job.key) {
                // One account, one owner, whatever the target answered.
                let reason = format!("the target answered with a resource that belongs to {owner}");
                aside::park(
                    c,
                    s.job.run,
                    &s.job.mapping,
                    &s.job.key,
                    Situation::FoundAlreadyLinked,
                    &reason,
                    s.at,
                )?;
                return jobs::finish(c, &s.job);
            }
            linked(c, s, link, &left)?;
            left.over(c, key(s))?;
        }
        Outcome::InStep {
            input,
            reevaluate_at,
            unique,
        } => {
            if let Some(unique) = unique {
                free_claims(c, s, unique)?;
            }
            c.prepare_cached(
                "UPDATE link SET input = ?4, reevaluate_at = ?5 WHERE mapping = ?1 AND kind = ?2 AND id = ?3",
            )?
            .execute(params![
                s.job.mapping.as_str(),
                s.job.key.kind.as_str(),
                s.job.key.id.as_str(),
                input.as_ref().map(purser_engine::Digest::as_str),
                reevaluate_at.map(convert::time)
            ])?;
            left.over(c, key(s))?;
        }
        Outcome::Deleted(audit) => {
            ended(c, s)?;
            write_audit(c, &s.job, s.at, audit)?;
            left.over(c, key(s))?;
        }
        Outcome::Unlinked(audit) => {
            keys::forget(c, key(s))?;
            for table in ["link", "link_written"] {
                c.prepare_cached(&format!(
                    "DELETE FROM {table} WHERE mapping = ?1 AND kind = ?2 AND id = ?3"
                ))?
                .execute(key(s))?;
            }
            forget_edges(c, s)?;
            free_claims(c, s, &[])?;
            write_audit(c, &s.job, s.at, audit)?;
            left.over(c, key(s))?;
        }
        Outcome::Members {
            audit,
            added,
            removed,
        } => {
            edges::changed(c, key(s), added, removed)?;
            write_audit(c, &s.job, s.at, audit)?;
        }
        Outcome::Parked {
            situation,
            reason,
            waits_for,
            forget_intent,
            unique,
            refusal: _,
        } => {
            c.prepare_cached("DELETE FROM waiter WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
                .execute(key(s))?;
            if let Some(unique) = unique {
                free_claims(c, s, unique)?;
            }
            aside::park(
                c,
                s.job.run,
                &s.job.mapping,
                &s.job.key,
                *situation,
                reason,
                s.at,
            )?;
            if let Some((resource_type, holder)) = waits_for {
                aside::wait(c, &s.job.mapping, &s.job.key, resource_type, holder)?;
            }
            if *forget_intent {
                forget(c, s)?;
            }
        }
        Outcome::Held {
            grant,
            effects,
            reason,
        } => {
            aside::hold(
                c,
                s.job.run,
                &s.job.mapping,
                &s.job.key,
                grant,
                effects,
                reason,
                s.at,
            )?;
        }
        Outcome::Leaving { grant } => {
            leaving(c, s)?;
            c.prepare_cached(
                "INSERT OR REPLACE INTO plan_row (run, kind, id, position, class, granted, leaving, creating)
                 VALUES (?1, ?2, ?3, 0, ?4, ?5, 1, 0)",
            )?
            .execute(params![
                s.job.run.0,
                s.job.key.kind.as_str(),
                s.job.key.id.as_str(),
                Class::Delete.number(),
                convert::json("a grant", grant)?
            ])?;
            c.prepare_cached(
                "UPDATE job SET class = ?5, state = 'queued', again = 0
                 WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND task = ?4",
            )?
            .execute(params![
                s.job.mapping.as_str(),
                s.job.key.kind.as_str(),
                s.job.key.id.as_str(),
                convert::task(s.job.task),
                Class::Delete.number()
            ])?;
            return Ok(());
        }
        Outcome::Nothing => {}
    }
    if let Outcome::Parked { .. } | Outcome::Held { .. } | Outcome::Nothing = &s.outcome {
        due::over(c, s)?;
    }
    if let Some(edges) = s
        .edges
        .as_ref()
        .filter(|edges| left.wants || !edges.is_empty())
    {
        let groups = edges::replace_wants(c, &s.job.mapping, &s.job.key, edges)?;
        let trigger = if s.job.is_echo() { ECHO } else { jobs::WOKEN };
        jobs::wake_groups(c, s.job.run, &s.job.mapping, &groups, trigger, s.at)?;
    }
    if s.again {
        jobs::enqueue(
            c,
            s.job.run,
            &s.job.mapping,
            &s.job.key,
            Class::User,
            jobs::WOKEN,
            s.at,
        )?;
    }
    jobs::finish(c, &s.job)?;
    match &s.references {
        Some(references) if left.refers || !references.is_empty() => refer(c, s, references),
        _ => Ok(()),
    }
}

fn key(s: &Settlement) -> [&str; 3] {
    [
        s.job.mapping.as_str(),
        s.job.key.kind.as_str(),
        s.job.key.id.as_str(),
    ]
}

fn linked(
    c: &Connection,
    s: &Settlement,
    link: &LinkUpdate,
    left: &Left,
) -> Result<(), StoreError> {
    let before: Option<(String, String, Option<i64>)> = c
        .prepare_cached(
            "SELECT target_id, state, keys FROM link WHERE mapping = ?1 AND kind = ?2 AND id = ?3",
        )?
        .query_row(key(s), |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .optional()?;
    let (target, resource_type) = (s.target.as_str(), link.resource_type.as_str());
    let keys = keys::number(target, resource_type, &link.keys);
    if before.as_ref().and_then(|(.., keys)| *keys) != Some(keys) {
        let found = keys::Found {
            target,
            resource_type,
            link: key(s),
        };
        keys::replace(c, found, before.is_some(), &link.keys, |key| {
            Ok(link.unique.contains(key))
        })?;
    }
    let state = if link.left { "left" } else { "live" };
    c.prepare_cached(
        "INSERT INTO link (mapping, kind, id, target, resource_type, target_id, origin, state, gone, observed,
                           drifted, input, seen_run, reevaluate_at, linked_at, keys)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, 0, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (mapping, kind, id) DO UPDATE SET
             target = excluded.target, resource_type = excluded.resource_type, target_id = excluded.target_id,
             origin = excluded.origin, state = excluded.state, gone = 0,
             observed = excluded.observed, drifted = 0, input = excluded.input, seen_run = excluded.seen_run,
             reevaluate_at = excluded.reevaluate_at, keys = excluded.keys, imprint = NULL,
             linked_at = CASE WHEN link.target_id = excluded.target_id THEN link.linked_at ELSE excluded.linked_at END",
    )?
    .execute(params![
        s.job.mapping.as_str(),
        s.job.key.kind.as_str(),
        s.job.key.id.as_str(),
        s.target.as_str(),
        link.resource_type.as_str(),
        link.target_id.as_str(),
        convert::origin(link.origin),
        state,
        link.observed.as_ref().map(purser_engine::Digest::as_str),
        link.input.as_ref().map(purser_engine::Digest::as_str),
        s.job.run.0,
        link.reevaluate_at.map(convert::time),
        convert::time(s.at),
        keys
    ])?;
    c.prepare_cached(
        "INSERT OR REPLACE INTO link_written (mapping, kind, id, written) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        s.job.mapping.as_str(),
        s.job.key.kind.as_str(),
        s.job.key.id.as_str(),
        link.written.text()
    ])?;
    // What was listed as nobody's belongs to somebody now.
    for table in ["listed", "listed_key"] {
        let deleted = c
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE target = ?1 AND resource_type = ?2 AND target_id = ?3"
            ))?
            .execute([
                s.target.as_str(),
                link.resource_type.as_str(),
                link.target_id.as_str(),
            ])?;
        if deleted == 0 {
            // What we have just created was not listed, and has no keys either.
            break;
        }
    }
    let same_resource = before
        .as_ref()
        .is_some_and(|(id, ..)| id == link.target_id.as_str());
    if before.is_some() && !same_resource {
        forget_edges(c, s)?;
    }
    if !same_resource || before.is_some_and(|(_, before, _)| before != state) {
        if left.member {
            let groups = edges::groups_touched_by(c, &s.job.mapping, &s.job.key)?;
            jobs::wake_groups(c, s.job.run, &s.job.mapping, &groups, jobs::WOKEN, s.at)?;
        }
        if left.referred {
            wake_references(c, s)?;
        }
    }
    if link.forgotten {
        edges::forget_member(c, &s.job.mapping, &s.job.key, &link.target_id)?;
        let groups = edges::groups_touched_by(c, &s.job.mapping, &s.job.key)?;
        jobs::wake_groups(c, s.job.run, &s.job.mapping, &groups, jobs::WOKEN, s.at)?;
    }
    free_claims(c, s, &link.unique)?;
    write_audit(c, &s.job, s.at, &link.audit)
}

/// Remembers to whom the object refers. What was linked while this object was
/// on its way is seen at once.
fn refer(c: &Connection, s: &Settlement, references: &[ObjectKey]) -> Result<(), StoreError> {
    c.prepare_cached("DELETE FROM reference WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
        .execute(key(s))?;
    let [mapping, kind, id] = key(s);
    let mut late = false;
    for other in references {
        let to = params![mapping, kind, id, other.kind.as_str(), other.id.as_str()];
        c.prepare_cached("INSERT OR IGNORE INTO reference (mapping, kind, id, to_kind, to_id) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(to)?;
        late |= c
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM link o WHERE o.mapping = ?1 AND o.kind = ?4 AND o.id = ?5
                                   AND o.state <> 'ended' AND o.gone = 0)
                    AND EXISTS (SELECT 1 FROM link l WHERE l.mapping = ?1 AND l.kind = ?2 AND l.id = ?3 AND l.input IS NULL)",
            )?
            .query_row(to, |r| r.get::<_, bool>(0))?;
    }
    if late {
        jobs::enqueue(
            c,
            s.job.run,
            &s.job.mapping,
            &s.job.key,
            Class::Other,
            jobs::WOKEN,
            s.at,
        )?;
    }
    Ok(())
}

/// Whoever refers to this object can be brought into step now.
fn wake_references(c: &Connection, s: &Settlement) -> Result<(), StoreError> {
    let waiting = c
        .prepare_cached(
            "SELECT kind, id FROM reference WHERE mapping = ?1 AND to_kind = ?2 AND to_id = ?3",
        )?
        .query_map(key(s), |r| Ok(convert::key(r.get(0)?, r.get(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for object in waiting {
        jobs::enqueue(
            c,
            s.job.run,
            &s.job.mapping,
            &object,
            Class::Other,
            jobs::WOKEN,
            s.at,
        )?;
    }
    Ok(())
}

/// The link becomes a tombstone.
fn ended(c: &Connection, s: &Settlement) -> Result<(), StoreError> {
    keys::forget(c, key(s))?;
    c.prepare_cached("UPDATE link SET state = 'ended', gone = 1, input = NULL, reevaluate_at = NULL, keys = NULL, imprint = NULL WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
        .execute(key(s))?;
    forget_edges(c, s)?;
    c.prepare_cached(
        "DELETE FROM edge_want WHERE mapping = ?1 AND writer_kind = ?2 AND writer_id = ?3",
    )?
    .execute(key(s))?;
    c.prepare_cached("DELETE FROM reference WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
        .execute(key(s))?;
    free_claims(c, s, &[])
}

/// The object leaves: its memberships go before it does.
fn leaving(c: &Connection, s: &Settlement) -> Result<(), StoreError> {
    c.prepare_cached("UPDATE link SET state = 'leaving' WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND state = 'live'")?
        .execute(key(s))?;
    let groups = edges::groups_touched_by(c, &s.job.mapping, &s.job.key)?;
    jobs::wake_groups(c, s.job.run, &s.job.mapping, &groups, jobs::WOKEN, s.at)
}

fn forget_edges(c: &Connection, s: &Settlement) -> Result<(), StoreError> {
    for end in ["member", "group"] {
        c.prepare_cached(&format!(
            "DELETE FROM edge_have WHERE mapping = ?1 AND {end}_kind = ?2 AND {end}_id = ?3"
        ))?
        .execute(key(s))?;
    }
    Ok(())
}

/// Frees the claims of the object that are not in `keep`, and wakes who waits for them.
fn free_claims(
    c: &Connection,
    s: &Settlement,
    keep: &[(String, String)],
) -> Result<(), StoreError> {
    let mut held = c.prepare_cached(
        "SELECT target, resource_type, attribute, value FROM claim WHERE mapping = ?1 AND kind = ?2 AND id = ?3",
    )?;
    let mut held = held.query(key(s))?;
    let mut freed: Vec<[String; 4]> = Vec::new();
    while let Some(r) = held.next()? {
        let text = |column| r.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let (attribute, value) = (text(2)?, text(3)?);
        if !keep.iter().any(|(a, v)| a == attribute && v == value) {
            freed.push([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?]);
        }
    }
    for claim in freed {
        let [_, _, attribute, _] = &claim;
        c.prepare_cached("DELETE FROM claim WHERE target = ?1 AND resource_type = ?2 AND attribute = ?3 AND value = ?4")?
            .execute(rusqlite::params_from_iter(&claim))?;
        keys::doubt(c, key(s), attribute)?;
        failpoint::reach(Step::FreeClaims, Moment::Uncommitted);
        let waiting = c
            .prepare_cached(
                "SELECT mapping, kind, id FROM waiter WHERE target = ?1 AND resource_type = ?2 AND attribute = ?3 AND value = ?4",
            )?
            .query_map(rusqlite::params_from_iter(&claim), |r| {
                Ok((r.get::<_, String>(0)?, convert::key(r.get(1)?, r.get(2)?)))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        for (mapping, object) in waiting {
            // Objects of other mappings have runs of their own; and nobody wakes
            // itself, or a refused create would go round for ever.
            if mapping != s.job.mapping.as_str() || object == s.job.key {
                continue;
            }
            c.prepare_cached("DELETE FROM waiter WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
                .execute([
                    s.job.mapping.as_str(),
                    object.kind.as_str(),
                    object.id.as_str(),
                ])?;
            jobs::enqueue(
                c,
                s.job.run,
                &s.job.mapping,
                &object,
                Class::User,
                jobs::WOKEN,
                s.at,
            )?;
        }
    }
    Ok(())
}

/// A create is known not to have happened: its intent and its claims end.
fn forget(c: &Connection, s: &Settlement) -> Result<(), StoreError> {
    c.prepare_cached("DELETE FROM intent WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
        .execute(key(s))?;
    let linked: Option<i64> = c
        .prepare_cached(
            "SELECT 1 FROM link WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND state <> 'ended'",
        )?
        .query_row(key(s), |r| r.get(0))
        .optional()?;
    if linked.is_none() {
        free_claims(c, s, &[])
    } else {
        Ok(())
    }
}

pub(super) fn write_audit(
    c: &Connection,
    job: &Job,
    at: Timestamp,
    audit: &Audit,
) -> Result<(), StoreError> {
    c.prepare_cached(
        "INSERT INTO audit (at, run, mapping, kind, id, target_id, situation, effects, detail, triggers)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        convert::time(at),
        job.run.0,
        job.mapping.as_str(),
        job.key.kind.as_str(),
        job.key.id.as_str(),
        audit.target_id.as_ref().map(purser_engine::ids::TargetId::as_str),
        audit.situation.word(),
        audit.effects,
        convert::json("a line of the audit", &audit.detail)?,
        job.triggers
    ])?;
    Ok(())
}
