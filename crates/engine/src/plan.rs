//! The plan of a run: one row for each object that is not in step, streamed,
//! and the counters that sum it up.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    change::{AttributeDelta, Change},
    effect::{Effect, Effects},
    ids::{ObjectKey, ResourceType},
    situation::Situation,
};

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is carried out.
    Approved,
    /// The failsafe holds it for a person.
    Held,
    /// The object is set aside with a reason.
    Parked,
    /// Nothing is done; a person should know.
    Reported,
}

/// One row of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The object.
    pub object: ObjectKey,
    /// The SCIM resource type, where it is known.
    pub resource_type: ResourceType,
    /// How it stands to the target.
    pub situation: Situation,
    /// What would be done.
    pub effects: Effects,
    /// What differs, attribute by attribute.
    pub attributes: Vec<AttributeDelta>,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why, where the verdict needs a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Row {
    /// The row of a change.
    pub fn of(change: &Change, verdict: Verdict, reason: Option<String>) -> Self {
        Self {
            object: change.object.clone(),
            resource_type: change.resource_type.clone(),
            situation: change.situation,
            effects: change.effects.clone(),
            attributes: change.attributes(),
            verdict,
            reason,
        }
    }
}

/// Sums over a plan. Memory does not grow with the number of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Objects looked at.
    pub objects: u64,
    /// Objects that are as they should be.
    pub in_step: u64,
    /// Rows by verdict.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Approved changes by resource type and effect. A change with several effects counts in each.
    pub approved: BTreeMap<ResourceType, BTreeMap<Effect, u64>>,
    /// Held changes by effect.
    pub held: BTreeMap<Effect, u64>,
    /// References to objects that a complete source does not have.
    pub dropped_references: u64,
}

impl Counters {
    /// Counts one row.
    pub fn count(&mut self, row: &Row) {
        *self.verdicts.entry(row.verdict).or_default() += 1;
        for effect in row.effects.iter() {
            let times = match effect {
                Effect::AddMember => {
                    row.attributes.iter().filter(|a| a.after.is_some()).count() as u64
                }
                Effect::RemoveMember => {
                    row.attributes.iter().filter(|a| a.before.is_some()).count() as u64
                }
                _ => 1,
            };
            let by_effect = match row.verdict {
                Verdict::Approved => self.approved.entry(row.resource_type.clone()).or_default(),
                Verdict::Held => &mut self.held,
                Verdict::Parked | Verdict::Reported => continue,
            };
            *by_effect.entry(effect).or_default() += times;
        }
    }

    /// Rows with this verdict.
    pub fn verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(&verdict).copied().unwrap_or_default()
    }
}
