//! From objects to decisions: the part that planning and doing share.
//!
//! A batch goes through together, so that the component is called once and the
//! store is asked once: scope → map → project → unique values → correlate →
//! decide.

mod ask;
mod begun;
mod map;
mod remember;
pub(super) mod trust;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use purser_engine::{
    Digest,
    change::{Action, Change},
    decide::{self, Decision, Facts, Linked, Wanted},
    effect::{Effect, Effects},
    ids::{ObjectKey, ResourceType},
    members::Edge,
    operation::{self, Gated, Trigger},
    situation::Situation,
};
use purser_scim::{Resource, diff::Delta};

pub(super) use self::remember::Remembered;
use self::{
    ask::{Asked, correlate, correlation, unasked, unfinished},
    map::map,
};
use super::{
    SyncError, Wiring,
    members::Failure,
    report::{Step, Trace},
    view::{Presence, View},
    wiring::unique_values,
};
use crate::{
    store::{Candidate, Holder, input_of},
    target::TargetError,
};

/// One object, decided.
#[derive(Debug)]
pub(super) struct Evaluated {
    /// What it was decided from.
    pub candidate: Candidate,
    /// What is to be done.
    pub decision: Decision,
    /// The value that it waits for, where that is why it is parked.
    pub waits_for: Option<(ResourceType, Holder)>,
    /// Memberships that its mapping wrote; none where it was not mapped.
    pub edges: Option<Vec<Edge>>,
    /// Digest of what the projection was made of; none: map again next time.
    pub input: Option<Digest>,
    /// When its projection may be another although nothing else has changed.
    pub reevaluate_at: Option<Timestamp>,
    /// Objects to which its projection refers; none where it was not mapped.
    pub references: Option<Vec<ObjectKey>>,
    /// By what its resource is found again: (attribute path, value).
    pub keys: Vec<(String, String)>,
    /// The target could not be asked; the decision is to park for that.
    pub unasked: Option<TargetError>,
    /// When to ask again what became of its create; see [`Decision::Wait`].
    pub again_at: Option<Timestamp>,
    /// Unique values that it needs, case-folded.
    pub unique: Vec<(String, String)>,
    /// Absent or out of scope, now or when it was last known.
    pub leaving: bool,
    /// Nothing was decided, because its component is suspended.
    pub suspended: bool,
    /// Why all of it, or a part, is left for another time: an operation is switched off.
    pub switched_off: Option<String>,
    /// Each step, for people.
    pub trace: Trace,
}

impl Evaluated {
    /// Its own resource is left as it is; its memberships are changes of groups, which
    /// have switches of their own.
    pub fn keeps_edges(&self) -> bool {
        let link = self.candidate.link.as_ref();
        self.switched_off.is_some() && link.is_some_and(|link| !link.gone)
    }
}

/// How far one object has come.
struct Work {
    candidate: Candidate,
    /// See [`Ground::actual`].
    actual: Option<Resource>,
    /// See [`Ground::by`].
    by: BTreeSet<Trigger>,
    wanted: Option<Wanted>,
    /// Not mapped, because its component is suspended.
    suspended: bool,
    unchanged: bool,
    input: Option<Digest>,
    reevaluate_at: Option<Timestamp>,
    references: Option<Vec<ObjectKey>>,
    keys: Vec<(String, String)>,
    unique: Vec<(String, String)>,
    trace: Trace,
}

/// What is known of the target beside the store.
#[derive(Debug, Default)]
pub(super) struct Ground {
    /// Ask the target rather than the staged listing what matches, because an
    /// earlier try may have changed it.
    pub fresh: bool,
    /// Linked resources that were read and are not as we saw them last.
    pub actual: BTreeMap<ObjectKey, Resource>,
    /// By whose initiative, beside that of the run.
    pub by: BTreeMap<ObjectKey, BTreeSet<Trigger>>,
}

/// Evaluates a batch, at most [`Wiring::batch`] objects.
pub(super) async fn evaluate(
    wiring: &Wiring,
    view: &View,
    candidates: Vec<Candidate>,
    ground: Ground,
    explain: bool,
) -> Result<Vec<Evaluated>, SyncError> {
    let prepared = prepare(wiring, view, candidates, ground, explain).await?;
    conclude(wiring, view, prepared).await
}

/// A batch of which is known what is wanted.
#[derive(Default)]
pub(super) struct Prepared {
    works: Vec<Work>,
    fresh: bool,
}

/// The first half, which needs nothing of other objects: what is wanted. One
/// batch may be prepared while the one before is concluded.
pub(super) async fn prepare(
    wiring: &Wiring,
    view: &View,
    candidates: Vec<Candidate>,
    mut ground: Ground,
    explain: bool,
) -> Result<Prepared, SyncError> {
    let fingerprint = wiring.fingerprint();
    let mut works: Vec<Work> = candidates
        .into_iter()
        .map(|candidate| {
            let actual = ground.actual.remove(&candidate.key);
            let by = ground.by.remove(&candidate.key).unwrap_or_default();
            Work {
                by,
                ..read(wiring, view, &fingerprint, candidate, actual, explain)
            }
        })
        .collect();
    map(wiring, view, &mut works).await?;
    resolve(wiring, view, &mut works).await?;
    Ok(Prepared {
        works,
        fresh: ground.fresh,
    })
}

/// The second half: who was first, what the target has, and what follows. In the
/// order of the source, one batch after the other.
pub(super) async fn conclude(
    wiring: &Wiring,
    view: &View,
    Prepared { works, fresh }: Prepared,
) -> Result<Vec<Evaluated>, SyncError> {
    let mut answers = correlate(wiring, view, &works).await?;
    let mut evaluated = Vec::with_capacity(works.len());
    for (place, work) in works.into_iter().enumerate() {
        let answer = answers.remove(&place);
        evaluated.push(decide(wiring, view, work, answer, fresh).await?);
    }
    Ok(evaluated)
}

/// What needs no component: absence, scope, broken content, nothing new.
fn read(
    wiring: &Wiring,
    view: &View,
    fingerprint: &Digest,
    candidate: Candidate,
    actual: Option<Resource>,
    explain: bool,
) -> Work {
    let mut trace = Trace::new(&candidate.key, explain);
    if actual.is_some() {
        trace.step(Step::Read, "the linked resource is not as it was seen last");
    }
    let input = input_of(&candidate.digest, fingerprint);
    let mut unchanged = false;
    let wanted = match view.presence(&candidate) {
        Presence::Absent(absence) => {
            trace.step(
                Step::Read,
                "gone from the source, and the enumeration was complete",
            );
            Some(Wanted::Absent(absence))
        }
        Presence::Unproven => {
            trace.step(
                Step::Read,
                "not in the source, but nothing proves that it is gone",
            );
            Some(Wanted::Skipped("its absence is not proven".to_owned()))
        }
        Presence::Present => match &candidate.content {
            Err(problem) => {
                let problem = format!("line {}: {problem}", candidate.position);
                trace.step(Step::Read, &problem);
                Some(Wanted::Problem(problem))
            }
            Ok(object) => {
                let activity = if object.active { "active" } else { "inactive" };
                trace.step(
                    Step::Read,
                    format_args!(
                        "read from the source ({activity}, line {})",
                        candidate.position
                    ),
                );
                match wiring.config.scope.get(&candidate.key.kind) {
                    Some(filter) if !filter.matches_json(&object.attributes) => {
                        trace.step(Step::Scope, format_args!("out of scope: {filter}"));
                        Some(Wanted::OutOfScope("out of the mapping's scope".to_owned()))
                    }
                    filter => {
                        match filter {
                            Some(f) => trace.step(Step::Scope, format_args!("in scope: {f}")),
                            None => trace.step(Step::Scope, "in scope: all of this kind"),
                        }
                        unchanged = !explain
                            && actual.is_none()
                            && candidate.link.as_ref().is_some_and(|link| {
                                link.standing()
                                    .in_step(&candidate.digest, fingerprint, view.now)
                            });
                        None
                    }
                }
            }
        },
    };
    // Who is not mapped keeps the time that the last mapping asked for.
    let reevaluate_at = match &candidate.link {
        Some(link) if unchanged => link.reevaluate_at,
        _ => None,
    };
    Work {
        candidate,
        actual,
        by: BTreeSet::new(),
        wanted,
        suspended: false,
        unchanged,
        input: Some(input),
        reevaluate_at,
        references: None,
        keys: Vec::new(),
        unique: Vec::new(),
        trace,
    }
}

/// References become the ids of the linked; the others are waited for.
async fn resolve(wiring: &Wiring, view: &View, works: &mut [Work]) -> Result<(), SyncError> {
    let mut keys: Vec<ObjectKey> = Vec::new();
    for work in works.iter() {
        if let Some(Wanted::Projection(projection)) = &work.wanted {
            keys.extend(
                projection
                    .references
                    .iter()
                    .map(|reference| reference.to.clone()),
            );
        }
    }
    let ids = if keys.is_empty() {
        BTreeMap::new()
    } else {
        wiring.store.target_ids(&wiring.config.name, keys).await?
    };
    for work in works {
        let Some(Wanted::Projection(projection)) = &mut work.wanted else {
            continue;
        };
        let mut references = Vec::new();
        for reference in std::mem::take(&mut projection.references) {
            match ids.get(&reference.to) {
                Some(id) => {
                    let resource = projection.resource.thaw();
                    resource.set_path(&reference.path, id.as_str());
                }
                // Not all of it can be said yet: map again until it can.
                None => work.input = None,
            }
            references.push(reference.to);
        }
        work.references = Some(references);
        work.keys = wiring.match_values(&work.candidate.resource_type, &projection.resource);
        let schema = view.schema(wiring, &work.candidate.resource_type)?;
        work.unique = unique_values(schema, &projection.resource);
    }
    Ok(())
}

async fn decide(
    wiring: &Wiring,
    view: &View,
    mut work: Work,
    answer: Option<crate::store::Correlated>,
    fresh: bool,
) -> Result<Evaluated, SyncError> {
    let candidate = &work.candidate;
    let edges = match &work.wanted {
        Some(Wanted::Projection(projection)) => Some(projection.edges.clone()),
        _ => None,
    };
    let leaving = match &work.wanted {
        Some(Wanted::Absent(_) | Wanted::OutOfScope(_)) => true,
        // Had left, and nothing says that it is back: what is written now does not bring it back.
        Some(Wanted::Skipped(_)) => candidate.link.as_ref().is_some_and(|link| link.left),
        _ => false,
    };
    let holder = answer.as_ref().and_then(|answer| answer.holder.clone());
    let decision = if work.unchanged {
        Decision::InStep
    } else if let Some(holder) = &holder {
        let reason = format!(
            "its {} is taken by {}; waits until it is free",
            holder.attribute, holder.object
        );
        work.trace.step(Step::Match, &reason);
        Decision::Park {
            situation: match &candidate.link {
                Some(_) => Situation::Linked,
                None => Situation::FoundAlreadyLinked,
            },
            reason,
        }
    } else {
        let schema = view.schema(wiring, &candidate.resource_type)?;
        let linked = candidate.link.as_ref();
        let asked = match (&work.wanted, linked) {
            (Some(Wanted::Projection(_)), link) if link.is_none_or(|link| link.gone) => {
                correlation(wiring, view, &work, answer.map(|a| a.found), fresh).await
            }
            (Some(Wanted::Absent(_) | Wanted::OutOfScope(_)), None) => {
                unfinished(wiring, view, &work).await
            }
            _ => Ok(Asked::default()),
        };
        let asked = match asked {
            Ok(asked) => asked,
            Err(Failure::Fatal(error)) => return Err(error),
            Err(Failure::Target(cause @ TargetError::Unusable { .. })) => {
                return Err(SyncError::Target {
                    name: wiring.config.target.clone(),
                    cause,
                });
            }
            Err(Failure::Target(error)) => return Ok(unasked(work, error)),
        };
        work.trace.matched(linked, asked.found.as_ref());
        let decision = decide::decide(Facts {
            object: &candidate.key,
            resource_type: &candidate.resource_type,
            wanted: work.wanted.take().unwrap_or(Wanted::Skipped(String::new())),
            link: linked.map(|link| Linked {
                target_id: link.target_id.clone(),
                origin: link.origin,
                written: link.written.clone(),
                gone: link.gone,
                left: link.left,
            }),
            begun: asked.begun,
            correlation: asked.found,
            actual: work.actual.take(),
            schema,
            policy: &wiring.config.policy,
        });
        match come_back(candidate, decision, edges.is_some()) {
            // An inactive account is closed all the same; there is none, so nothing is done.
            Decision::Park { .. } if work.suspended => Decision::Ignore,
            decision => decision,
        }
    };
    let (decision, switched_off) = switched(wiring, &work, decision);
    if switched_off.is_some() {
        // What was left out is to be done another time.
        work.input = None;
    }
    let suspended = work.suspended && matches!(decision, Decision::Ignore);
    work.trace.decided(&decision);
    let again_at = match (&decision, &candidate.open_intent) {
        (Decision::Wait, Some(intent)) => Some(wiring.visible_after(intent.sent_until)),
        _ => None,
    };
    Ok(Evaluated {
        waits_for: holder.map(|holder| (candidate.resource_type.clone(), holder)),
        decision,
        edges,
        input: work.input,
        reevaluate_at: work.reevaluate_at,
        references: work.references,
        keys: work.keys,
        unasked: None,
        again_at,
        unique: work.unique,
        leaving,
        suspended,
        switched_off,
        trace: work.trace,
        candidate: work.candidate,
    })
}

/// What the operation switches leave of a decision, and why that is not all of it.
fn switched(wiring: &Wiring, work: &Work, decision: Decision) -> (Decision, Option<String>) {
    let switches = &wiring.config.operations;
    let change = match decision {
        Decision::Change(change) if !switches.is_empty() => change,
        decision => return (decision, None),
    };
    let situation = change.situation;
    let mut by = work.by.clone();
    by.insert(wiring.trigger);
    let written = work.candidate.link.as_ref().map(|link| &link.written);
    let why = |operation| operation::off(&work.candidate.key.kind, operation, &by);
    match operation::gate(*change, switches, &by, written) {
        Gated::Whole(change) => (Decision::Change(Box::new(change)), None),
        Gated::Part(change, rest) => (Decision::Change(Box::new(change)), Some(why(rest))),
        Gated::Off(operation) => {
            let reason = why(operation);
            let decision = Decision::Report {
                situation,
                reason: reason.clone(),
            };
            (decision, Some(reason))
        }
    }
}

/// Somebody had left and is back, and nothing differs: only the link must
/// learn it, so that memberships return.
fn come_back(candidate: &Candidate, decision: Decision, mapped: bool) -> Decision {
    match (&candidate.link, decision) {
        (Some(link), Decision::InStep) if (link.left || link.leaving) && mapped => {
            Decision::Change(Box::new(Change {
                object: candidate.key.clone(),
                resource_type: candidate.resource_type.clone(),
                situation: Situation::Linked,
                effects: Effects::of([Effect::Link]),
                action: Action::Link {
                    target_id: link.target_id.clone(),
                    origin: link.origin,
                    delta: Delta::default(),
                },
                written: Some(link.written.clone().into()),
            }))
        }
        (_, decision) => decision,
    }
}
