//! The gate between a decision and the target.
//!
//! Only this module makes an [`Approved`], and only an approved change can be
//! written. Changes that take accounts away are counted; what exceeds the limit
//! is held for a person and stays held until that person allows it.

use std::collections::BTreeMap;

use purser_scim::Resource;
use serde::{Deserialize, Serialize};

use crate::{
    Digest,
    change::Change,
    effect::{Effect, Effects},
    ids::ObjectKey,
    operation,
};

/// How many Deactivate and Delete together a run may cause at one target unless configured otherwise.
pub const DEFAULT_DEPROVISION_LIMIT: u64 = 25;

/// A value that the failsafe let pass.
///
/// ```compile_fail
/// use purser_engine::failsafe::Approved;
/// let forged = Approved { value: 7 };
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Approved<T> {
    value: T,
}

impl<T> Approved<T> {
    /// What was approved.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// Gives the value back; the approval is gone with it.
    pub fn into_inner(self) -> T {
        self.value
    }
}

/// The stored form of an approval: this object, these effects, this delta.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    object: ObjectKey,
    effects: Effects,
    delta: Digest,
}

impl Grant {
    /// The description of a change. It grants nothing by itself: a grant counts
    /// only where an approval was stored with it.
    pub fn of(change: &Change) -> Self {
        Self {
            object: change.object.clone(),
            effects: change.effects.clone(),
            delta: change.delta_digest(),
        }
    }
}

impl Approved<Change> {
    /// The deactivation in it, where it is more than that: what may be done with the rest
    /// may be done without it. `written`: our last projection, where the object is linked.
    pub fn closing(&self, written: Option<&Resource>) -> Option<Self> {
        let change = self.get();
        let more = |effect| !matches!(effect, Effect::Deactivate | Effect::Link);
        if !change.effects.contains(Effect::Deactivate) || !change.effects.iter().any(more) {
            return None;
        }
        let value = operation::deactivation(change.clone(), written)?;
        Some(Self { value })
    }

    /// What to store beside the plan row, so that a job may do what its row allows.
    pub fn grant(&self) -> Grant {
        Grant::of(&self.value)
    }
}

/// A change that waits for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The change.
    pub change: Change,
    /// Why.
    pub reason: String,
}

/// What the gate said.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// It may be done.
    Approved(Approved<Change>),
    /// It waits for a person.
    Held(Held),
}

/// The gate for one target during one run.
#[derive(Clone, Debug)]
pub struct Failsafe {
    limit: u64,
    allowed: BTreeMap<Effect, u64>,
    counted: BTreeMap<Effect, u64>,
    /// Over what it counts, for people.
    span: &'static str,
}

impl Failsafe {
    /// `limit`: Deactivate and Delete together. `allowed`: a person's word for
    /// this run, effect by effect; it replaces the limit for that effect.
    pub fn new(limit: u64, allowed: BTreeMap<Effect, u64>) -> Self {
        Self {
            limit,
            allowed,
            counted: BTreeMap::new(),
            span: "run",
        }
    }

    /// The same, where so many were let pass before, within a day: small runs, one
    /// after the other, are not to do what one of them may not.
    #[must_use]
    pub fn after(mut self, before: impl IntoIterator<Item = (Effect, u64)>) -> Self {
        self.counted.extend(before);
        self.span = "day";
        self
    }

    /// Judges a new change. `held_before`: the same change was held by an
    /// earlier run, so that a fresh budget does not let it pass unseen.
    pub fn judge(&mut self, change: Change, held_before: bool) -> Judgement {
        let counted: Vec<Effect> = change.effects.iter().filter(|e| e.deprovisions()).collect();
        for effect in &counted {
            if let Err(reason) = self.room_for(*effect, held_before) {
                return Judgement::Held(Held { change, reason });
            }
        }
        for effect in counted {
            *self.counted.entry(effect).or_default() += 1;
        }
        Judgement::Approved(Approved { value: change })
    }

    /// Judges a change that a stored grant may already cover: the same object,
    /// effects and delta pass without being counted again; anything else is new.
    pub fn admit(&mut self, change: Change, grant: Option<&Grant>, held_before: bool) -> Judgement {
        if grant.is_some_and(|grant| *grant == Grant::of(&change)) {
            return Judgement::Approved(Approved { value: change });
        }
        self.judge(change, held_before)
    }

    fn room_for(&self, effect: Effect, held_before: bool) -> Result<(), String> {
        let counted = |e: Effect| self.counted.get(&e).copied().unwrap_or_default();
        if let Some(allowed) = self.allowed.get(&effect) {
            return if counted(effect) < *allowed {
                Ok(())
            } else {
                Err(format!(
                    "more than the {allowed} allowed for `{effect}` in this run"
                ))
            };
        }
        if held_before {
            return Err(format!(
                "held by an earlier run; allow it with --allow {effect}=N"
            ));
        }
        // Effects with a word of their own do not use up the common limit.
        let used: u64 = [Effect::Deactivate, Effect::Delete]
            .into_iter()
            .filter(|e| !self.allowed.contains_key(e))
            .map(counted)
            .sum();
        if used < self.limit {
            Ok(())
        } else {
            Err(format!(
                "more than {} deactivations and deletions in one {}; allow it with --allow {effect}=N",
                self.limit, self.span
            ))
        }
    }
}
