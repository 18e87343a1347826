//! Memberships: wanted, staged, standing.

use std::collections::BTreeSet;

use purser_engine::{
    change::Member,
    ids::{MappingName, ObjectKey, ResourceType, RunId, TargetId},
    members::Edge,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{convert, runs, staging::rows::seen};
use crate::store::{Class, EdgeChange, GroupState, StoreError};

/// Whether an end of a membership counts, in SQL: it is linked and not about to
/// leave, or it is about to be linked. `?1` is the mapping, `?2` the run. Asked
/// for each end by its key: of all links, few are members of anything.
fn counts(kind: &str, id: &str) -> String {
    format!(
        "(EXISTS (
             SELECT 1 FROM link l WHERE l.mapping = ?1 AND l.kind = {kind} AND l.id = {id} AND l.state = 'live'
               AND NOT EXISTS (SELECT 1 FROM plan_row x WHERE x.run = ?2 AND x.kind = l.kind AND x.id = l.id AND x.leaving = 1))
          OR EXISTS (SELECT 1 FROM plan_row x WHERE x.run = ?2 AND x.kind = {kind} AND x.id = {id} AND x.creating = 1))"
    )
}

/// Memberships as they will stand, in SQL. `?1` is the mapping, `?2` the run.
fn usable() -> String {
    format!(
        "planned AS (
        SELECT w.group_kind, w.group_id, w.member_kind, w.member_id FROM edge_want w
        WHERE w.mapping = ?1 AND NOT EXISTS (
            SELECT 1 FROM edge_stage_writer s WHERE s.run = ?2 AND s.kind = w.writer_kind AND s.id = w.writer_id)
        UNION
        SELECT group_kind, group_id, member_kind, member_id FROM edge_stage WHERE run = ?2
    ),
    usable AS (
        SELECT p.group_kind, p.group_id, p.member_kind, p.member_id FROM planned p
        WHERE {} AND {}
    )",
        counts("p.group_kind", "p.group_id"),
        counts("p.member_kind", "p.member_id"),
    )
}

/// What the plan adds and removes, in SQL: (adds, group kind and id, member kind and id).
fn difference() -> String {
    let usable = usable();
    format!(
        "WITH {usable}
         SELECT 1 AS adds, u.group_kind, u.group_id, u.member_kind, u.member_id FROM usable u
         WHERE NOT EXISTS (
             SELECT 1 FROM edge_have h WHERE h.mapping = ?1 AND h.group_kind = u.group_kind AND h.group_id = u.group_id
               AND h.member_kind = u.member_kind AND h.member_id = u.member_id AND h.origin = 'added')
           AND NOT EXISTS (
             SELECT 1 FROM edge_have f JOIN link l ON l.mapping = ?1 AND l.kind = u.member_kind AND l.id = u.member_id
             WHERE f.mapping = ?1 AND f.group_kind = u.group_kind AND f.group_id = u.group_id
               AND f.member_kind = '' AND f.member_id = l.target_id)
         UNION ALL
         SELECT 0, h.group_kind, h.group_id, h.member_kind, h.member_id FROM edge_have h
         WHERE h.mapping = ?1 AND h.origin <> 'found'
           AND NOT EXISTS (
             SELECT 1 FROM usable u WHERE u.group_kind = h.group_kind AND u.group_id = h.group_id
               AND u.member_kind = h.member_kind AND u.member_id = h.member_id)
           -- A group that is deleted takes its memberships along.
           AND NOT EXISTS (
             SELECT 1 FROM plan_row p WHERE p.run = ?2 AND p.kind = h.group_kind AND p.id = h.group_id AND p.leaving = 1)"
    )
}

/// Whether the mapping of the object wrote memberships when it was mapped last.
pub(super) fn wanted_by(
    c: &Connection,
    mapping: &MappingName,
    writer: &ObjectKey,
) -> Result<bool, StoreError> {
    Ok(c.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM edge_want WHERE mapping = ?1 AND writer_kind = ?2 AND writer_id = ?3)",
    )?
    .query_row(
        [mapping.as_str(), writer.kind.as_str(), writer.id.as_str()],
        |r| r.get(0),
    )?)
}

/// Queues every group whose members are not what they should be once the plan
/// is carried out: what the plan changes, and what an interrupted run left undone.
pub(super) fn enqueue_differing(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
    at: &str,
) -> Result<(), StoreError> {
    c.execute(
        &format!(
            "INSERT INTO job (mapping, kind, id, task, run, class, position, triggers, state, again, attempt, not_before)
             SELECT ?1, group_kind, group_id, 'members', ?2, {}, 0, {}, 'queued', 0, 0, ?3
             FROM (SELECT DISTINCT group_kind, group_id FROM ({})) WHERE true
             ON CONFLICT DO NOTHING",
            Class::Members.number(),
            runs::SWEEP,
            difference()
        ),
        params![mapping.as_str(), run.0, at],
    )?;
    Ok(())
}

/// What the plan adds and removes, and how many wanted memberships point to
/// objects that their source does not have.
pub(super) fn planned(
    c: &Connection,
    run: RunId,
    mapping: &MappingName,
) -> Result<(Vec<EdgeChange>, u64), StoreError> {
    let mut query = c.prepare_cached(&format!("{} ORDER BY 2, 3, 4, 5", difference()))?;
    let changes = query
        .query_map(params![mapping.as_str(), run.0], |r| {
            Ok(EdgeChange {
                add: r.get(0)?,
                edge: Edge {
                    group: convert::key(r.get(1)?, r.get(2)?),
                    member: convert::key(r.get(3)?, r.get(4)?),
                },
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let seen = seen("s", "?1");
    let nobody: i64 = c.query_row(
        &format!(
            "SELECT count(*) FROM edge_stage e WHERE e.run = ?1 AND (
                 NOT EXISTS (SELECT 1 FROM source_object s WHERE s.kind = e.group_kind AND s.id = e.group_id AND {seen})
              OR NOT EXISTS (SELECT 1 FROM source_object s WHERE s.kind = e.member_kind AND s.id = e.member_id AND {seen}))"
        ),
        params![run.0],
        |r| r.get(0),
    )?;
    Ok((changes, nobody.unsigned_abs()))
}

/// A group's link, the members that it should have and those that it has.
pub(super) fn group(
    c: &Connection,
    mapping: &MappingName,
    group: &ObjectKey,
) -> Result<Option<GroupState>, StoreError> {
    let key = params![mapping.as_str(), group.kind.as_str(), group.id.as_str()];
    let link: Option<(String, String, String)> = c
        .prepare_cached(
            "SELECT resource_type, target_id, origin FROM link
             WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND state = 'live' AND gone = 0",
        )?
        .query_row(key, |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .optional()?;
    let Some((resource_type, target_id, origin)) = link else {
        return Ok(None);
    };
    let member = |kind: String, id: String, target: String| Member {
        object: convert::key(kind, id),
        target_id: TargetId::new(target),
    };
    let want = c
        .prepare_cached(
            "SELECT DISTINCT w.member_kind, w.member_id, l.target_id FROM edge_want w
             JOIN link l ON l.mapping = w.mapping AND l.kind = w.member_kind AND l.id = w.member_id
                        AND l.state = 'live' AND l.gone = 0
             WHERE w.mapping = ?1 AND w.group_kind = ?2 AND w.group_id = ?3",
        )?
        .query_map(key, |r| Ok(member(r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<Result<BTreeSet<_>, _>>()?;
    let (mut have, mut unsure, mut found) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut query = c.prepare_cached(
        "SELECT member_kind, member_id, member_target_id, origin FROM edge_have
         WHERE mapping = ?1 AND group_kind = ?2 AND group_id = ?3",
    )?;
    let mut rows = query.query(key)?;
    while let Some(r) = rows.next()? {
        let member = member(r.get(0)?, r.get(1)?, r.get(2)?);
        match r.get::<_, String>(3)?.as_str() {
            "added" => drop(have.insert(member)),
            "adding" => drop(unsure.insert(member)),
            _ => drop(found.insert(member.target_id)),
        }
    }
    let looked = !have.is_empty() || !unsure.is_empty() || !found.is_empty();
    Ok(Some(GroupState {
        resource_type: ResourceType::new(resource_type),
        target_id: TargetId::new(target_id),
        origin: convert::from_origin(&origin)?,
        want,
        have,
        unsure,
        found,
        looked,
    }))
}

/// Members that an adopted group had before us, by their ids at the target:
/// whether and to whom they are linked may change later.
pub(super) fn remember_found(
    c: &Connection,
    mapping: &MappingName,
    group: &ObjectKey,
    members: &[TargetId],
) -> Result<(), StoreError> {
    let mut insert = c.prepare_cached(
        "INSERT OR IGNORE INTO edge_have (mapping, group_kind, group_id, member_kind, member_id, member_target_id, origin)
         VALUES (?1, ?2, ?3, '', ?4, ?4, 'found')",
    )?;
    for member in members {
        insert.execute(params![
            mapping.as_str(),
            group.kind.as_str(),
            group.id.as_str(),
            member.as_str()
        ])?;
    }
    Ok(())
}

/// Members that are about to be added.
pub(super) fn begin_members(
    c: &Connection,
    mapping: &MappingName,
    group: &ObjectKey,
    add: &[Member],
) -> Result<(), StoreError> {
    let mut insert = c.prepare_cached(
        "INSERT OR REPLACE INTO edge_have (mapping, group_kind, group_id, member_kind, member_id, member_target_id, origin)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'adding')",
    )?;
    for member in add {
        insert.execute(params![
            mapping.as_str(),
            group.kind.as_str(),
            group.id.as_str(),
            member.object.kind.as_str(),
            member.object.id.as_str(),
            member.target_id.as_str()
        ])?;
    }
    Ok(())
}

/// What an answer says of the members of a group (mapping, kind, id).
pub(super) fn changed(
    c: &Connection,
    [mapping, kind, id]: [&str; 3],
    added: &[Member],
    removed: &[Member],
) -> Result<(), StoreError> {
    for member in removed {
        c.prepare_cached(
            "DELETE FROM edge_have WHERE mapping = ?1 AND group_kind = ?2 AND group_id = ?3
               AND member_kind = ?4 AND member_id = ?5 AND member_target_id = ?6",
        )?
        .execute(params![
            mapping,
            kind,
            id,
            member.object.kind.as_str(),
            member.object.id.as_str(),
            member.target_id.as_str()
        ])?;
    }
    for member in added {
        c.prepare_cached(
            "INSERT OR REPLACE INTO edge_have
                 (mapping, group_kind, group_id, member_kind, member_id, member_target_id, origin)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'added')",
        )?
        .execute(params![
            mapping,
            kind,
            id,
            member.object.kind.as_str(),
            member.object.id.as_str(),
            member.target_id.as_str()
        ])?;
    }
    Ok(())
}

/// A member has no membership at the target any more, whoever had given it.
pub(super) fn forget_member(
    c: &Connection,
    mapping: &MappingName,
    member: &ObjectKey,
    target_id: &TargetId,
) -> Result<(), StoreError> {
    // Those that were found before us are known by their ids at the target only.
    for (kind, id) in [
        (member.kind.as_str(), member.id.as_str()),
        ("", target_id.as_str()),
    ] {
        c.prepare_cached(
            "DELETE FROM edge_have WHERE mapping = ?1 AND member_kind = ?2 AND member_id = ?3",
        )?
        .execute(params![mapping.as_str(), kind, id])?;
    }
    Ok(())
}

/// How these memberships stand is not known, as if their addition were begun.
/// Whoever is not linked any more has none.
pub(super) fn doubt(
    c: &Connection,
    mapping: &MappingName,
    group: &ObjectKey,
    members: &[Member],
) -> Result<(), StoreError> {
    let mut linked = c.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM link g JOIN link m ON m.mapping = g.mapping
             WHERE g.mapping = ?1 AND g.kind = ?2 AND g.id = ?3 AND g.state <> 'ended'
               AND m.kind = ?4 AND m.id = ?5 AND m.state <> 'ended' AND m.target_id = ?6)",
    )?;
    for member in members {
        let linked: bool = linked.query_row(
            params![
                mapping.as_str(),
                group.kind.as_str(),
                group.id.as_str(),
                member.object.kind.as_str(),
                member.object.id.as_str(),
                member.target_id.as_str()
            ],
            |r| r.get(0),
        )?;
        if linked {
            begin_members(c, mapping, group, std::slice::from_ref(member))?;
        }
    }
    Ok(())
}

/// Replaces what one object's mapping wants; answers the groups whose members that changes.
pub(super) fn replace_wants(
    c: &Connection,
    mapping: &MappingName,
    writer: &ObjectKey,
    edges: &[Edge],
) -> Result<BTreeSet<ObjectKey>, StoreError> {
    let (kind, id) = (writer.kind.as_str(), writer.id.as_str());
    let before = c
        .prepare_cached(
            "SELECT group_kind, group_id, member_kind, member_id FROM edge_want
             WHERE mapping = ?1 AND writer_kind = ?2 AND writer_id = ?3",
        )?
        .query_map(params![mapping.as_str(), kind, id], |r| {
            Ok(Edge {
                group: convert::key(r.get(0)?, r.get(1)?),
                member: convert::key(r.get(2)?, r.get(3)?),
            })
        })?
        .collect::<Result<BTreeSet<_>, _>>()?;
    let after: BTreeSet<Edge> = edges.iter().cloned().collect();
    let mut groups = BTreeSet::new();
    let mut delete = c.prepare_cached(
        "DELETE FROM edge_want WHERE mapping = ?1 AND writer_kind = ?2 AND writer_id = ?3
           AND group_kind = ?4 AND group_id = ?5 AND member_kind = ?6 AND member_id = ?7",
    )?;
    let mut insert = c.prepare_cached(
        "INSERT INTO edge_want (mapping, writer_kind, writer_id, group_kind, group_id, member_kind, member_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (statement, edges) in [
        (&mut delete, before.difference(&after)),
        (&mut insert, after.difference(&before)),
    ] {
        for edge in edges {
            statement.execute(params![
                mapping.as_str(),
                kind,
                id,
                edge.group.kind.as_str(),
                edge.group.id.as_str(),
                edge.member.kind.as_str(),
                edge.member.id.as_str()
            ])?;
            groups.insert(edge.group.clone());
        }
    }
    Ok(groups)
}

/// The groups that want `object` as a member, and `object` itself where it is a wanted group.
pub(super) fn groups_touched_by(
    c: &Connection,
    mapping: &MappingName,
    object: &ObjectKey,
) -> Result<BTreeSet<ObjectKey>, StoreError> {
    let groups = c
        .prepare_cached(
            "SELECT group_kind, group_id FROM edge_want WHERE mapping = ?1 AND member_kind = ?2 AND member_id = ?3
             UNION ALL SELECT group_kind, group_id FROM edge_want WHERE mapping = ?1 AND group_kind = ?2 AND group_id = ?3
             UNION ALL SELECT group_kind, group_id FROM edge_have WHERE mapping = ?1 AND member_kind = ?2 AND member_id = ?3",
        )?
        .query_map(params![mapping.as_str(), object.kind.as_str(), object.id.as_str()], |r| {
            Ok(convert::key(r.get(0)?, r.get(1)?))
        })?
        .collect::<Result<BTreeSet<_>, _>>()?;
    Ok(groups)
}
