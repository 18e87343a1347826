//! Who holds a unique value, and what the listing and the links show.

use purser_engine::{
    decide::Correlation,
    ids::{MappingName, ObjectKey, ResourceType, TargetId, TargetName},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{convert, keys};
use crate::store::{ClaimScope, Correlated, Holder, Question, StoreError};

/// Which object of a run was the first to ask for a value. Nobody needs it once the
/// plan is made, or when its run was cut short: it is never on the disk.
const PLAN_CLAIMS: &str = "
    CREATE TEMP TABLE plan_claim (
        run           INTEGER NOT NULL,
        resource_type TEXT NOT NULL,
        attribute     TEXT NOT NULL,
        value         TEXT NOT NULL,           -- case-folded
        kind          TEXT NOT NULL,
        id            TEXT NOT NULL,
        PRIMARY KEY (run, resource_type, attribute, value)
    ) STRICT, WITHOUT ROWID";

/// What [`answer`] needs of the writer's connection.
pub(super) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(PLAN_CLAIMS)?)
}

pub(super) fn answer(
    c: &Connection,
    scope: &ClaimScope,
    questions: &[Question],
) -> Result<Vec<Correlated>, StoreError> {
    let ground = Ground::of(c, &scope.target)?;
    questions
        .iter()
        .map(|question| {
            let held = if ground.claimed {
                holder(c, scope, question)?
            } else {
                None
            };
            let holder = match held {
                Some(holder) => Some(holder),
                None => plan_claims(c, scope, question)?,
            };
            let found = if holder.is_some() {
                Correlation::Nothing
            } else {
                found(c, scope, &ground, question)?
            };
            Ok(Correlated { holder, found })
        })
        .collect()
}

/// Whether there is anything at all to be found at a target: before a first push there
/// is not, and then one question serves for all.
struct Ground {
    claimed: bool,
    linked: bool,
    listed: bool,
}

impl Ground {
    fn of(c: &Connection, target: &TargetName) -> Result<Self, StoreError> {
        Ok(c.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM claim WHERE target = ?1),
                    EXISTS (SELECT 1 FROM link WHERE target = ?1),
                    EXISTS (SELECT 1 FROM listed_key WHERE target = ?1)",
        )?
        .query_row([target.as_str()], |r| {
            Ok(Self {
                claimed: r.get(0)?,
                linked: r.get(1)?,
                listed: r.get(2)?,
            })
        })?)
    }
}

/// The other object that holds one of the values now.
fn holder(
    c: &Connection,
    scope: &ClaimScope,
    question: &Question,
) -> Result<Option<Holder>, StoreError> {
    for (attribute, value) in &question.unique {
        let unique = (attribute.as_str(), value.as_str());
        let holder = held_by(c, &scope.target, &question.resource_type, unique)?;
        let Some((mapping, object)) = holder else {
            continue;
        };
        if mapping != scope.mapping || object != question.key {
            return Ok(Some(Holder {
                target: scope.target.clone(),
                attribute: attribute.clone(),
                value: value.clone(),
                object,
            }));
        }
    }
    Ok(None)
}

/// Who claims a value of an attribute.
pub(super) fn held_by(
    c: &Connection,
    target: &TargetName,
    resource_type: &ResourceType,
    (attribute, value): (&str, &str),
) -> Result<Option<(MappingName, ObjectKey)>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT mapping, kind, id FROM claim WHERE target = ?1 AND resource_type = ?2 AND attribute = ?3 AND value = ?4",
    )?;
    let asked = params![target.as_str(), resource_type.as_str(), attribute, value];
    Ok(query
        .query_row(asked, |r| {
            let mapping = MappingName::new(r.get::<_, String>(0)?);
            Ok((mapping, convert::key(r.get(1)?, r.get(2)?)))
        })
        .optional()?)
}

/// While planning: the first that asks for a free value gets it, later ones learn who that was.
fn plan_claims(
    c: &Connection,
    scope: &ClaimScope,
    question: &Question,
) -> Result<Option<Holder>, StoreError> {
    let Some(run) = scope.planning else {
        return Ok(None);
    };
    let mut take = c.prepare_cached(
        "INSERT OR IGNORE INTO plan_claim (run, resource_type, attribute, value, kind, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut winner = c.prepare_cached(
        "SELECT kind, id FROM plan_claim WHERE run = ?1 AND resource_type = ?2 AND attribute = ?3 AND value = ?4",
    )?;
    for (attribute, value) in &question.unique {
        let resource_type = question.resource_type.as_str();
        let first = take.execute(params![
            run.0,
            resource_type,
            attribute,
            value,
            question.key.kind.as_str(),
            question.key.id.as_str()
        ])?;
        if first > 0 {
            continue;
        }
        let object = winner.query_row(params![run.0, resource_type, attribute, value], |r| {
            Ok(convert::key(r.get(0)?, r.get(1)?))
        })?;
        if object != question.key {
            return Ok(Some(Holder {
                target: scope.target.clone(),
                attribute: attribute.clone(),
                value: value.clone(),
                object,
            }));
        }
    }
    Ok(None)
}

/// So many matches are counted.
const COUNTED: usize = 9;

/// The first matching attribute that finds anything decides: what the listing shows
/// as nobody's, and what belongs to others.
fn found(
    c: &Connection,
    scope: &ClaimScope,
    ground: &Ground,
    question: &Question,
) -> Result<Correlation, StoreError> {
    let resource_type = question.resource_type.as_str();
    let mut query = c.prepare_cached(
        "SELECT l.target_id, l.body FROM listed_key k
         JOIN listed l ON l.target = k.target AND l.resource_type = k.resource_type AND l.target_id = k.target_id
         WHERE k.target = ?1 AND k.resource_type = ?2 AND k.attribute = ?3 AND k.value = ?4 LIMIT ?5",
    )?;
    for (attribute, value) in &question.keys {
        let mut found: Vec<(String, String)> = Vec::new();
        if ground.listed {
            let mut rows = query.query(params![
                scope.target.as_str(),
                resource_type,
                attribute,
                value,
                COUNTED as i64
            ])?;
            while let Some(row) = rows.next()? {
                found.push((row.get(0)?, row.get(1)?));
            }
        }
        let key = (attribute.as_str(), value.as_str());
        let mut owners = if ground.linked {
            keys::owners(c, &scope.target, &question.resource_type, key, COUNTED)?
        } else {
            Vec::new()
        };
        let count = found.len() + owners.len();
        if count > 1 {
            return Ok(Correlation::Many {
                count: count.min(COUNTED),
                attribute: attribute.clone(),
            });
        }
        if let Some(by) = owners.pop() {
            return Ok(Correlation::Owned {
                by,
                attribute: attribute.clone(),
            });
        }
        let Some((id, body)) = found.pop() else {
            continue;
        };
        let target_id = TargetId::new(id);
        return Ok(
            match owner(c, &scope.target, &question.resource_type, &target_id)? {
                Some(by) if by != question.key => Correlation::Owned {
                    by,
                    attribute: attribute.clone(),
                },
                _ => Correlation::One {
                    target_id,
                    resource: convert::from_json("a listed resource", &body)?,
                },
            },
        );
    }
    Ok(Correlation::Nothing)
}

/// The object whose link holds the resource.
pub(super) fn owner(
    c: &Connection,
    target: &TargetName,
    resource_type: &ResourceType,
    id: &TargetId,
) -> Result<Option<ObjectKey>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT kind, id FROM link WHERE target = ?1 AND resource_type = ?2 AND target_id = ?3",
    )?;
    Ok(query
        .query_row(
            params![target.as_str(), resource_type.as_str(), id.as_str()],
            |r| Ok(convert::key(r.get(0)?, r.get(1)?)),
        )
        .optional()?)
}
