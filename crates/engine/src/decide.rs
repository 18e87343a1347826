//! One object, all that is known about it, one decision.
//!
//! The order of the questions is the order of the file: is the object proven
//! gone, is it out of scope, what did the mapping say, is there a link, does
//! the name belong to somebody else, what was found at the target.

mod unknown;

pub use unknown::Begun;

use purser_scim::{
    Resource,
    diff::{self, AttributeChange, Delta},
    path::{AttrPath, Path},
    schema::{ResourceSchema, Returned},
};
use serde_json::Value;

use crate::{
    Frozen,
    absence::Absence,
    change::{Action, Change, Origin},
    effect::{self, Effect, Effects},
    ids::{ObjectKey, ResourceType, TargetId},
    policy::{Departure, Found, LinkBroken, Policy},
    projection::Projection,
    situation::Situation,
};

/// What the source and the mapping say.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// The resource as it should be.
    Projection(Box<Projection>),
    /// Leave both sides as they are.
    Skipped(String),
    /// The object has no place at this target.
    OutOfScope(String),
    /// The object is proven to be gone.
    Absent(Absence),
    /// The object cannot be used as it is.
    Problem(String),
    /// The object is inactive at the source, and its mapping says nothing about
    /// it: it failed, or skipped. The account is closed all the same.
    Closed(String),
}

/// The link of the object, if there is one.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The resource at the target.
    pub target_id: TargetId,
    /// Who made it.
    pub origin: Origin,
    /// Our last projection.
    pub written: Resource,
    /// The target's resource is proven to be gone: a complete listing without it, or a 404.
    pub gone: bool,
    /// The object left before, by absence or by scope, and was deactivated for that.
    pub left: bool,
}

/// What was found at the target for an object that has no link.
#[derive(Clone, Debug)]
pub enum Correlation {
    /// Nothing matches.
    Nothing,
    /// One resource matches, and nobody owns it.
    One {
        /// Its id.
        target_id: TargetId,
        /// As the target has it.
        resource: Resource,
    },
    /// The one match belongs to another object.
    Owned {
        /// To whom.
        by: ObjectKey,
        /// By which attribute it matches.
        attribute: String,
    },
    /// Several match.
    Many {
        /// How many; where there are very many, at least so many.
        count: usize,
        /// By which attribute.
        attribute: String,
    },
}

/// All that a decision rests on.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The object.
    pub object: &'a ObjectKey,
    /// Its resource type.
    pub resource_type: &'a ResourceType,
    /// What the source and the mapping say.
    pub wanted: Wanted,
    /// Its link.
    pub link: Option<Linked>,
    /// A create that was begun and whose answer we do not know.
    pub begun: Option<Begun>,
    /// What was found; needed only where there is no link.
    pub correlation: Option<Correlation>,
    /// The linked resource as the target has it now, where it was read and is not
    /// as we saw it last. What `written` says of it may not be true any more, so
    /// what is sent is decided against this.
    pub actual: Option<Resource>,
    /// The target's schema.
    pub schema: &'a ResourceSchema,
    /// The mapping's policy.
    pub policy: &'a Policy,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Nothing: it is as it should be.
    InStep,
    /// This.
    Change(Box<Change>),
    /// Set the object aside.
    Park {
        /// How it stands to the target.
        situation: Situation,
        /// Why, without personal data.
        reason: String,
    },
    /// Leave it alone and show it.
    Report {
        /// How it stands to the target.
        situation: Situation,
        /// Why, without personal data.
        reason: String,
    },
    /// Leave it alone; there is nothing to show.
    Ignore,
    /// What we began to create may not be visible yet: ask the target again later.
    Wait,
    /// The target must be asked first ([`Facts::correlation`] is missing).
    Correlate,
}

/// Decides.
pub fn decide(facts: Facts<'_>) -> Decision {
    match &facts.wanted {
        Wanted::Absent(_) => leave(&facts, Situation::SourceMissing, "gone from the source"),
        Wanted::OutOfScope(reason) => leave(&facts, Situation::OutOfScope, reason),
        Wanted::Skipped(_) => match &facts.link {
            // Whatever is not known of somebody who had left: the account stays closed.
            Some(link) if link.left && found_open(&facts) => {
                deactivate(&facts, Situation::Linked, link)
            }
            _ => Decision::Ignore,
        },
        Wanted::Problem(reason) => Decision::Park {
            situation: standing(&facts),
            reason: reason.clone(),
        },
        Wanted::Closed(reason) => match &facts.link {
            // A leaver never fails open (invariant 12).
            Some(link) if is_open(&facts, link) => deactivate(&facts, Situation::Linked, link),
            _ => Decision::Park {
                situation: standing(&facts),
                reason: reason.clone(),
            },
        },
        Wanted::Projection(projection) => match &facts.link {
            Some(link) if link.gone && facts.policy.link_broken == LinkBroken::Report => {
                Decision::Report {
                    situation: Situation::LinkBroken,
                    reason: "the linked resource is gone at the target".to_owned(),
                }
            }
            Some(link) if !link.gone => update(&facts, link, projection),
            // What vanished may have come back under another id: looked for like a stranger.
            _ => first_time(&facts, projection),
        },
    }
}

/// Whether an account is there and, as far as we wrote it or have read it, usable.
fn is_open(facts: &Facts<'_>, link: &Linked) -> bool {
    let written_open = *facts.resource_type == ResourceType::user()
        && !link.gone
        && effect::is_active(&link.written);
    written_open || found_open(facts)
}

/// Whether an account was read at the target, and is usable there.
fn found_open(facts: &Facts<'_>) -> bool {
    *facts.resource_type == ResourceType::user()
        && facts.actual.as_ref().is_some_and(effect::is_active)
}

fn standing(facts: &Facts<'_>) -> Situation {
    match &facts.link {
        Some(link) if link.gone => Situation::LinkBroken,
        Some(_) => Situation::Linked,
        None => Situation::Absent,
    }
}

fn changed(
    facts: &Facts<'_>,
    situation: Situation,
    effects: Effects,
    action: Action,
    written: Option<Frozen>,
) -> Decision {
    Decision::Change(Box::new(Change {
        object: facts.object.clone(),
        resource_type: facts.resource_type.clone(),
        situation,
        effects,
        action,
        written,
    }))
}

/// The object is gone or excluded: what becomes of its resource?
fn leave(facts: &Facts<'_>, situation: Situation, reason: &str) -> Decision {
    let Some(link) = &facts.link else {
        return unfinished(facts, situation);
    };
    let unlink = || {
        changed(
            facts,
            situation,
            Effects::of([Effect::Unlink]),
            Action::Unlink {
                target_id: Some(link.target_id.clone()),
            },
            None,
        )
    };
    // A listing that does not show the resource is no reason to leave the
    // account alone: the target is told all the same, and its 404 ends the link.
    let departure = match situation {
        Situation::SourceMissing => facts.policy.on_absent(facts.resource_type, link.origin),
        _ => facts
            .policy
            .on_out_of_scope(facts.resource_type, link.origin),
    };
    match departure {
        Departure::Keep => Decision::Report {
            situation,
            reason: format!("{reason}; kept by policy"),
        },
        Departure::Unlink => unlink(),
        Departure::Delete => changed(
            facts,
            situation,
            Effects::of([Effect::Delete]),
            Action::Delete {
                target_id: link.target_id.clone(),
            },
            None,
        ),
        Departure::Deactivate if link.left && !found_open(facts) => Decision::InStep,
        Departure::Deactivate => deactivate(facts, situation, link),
    }
}

fn active_false(before: Option<Value>) -> AttributeChange {
    AttributeChange {
        path: Path::attr(AttrPath::new("active")),
        before,
        after: Some(Value::Bool(false)),
    }
}

/// Says `active: false` once more than `written` would ask for: this is the
/// last time that we write to the account of somebody who leaves, and what the
/// target made of it meanwhile we do not know (invariant 12).
fn deactivate(facts: &Facts<'_>, situation: Situation, link: &Linked) -> Decision {
    let mut written = link.written.clone();
    written.set("active", Value::Bool(false));
    let seen = facts.actual.as_ref().unwrap_or(&link.written);
    let change = active_false(seen.get("active").cloned());
    changed(
        facts,
        situation,
        Effects::of([Effect::Deactivate]),
        Action::Update {
            target_id: link.target_id.clone(),
            delta: Delta {
                changes: vec![change],
            },
        },
        Some(written.into()),
    )
}

/// The object leaves, and the answer to its create was lost: an account of ours
/// may stand at the target without a link, and must not be left open.
fn unfinished(facts: &Facts<'_>, situation: Situation) -> Decision {
    let Some(begun) = facts.begun else {
        return Decision::Ignore;
    };
    match &facts.correlation {
        None => Decision::Correlate,
        Some(Correlation::Nothing) if !begun.visible => Decision::Wait,
        Some(Correlation::One {
            target_id,
            resource,
        }) => {
            let mut written = Resource::new();
            let mut delta = Delta::default();
            let mut effects = Effects::of([Effect::Link]);
            if *facts.resource_type == ResourceType::user() {
                written.set("active", Value::Bool(false));
                delta
                    .changes
                    .push(active_false(resource.get("active").cloned()));
                effects.insert(Effect::Deactivate);
            }
            let action = Action::Link {
                target_id: target_id.clone(),
                origin: Origin::Created,
                delta,
            };
            changed(facts, situation, effects, action, Some(written.into()))
        }
        Some(Correlation::Nothing | Correlation::Owned { .. }) => changed(
            facts,
            situation,
            Effects::of([Effect::Unlink]),
            Action::Unlink { target_id: None },
            None,
        ),
        Some(Correlation::Many { count, attribute }) => unknown::several(*count, attribute),
    }
}

fn update(facts: &Facts<'_>, link: &Linked, projection: &Projection) -> Decision {
    let mut written = diff::overlay(&link.written, &projection.for_update());
    // We closed it, the source calls it active again (an inactive object always
    // says so in its projection), and the mapping has no word for it.
    let closed = *facts.resource_type == ResourceType::user() && !effect::is_active(&link.written);
    if closed && projection.resource.get("active").is_none() {
        written.set("active", Value::Bool(true));
    }
    let unsaid = diff::diff(&link.written, &written, facts.schema);
    let delta = match &facts.actual {
        None => unsaid.clone(),
        Some(actual) => drift(actual, link, &written, facts.schema),
    };
    let target_id = link.target_id.clone();
    let (effects, action) = if !delta.is_empty() {
        let effects = effect::classify(facts.resource_type, &delta);
        (effects, Action::Update { target_id, delta })
    } else if unsaid.is_empty() {
        return Decision::InStep;
    } else {
        // The target has it already, by a request whose answer nobody heard: only
        // the link must learn it.
        let origin = link.origin;
        let link = Action::Link {
            target_id,
            origin,
            delta,
        };
        (Effects::of([Effect::Link]), link)
    };
    changed(
        facts,
        Situation::Linked,
        effects,
        action,
        Some(written.into()),
    )
}

/// From what the target has to what we write. What others wrote beside it stays,
/// and what the target does not show in its answers is as we wrote it
/// (`returned`, RFC 7643 §7).
fn drift(actual: &Resource, link: &Linked, written: &Resource, schema: &ResourceSchema) -> Delta {
    let mut actual = actual.clone();
    for attribute in &schema.core().attributes {
        let shown = matches!(attribute.returned, Returned::Always | Returned::Default);
        if let Some(ours) = link.written.get(&attribute.name)
            && !shown
        {
            actual.set(&attribute.name, ours.clone());
        }
    }
    diff::diff(&actual, &diff::overlay(&actual, written), schema)
}

fn create(facts: &Facts<'_>, situation: Situation, projection: &Projection) -> Decision {
    let resource = projection.for_create();
    changed(
        facts,
        situation,
        Effects::of([Effect::Create]),
        Action::Create { resource },
        Some(projection.first_written()),
    )
}

fn first_time(facts: &Facts<'_>, projection: &Projection) -> Decision {
    match &facts.correlation {
        None => Decision::Correlate,
        Some(Correlation::Nothing) => match facts.begun {
            Some(begun) => unknown::nothing_found(facts, begun, projection),
            None if facts.link.is_some() => create(facts, Situation::LinkBroken, projection),
            None => create(facts, Situation::Absent, projection),
        },
        Some(Correlation::Owned { by, attribute }) => Decision::Park {
            situation: Situation::FoundAlreadyLinked,
            reason: format!(
                "the resource that matches at the target by {attribute} belongs to {by}; if these are two, \
                 take {attribute} out of the mapping's `match`"
            ),
        },
        Some(Correlation::Many { count, attribute }) if facts.begun.is_some() => {
            unknown::several(*count, attribute)
        }
        Some(Correlation::Many { count, attribute }) => Decision::Park {
            situation: Situation::Ambiguous,
            reason: format!(
                "{count} resources at the target match by {attribute}; remove or rename all but one there, \
                 or match by an attribute that tells them apart"
            ),
        },
        Some(Correlation::One {
            target_id,
            resource,
        }) => {
            // Nothing matched before we began to create it: what is found now is ours.
            let origin = if facts.begun.is_some() {
                Origin::Created
            } else {
                Origin::Adopted
            };
            if origin == Origin::Adopted && facts.policy.found == Found::Report {
                return Decision::Report {
                    situation: Situation::Found,
                    reason: "a resource at the target matches; linking is left to a person"
                        .to_owned(),
                };
            }
            link_up(facts, projection, target_id, resource, origin)
        }
    }
}

/// Links a resource that is there. Only mapped attributes are brought into
/// step; the others stay.
fn link_up(
    facts: &Facts<'_>,
    projection: &Projection,
    target_id: &TargetId,
    found: &Resource,
    origin: Origin,
) -> Decision {
    let wanted = projection.for_update();
    let delta: Delta = diff::diff(found, &diff::overlay(found, &wanted), facts.schema);
    let mut effects = effect::classify(facts.resource_type, &delta);
    effects.insert(Effect::Link);
    changed(
        facts,
        Situation::Found,
        effects,
        Action::Link {
            target_id: target_id.clone(),
            origin,
            delta,
        },
        Some(projection.first_written()),
    )
}
