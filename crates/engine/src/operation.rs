//! Operation switches: what may be done by whose initiative.
//!
//! An administrator says for each kind of object whether creating, updating,
//! deactivating and deleting may be done on a person's word, by itself when
//! something changes, and on schedule. What is switched off for a trigger is left
//! as it is, and shown; it is not forgotten: the object is not in step, and a
//! trigger that may does it.
//!
//! A change is judged by its effects (invariant 7) and done as a whole or not at
//! all, with one exception: who is to be deactivated is, also where the rest of
//! the change may not be done now ([`gate`]; invariant 12).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use purser_scim::{Resource, diff::Delta};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    change::{Action, Change},
    effect::{self, Effect, Effects},
    ids::Kind,
};

/// By whose initiative something is done.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// A person has asked for it.
    #[default]
    Manual,
    /// Something has changed, or somebody's time has come.
    Automatic,
    /// It was time for a run.
    Scheduled,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Manual, Self::Automatic, Self::Scheduled];

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.word() == word)
    }

    /// The word used in output, configuration and the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Automatic => "automatic",
            Self::Scheduled => "scheduled",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What is switched: effects, as an administrator groups them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// A resource comes into being.
    Create,
    /// A resource or its members change; a closed account opens.
    Update,
    /// An account is closed.
    Deactivate,
    /// A resource is deleted.
    Delete,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Deactivate, Self::Delete];

    /// To which operation an effect belongs; none where nothing changes at the target.
    pub fn of(effect: Effect) -> Option<Self> {
        match effect {
            Effect::Create => Some(Self::Create),
            Effect::Update
            | Effect::Clear
            | Effect::Rename
            | Effect::Reactivate
            | Effect::AddMember
            | Effect::RemoveMember => Some(Self::Update),
            Effect::Deactivate => Some(Self::Deactivate),
            Effect::Delete => Some(Self::Delete),
            Effect::Link | Effect::Unlink => None,
        }
    }

    /// The word used in output and configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Deactivate => "deactivate",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The switches of one mapping: by kind and operation, which triggers may. What
/// is not named may be done by all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches(BTreeMap<(Kind, Operation), BTreeSet<Trigger>>);

impl Switches {
    /// From now on, `operation` on objects of a kind may be done by these only.
    pub fn set(
        &mut self,
        kind: Kind,
        operation: Operation,
        triggers: impl IntoIterator<Item = Trigger>,
    ) {
        self.0
            .insert((kind, operation), triggers.into_iter().collect());
    }

    /// Whether nothing is switched off.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of these triggers may do it.
    pub fn allow(&self, kind: &Kind, operation: Operation, by: &BTreeSet<Trigger>) -> bool {
        self.0
            .get(&(kind.clone(), operation))
            .is_none_or(|may| !may.is_disjoint(by))
    }

    /// The first operation of these effects that none of the triggers may do.
    pub fn off(&self, kind: &Kind, effects: &Effects, by: &BTreeSet<Trigger>) -> Option<Operation> {
        // The common case is a mapping without switches.
        if self.0.is_empty() {
            return None;
        }
        effects
            .iter()
            .filter_map(Operation::of)
            .find(|operation| !self.allow(kind, *operation, by))
    }

    /// Why these effects are left for another time, for people; none where they are not.
    pub fn why_off(
        &self,
        kind: &Kind,
        effects: &Effects,
        by: &BTreeSet<Trigger>,
    ) -> Option<String> {
        let operation = self.off(kind, effects, by)?;
        Some(off(kind, operation, by))
    }
}

/// What the switches leave of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Gated {
    /// All of it.
    Whole(Change),
    /// The deactivation in it; the rest is to be done another time, because of this operation.
    Part(Change, Operation),
    /// Nothing, because of this operation.
    Off(Operation),
}

/// What these triggers may do of a change. `written`: our last projection, where
/// the object is linked.
pub fn gate(
    change: Change,
    switches: &Switches,
    by: &BTreeSet<Trigger>,
    written: Option<&Resource>,
) -> Gated {
    let kind = &change.object.kind;
    let Some(off) = switches.off(kind, &change.effects, by) else {
        return Gated::Whole(change);
    };
    let closes = change.effects.contains(Effect::Deactivate);
    if off != Operation::Deactivate && closes && switches.allow(kind, Operation::Deactivate, by) {
        let part = deactivation(change, written);
        return part.map_or(Gated::Off(off), |part| Gated::Part(part, off));
    }
    Gated::Off(off)
}

/// Why an operation is not done, for people.
pub fn off(kind: &Kind, operation: Operation, by: &BTreeSet<Trigger>) -> String {
    let by: Vec<&str> = by.iter().map(|trigger| trigger.word()).collect();
    format!(
        "`operations.{kind}.{operation}` does not name {}",
        by.join(" or ")
    )
}

/// The same change, but nothing is written other than `active`. `written`: our last
/// projection, where the object is linked.
pub(crate) fn deactivation(mut change: Change, written: Option<&Resource>) -> Option<Change> {
    let link = match &mut change.action {
        Action::Update { delta, .. } => {
            only_active(delta);
            None
        }
        Action::Link { delta, .. } => {
            only_active(delta);
            Some(Effect::Link)
        }
        // No other action changes an attribute of something that is there.
        _ => return None,
    };
    change.effects = Effects::of(link.into_iter().chain([Effect::Deactivate]));
    let mut baseline = written.cloned().unwrap_or_default();
    baseline.set("active", Value::Bool(false));
    change.written = Some(baseline.into());
    Some(change)
}

fn only_active(delta: &mut Delta) {
    delta
        .changes
        .retain(|change| effect::is_whole(&change.path, "active"));
}
