//! What a run tells: counters for everybody, steps for who asked for them.

use std::{collections::BTreeMap, fmt};

use purser_engine::{
    change::AttributeDelta,
    decide::{Correlation, Decision, Wanted},
    effect::Effect,
    ids::{Kind, ObjectKey, ResourceType, RunId},
    plan::Counters,
};
use serde::Serialize;

use crate::store::{LinkRow, SuspendedRow};

/// The steps of one object, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The object as the source has it.
    Read,
    /// Whether the mapping means it.
    Scope,
    /// What the component made of it.
    Map,
    /// What was found at the target.
    Match,
    /// What is to be done.
    Decide,
    /// What was done.
    Write,
}

/// One step, for people.
#[derive(Clone, Debug, Serialize)]
pub struct TraceStep {
    /// Which.
    pub step: Step,
    /// What happened.
    pub text: String,
    /// Attributes with their value before and after, where the step has some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeDelta>,
}

/// The steps of one object. Empty unless they were asked for: they hold values.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// The object.
    pub object: String,
    /// Its steps.
    pub steps: Vec<TraceStep>,
    #[serde(skip)]
    wanted: bool,
}

impl Trace {
    pub(super) fn new(key: &ObjectKey, wanted: bool) -> Self {
        Self {
            // Nobody reads what is not asked for.
            object: if wanted {
                key.to_string()
            } else {
                String::new()
            },
            steps: Vec::new(),
            wanted,
        }
    }

    pub(super) fn step(&mut self, step: Step, text: impl fmt::Display) {
        self.attributes(step, text, Vec::new());
    }

    pub(super) fn attributes(
        &mut self,
        step: Step,
        text: impl fmt::Display,
        attributes: Vec<AttributeDelta>,
    ) {
        if self.wanted {
            self.steps.push(TraceStep {
                step,
                text: text.to_string(),
                attributes,
            });
        }
    }

    pub(super) fn mapped(&mut self, plugin: &impl fmt::Display, wanted: &Wanted) {
        if !self.wanted {
            return;
        }
        match wanted {
            Wanted::Projection(projection) => {
                let attributes = projection
                    .resource
                    .as_map()
                    .iter()
                    .map(|(path, value)| AttributeDelta {
                        path: path.clone(),
                        before: None,
                        after: Some(value.clone()),
                    })
                    .collect();
                let mut text = format!("mapped by {plugin}");
                if !projection.edges.is_empty() {
                    text.push_str(&format!(", with {} memberships", projection.edges.len()));
                }
                if !projection.dropped.is_empty() {
                    text.push_str(&format!(
                        "; left out, because the target has no such attribute: {}",
                        projection.dropped.join(", ")
                    ));
                }
                self.attributes(Step::Map, &text, attributes);
            }
            Wanted::Skipped(reason) => {
                self.step(Step::Map, format_args!("skipped by {plugin}: {reason}"))
            }
            Wanted::OutOfScope(reason) => self.step(
                Step::Map,
                format_args!("out of scope by {plugin}: {reason}"),
            ),
            Wanted::Problem(reason) => self.step(
                Step::Map,
                format_args!("cannot be mapped by {plugin}: {reason}"),
            ),
            Wanted::Closed(reason) => self.step(
                Step::Map,
                format_args!("inactive, and not mapped by {plugin}: {reason}"),
            ),
            Wanted::Absent(_) => {}
        }
    }

    pub(super) fn matched(&mut self, link: Option<&LinkRow>, correlation: Option<&Correlation>) {
        if !self.wanted {
            return;
        }
        let text = match (link, correlation) {
            (Some(link), _) if link.gone => {
                format!("linked to {}, which is gone at the target", link.target_id)
            }
            (Some(link), _) => format!("linked to {}", link.target_id),
            (None, None) => "not linked".to_owned(),
            (None, Some(Correlation::Nothing)) => {
                "not linked, and nothing at the target matches".to_owned()
            }
            (None, Some(Correlation::One { target_id, .. })) => {
                format!("not linked; one resource matches: {target_id}")
            }
            (None, Some(Correlation::Owned { by, .. })) => {
                format!("not linked; the match belongs to {by}")
            }
            (None, Some(Correlation::Many { count, .. })) => {
                format!("not linked; {count} resources match")
            }
        };
        self.step(Step::Match, &text);
    }

    pub(super) fn decided(&mut self, decision: &Decision) {
        if !self.wanted {
            return;
        }
        match decision {
            Decision::InStep => self.step(Step::Decide, "in step: nothing to write"),
            Decision::Change(change) => self.attributes(
                Step::Decide,
                format_args!("{} ({})", change.effects, change.situation),
                change.attributes(),
            ),
            Decision::Park { situation, reason } => {
                self.step(Step::Decide, format_args!("park ({situation}): {reason}"))
            }
            Decision::Report { situation, reason } => {
                self.step(
                    Step::Decide,
                    format_args!("leave alone ({situation}): {reason}"),
                );
            }
            Decision::Ignore => self.step(Step::Decide, "nothing to do"),
            Decision::Wait => self.step(
                Step::Decide,
                "wait: what was begun to create may not be visible yet",
            ),
            Decision::Correlate => self.step(Step::Decide, "the target must be asked first"),
        }
    }
}

/// What was carried out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Applied {
    /// By resource type and effect. A change with several effects counts in each.
    pub effects: BTreeMap<ResourceType, BTreeMap<Effect, u64>>,
    /// Objects set aside while doing.
    pub parked: u64,
    /// Changes that the failsafe held while doing.
    pub held: u64,
    /// Linked resources that were read again, because they may not be as we saw them last.
    pub verified: u64,
    /// Tries that failed for the moment and were repeated.
    pub retried: u64,
    /// Changes that were not sent, because the target's own site had made them.
    pub echoes: u64,
    /// Requests whose worker lost its lease before it could say what became of them.
    pub handed_over: u64,
}

/// How a run went.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// Its number.
    pub run: RunId,
    /// The plan in numbers.
    pub planned: Counters,
    /// What was carried out; all zero in a simulation.
    pub applied: Applied,
    /// Kinds whose enumeration proves nothing about absence, and why; `true` where a proof was asked for and failed.
    pub incomplete: BTreeMap<Kind, (String, bool)>,
    /// Resource types whose listing at the target was not whole or not believed, and why
    /// (empty where a remark says it).
    pub unlisted: BTreeMap<ResourceType, String>,
    /// Resources at the target that belong to nobody of ours.
    pub unowned: u64,
    /// Linked resources that the other side has changed.
    pub drifted: u64,
    /// Objects parked at the end.
    pub parked: u64,
    /// Changes held at the end.
    pub held: u64,
    /// Objects that were left as they are, because their component is suspended.
    pub suspended: u64,
    /// Objects of which all or a part was left for another time, because an operation
    /// is switched off: by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub switched_off: BTreeMap<String, u64>,
    /// Why and until when, where there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspension: Option<SuspendedRow>,
    /// What the target said about itself that a person should know.
    pub remarks: Vec<String>,
    /// Steps, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<Trace>,
}

impl RunReport {
    pub(super) fn new(run: RunId) -> Self {
        Self {
            run,
            planned: Counters::default(),
            applied: Applied::default(),
            incomplete: BTreeMap::new(),
            unlisted: BTreeMap::new(),
            unowned: 0,
            drifted: 0,
            parked: 0,
            held: 0,
            suspended: 0,
            switched_off: BTreeMap::new(),
            suspension: None,
            remarks: Vec::new(),
            traces: Vec::new(),
        }
    }

    /// An object was left as it is, in part or as a whole.
    pub(super) fn leave(&mut self, reason: Option<String>) {
        if let Some(reason) = reason {
            *self.switched_off.entry(reason).or_default() += 1;
        }
    }

    /// Whether a proof of completeness was asked for and failed.
    pub fn proof_failed(&self) -> bool {
        self.incomplete.values().any(|(_, failed)| *failed)
    }
}
