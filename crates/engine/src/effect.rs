//! What a change really does at the target, whoever wrote it.
//!
//! Operation switches, the failsafe and grants judge by effects and never by
//! what a component called its result: `active` from true to false *is* a
//! deactivation.

use std::{collections::BTreeSet, fmt};

use purser_scim::{Resource, diff::Delta, path::Path};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::ResourceType;

/// One thing that happens at the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A resource comes into being.
    Create,
    /// A resource that was there is tied to a source object.
    Link,
    /// An attribute gets another value.
    Update,
    /// An attribute that had a value loses it.
    Clear,
    /// `userName`, or a group's `displayName`, changes.
    Rename,
    /// `active` goes from true (or unset) to false.
    Deactivate,
    /// `active` goes from false to true (or unset).
    Reactivate,
    /// A resource is deleted.
    Delete,
    /// A link is given up; the resource stays.
    Unlink,
    /// A group gains a member.
    AddMember,
    /// A group loses a member.
    RemoveMember,
}

impl Effect {
    /// The word used in output, configuration and the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Link => "link",
            Self::Update => "update",
            Self::Clear => "clear",
            Self::Rename => "rename",
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Delete => "delete",
            Self::Unlink => "unlink",
            Self::AddMember => "add-member",
            Self::RemoveMember => "remove-member",
        }
    }

    /// Whether the effect takes an account away from its owner; such effects count towards the failsafe.
    pub fn deprovisions(self) -> bool {
        matches!(self, Self::Deactivate | Self::Delete)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// All effects of one change, each once, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Effects(BTreeSet<Effect>);

impl Effects {
    /// Exactly these.
    pub fn of(effects: impl IntoIterator<Item = Effect>) -> Self {
        Self(effects.into_iter().collect())
    }

    /// One more.
    pub fn insert(&mut self, effect: Effect) {
        self.0.insert(effect);
    }

    /// Whether `effect` is among them.
    pub fn contains(&self, effect: Effect) -> bool {
        self.0.contains(&effect)
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = Effect> + '_ {
        self.0.iter().copied()
    }

    /// True where nothing happens.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them takes an account away.
    pub fn deprovision(&self) -> bool {
        self.iter().any(Effect::deprovisions)
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, effect) in self.iter().enumerate() {
            if n > 0 {
                f.write_str(" + ")?;
            }
            write!(f, "{effect}")?;
        }
        Ok(())
    }
}

/// The attribute whose change is a rename.
fn name_attribute(resource_type: &ResourceType) -> Option<&'static str> {
    match resource_type.as_str() {
        "User" => Some("userName"),
        "Group" => Some("displayName"),
        _ => None,
    }
}

/// An account is usable unless it says otherwise: a missing `active` is true
/// (RFC 7643 §4.1.1 leaves the meaning to the server; every known one does so).
/// Servers are met that send it as a string.
pub fn is_active(resource: &Resource) -> bool {
    active_value(resource.get("active"))
}

fn active_value(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(active)) => *active,
        Some(Value::String(text)) => !text.eq_ignore_ascii_case("false"),
        _ => true,
    }
}

/// Whether a path means a whole attribute with this name, whatever its case (RFC 7643 §2.1).
pub(crate) fn is_whole(path: &Path, name: &str) -> bool {
    path.filter.is_none()
        && path.sub.is_none()
        && path.attr.sub.is_none()
        && path.attr.attr.eq_ignore_ascii_case(name)
}

/// The effects of a delta on an existing resource.
pub fn classify(resource_type: &ResourceType, delta: &Delta) -> Effects {
    let mut effects = Effects::default();
    for change in &delta.changes {
        let is = |name: &str| is_whole(&change.path, name);
        if is("active") && resource_type.as_str() == "User" {
            match (
                active_value(change.before.as_ref()),
                active_value(change.after.as_ref()),
            ) {
                (true, false) => effects.insert(Effect::Deactivate),
                (false, true) => effects.insert(Effect::Reactivate),
                // Unset to true: said out loud what was so already.
                _ => effects.insert(Effect::Update),
            }
        } else if name_attribute(resource_type).is_some_and(is)
            && change.before.is_some()
            && change.after.is_some()
        {
            effects.insert(Effect::Rename);
        } else if change.after.is_none() {
            effects.insert(Effect::Clear);
        } else {
            effects.insert(Effect::Update);
        }
    }
    effects
}
