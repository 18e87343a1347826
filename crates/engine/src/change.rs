//! A change to one object of one mapping, and the steps that carry it out.

use purser_scim::{Resource, diff::Delta};
use serde_json::{Value, json};

use crate::{
    Digest, Frozen,
    effect::Effects,
    failsafe::Approved,
    ids::{ObjectKey, ResourceType, TargetId},
    situation::Situation,
};

/// Who made a linked resource. What we did not create we never delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// We created it.
    Created,
    /// It was there, and a matching rule found it.
    Adopted,
}

/// What is to be written, in the terms of the target.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Create this resource (RFC 7644 §3.3). Without nulls, `id` and `meta`.
    Create {
        /// The body.
        resource: Frozen,
    },
    /// Tie the object to a resource that is there, and bring that into step.
    Link {
        /// The resource.
        target_id: TargetId,
        /// Whether it is our own creation, found again, or was there before.
        origin: Origin,
        /// What differs; may be empty.
        delta: Delta,
    },
    /// Modify these attributes (RFC 7644 §3.5.2).
    Update {
        /// The resource.
        target_id: TargetId,
        /// What differs; never empty.
        delta: Delta,
    },
    /// Delete the resource (RFC 7644 §3.6).
    Delete {
        /// The resource.
        target_id: TargetId,
    },
    /// Give up the link; nothing is written.
    Unlink {
        /// The resource that is left alone; none where a create turned out not to have happened.
        target_id: Option<TargetId>,
    },
    /// Add and remove members of a group (RFC 7644 §3.5.2).
    Members {
        /// The group.
        target_id: TargetId,
        /// Whom to add.
        add: Vec<Member>,
        /// Whom to remove.
        remove: Vec<Member>,
    },
}

/// One end of a membership.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// The member at the source.
    pub object: ObjectKey,
    /// The member at the target.
    pub target_id: TargetId,
}

/// A change that has been decided, but not yet permitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The object.
    pub object: ObjectKey,
    /// The SCIM resource type of its resource.
    pub resource_type: ResourceType,
    /// How it stood to the target when this was decided.
    pub situation: Situation,
    /// What it does.
    pub effects: Effects,
    /// What is written.
    pub action: Action,
    /// Our projection as it stands once this is done: the next baseline `written`.
    pub written: Option<Frozen>,
}

impl Change {
    /// A digest of what is written, to recognise the same change again.
    pub fn delta_digest(&self) -> Digest {
        let value = match &self.action {
            Action::Create { resource } => return resource.created().clone(),
            Action::Link {
                target_id, delta, ..
            } => json!({"link": target_id, "delta": delta_json(delta)}),
            Action::Update { target_id, delta } => {
                json!({"update": target_id, "delta": delta_json(delta)})
            }
            Action::Delete { target_id } => json!({"delete": target_id}),
            Action::Unlink { target_id } => json!({"unlink": target_id}),
            Action::Members {
                target_id,
                add,
                remove,
            } => json!({
                "members": target_id,
                "add": add.iter().map(|m| m.target_id.as_str()).collect::<Vec<_>>(),
                "remove": remove.iter().map(|m| m.target_id.as_str()).collect::<Vec<_>>(),
            }),
        };
        Digest::of_json(&value)
    }

    /// The names of the attributes that differ, as in [`attributes`](Self::attributes).
    pub fn attribute_names(&self) -> Vec<String> {
        match &self.action {
            Action::Create { resource } => sets(resource).map(|(name, _)| name.clone()).collect(),
            _ => self.attributes().into_iter().map(|it| it.path).collect(),
        }
    }

    /// The attributes that differ, with the value before and after; for a
    /// creation every attribute that it sets.
    pub fn attributes(&self) -> Vec<AttributeDelta> {
        match &self.action {
            Action::Create { resource } => sets(resource)
                .map(|(name, value)| AttributeDelta {
                    path: name.clone(),
                    before: None,
                    after: Some(value.clone()),
                })
                .collect(),
            Action::Link { delta, .. } | Action::Update { delta, .. } => delta
                .changes
                .iter()
                .map(|change| AttributeDelta {
                    path: change.path.to_string(),
                    before: change.before.clone(),
                    after: change.after.clone(),
                })
                .collect(),
            Action::Members { add, remove, .. } => add
                .iter()
                .map(|member| AttributeDelta {
                    path: "members".to_owned(),
                    before: None,
                    after: Some(Value::String(member.object.to_string())),
                })
                .chain(remove.iter().map(|member| AttributeDelta {
                    path: "members".to_owned(),
                    before: Some(Value::String(member.object.to_string())),
                    after: None,
                }))
                .collect(),
            Action::Delete { .. } | Action::Unlink { .. } => Vec::new(),
        }
    }
}

/// The attributes that a create sets; `schemas` says what it is.
fn sets(resource: &Resource) -> impl Iterator<Item = (&String, &Value)> {
    let all = resource.as_map().iter();
    all.filter(|(name, _)| !name.eq_ignore_ascii_case("schemas"))
}

fn delta_json(delta: &Delta) -> Value {
    delta
        .changes
        .iter()
        .map(|c| json!([c.path.to_string(), c.before, c.after]))
        .collect()
}

/// One attribute of a change, for people.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AttributeDelta {
    /// The attribute, as SCIM writes its path.
    pub path: String,
    /// The value before; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value after; absent where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What a target is asked to write. Only an approved change yields one, so
/// nothing can be written that the failsafe has not seen.
///
/// ```compile_fail
/// use purser_engine::change::Step;
/// fn write_without_approval(change: &purser_engine::change::Change) -> Step<'_> {
///     Step { change }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    change: &'a Change,
}

impl<'a> Step<'a> {
    /// The resource type to write to.
    pub fn resource_type(&self) -> &'a ResourceType {
        &self.change.resource_type
    }

    /// What to write.
    pub fn action(&self) -> &'a Action {
        &self.change.action
    }
}

impl Approved<Change> {
    /// The step that carries the change out.
    pub fn step(&self) -> Step<'_> {
        Step { change: self.get() }
    }
}
