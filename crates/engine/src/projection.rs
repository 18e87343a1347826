//! The resource as we want it at the target, made from what a mapping returned.
//!
//! A mapping writes references as `<kind>:<id>`: in a Group's `members`, in a
//! User's `groups`, in the enterprise `manager`. The first two become
//! [`Edge`]s and are never sent as written; the manager is sent once the other
//! end is linked.

use std::borrow::Cow;

use purser_scim::{
    Resource, diff, path::AttrPath, schema::ResourceSchema, urn, value::is_empty_value,
};
use serde_json::{Map, Value};

use crate::{
    Frozen,
    ids::{ObjectKey, ResourceType},
    members::Edge,
    object::SourceObject,
};

/// A reference that is sent as the other object's id at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where its id is to stand.
    pub path: AttrPath,
    /// To whom it points.
    pub to: ObjectKey,
}

/// What one object should be at the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The resource, with `null` where an attribute is to be emptied; without
    /// `id`, `meta`, `members`, `groups` and references.
    pub resource: Frozen,
    /// Attributes that are sent with a create and never again.
    pub create_only: Vec<AttrPath>,
    /// Memberships that this object's mapping wrote, from either end.
    pub edges: Vec<Edge>,
    /// References to objects that may or may not be linked yet.
    pub references: Vec<Reference>,
    /// What was left out, for a person: attribute names that the target does not have.
    pub dropped: Vec<String>,
}

/// Why a mapped resource cannot be used. The object is parked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectionError {
    /// RFC 7643 §2.4 `required`.
    #[error("the mapping gives no `{0}`, which the target requires")]
    Missing(String),
    /// A reference that is not `<kind>:<id>`.
    #[error("`{attribute}` holds a reference that is not of the form <kind>:<id>")]
    Reference {
        /// Where it stands.
        attribute: String,
    },
    /// The document is not a resource.
    #[error("the mapping's document is not a SCIM resource: {0}")]
    Document(String),
}

impl Projection {
    /// Makes a projection of what a mapping returned for `object`.
    ///
    /// The typed envelope wins: an object that its source calls inactive is
    /// inactive, whatever the mapping says (invariant 12).
    ///
    /// # Errors
    /// A required attribute is missing, or a reference has another form.
    pub fn new(
        object: &SourceObject,
        mapped: Map<String, Value>,
        create_only: Vec<AttrPath>,
        schema: &ResourceSchema,
    ) -> Result<Self, ProjectionError> {
        let mut resource = Resource::from_value(Value::Object(mapped))
            .map_err(|e| ProjectionError::Document(e.to_string()))?;
        // Both are the server's (RFC 7643 §3.1).
        resource.remove("id");
        resource.remove("meta");
        let mut edges = Vec::new();
        for (attribute, writer_is_group) in [("members", true), ("groups", false)] {
            let Some(value) = resource.remove(attribute) else {
                continue;
            };
            for other in references_in(attribute, &value)? {
                edges.push(if writer_is_group {
                    Edge {
                        group: object.key.clone(),
                        member: other,
                    }
                } else {
                    Edge {
                        group: other,
                        member: object.key.clone(),
                    }
                });
            }
        }
        edges.sort();
        edges.dedup();
        let references = take_manager(&mut resource)?;
        let dropped = drop_unknown(&mut resource, schema);
        if object.resource_type == ResourceType::user() && !object.active {
            resource.set("active", Value::Bool(false));
        }
        // A resource says of which schemas it is (RFC 7643 §3): mappings may leave that to us.
        resource.add_schema(&schema.core().id);
        if let Some(missing) = schema.missing_required(&resource).into_iter().next() {
            return Err(ProjectionError::Missing(missing.to_string()));
        }
        Ok(Self {
            resource: resource.into(),
            create_only,
            edges,
            references,
            dropped,
        })
    }

    /// The body of a create: everything that has a value (RFC 7644 §3.3), with
    /// the URN of each extension in `schemas`.
    pub fn for_create(&self) -> Frozen {
        let mut resource = without_empty(&self.resource);
        let schemas = resource.schemas();
        let unsaid: Vec<String> = resource
            .as_map()
            .keys()
            .filter(|name| name.starts_with("urn:"))
            .filter(|name| !schemas.iter().any(|said| urn::same(said, name)))
            .cloned()
            .collect();
        for urn in unsaid {
            resource.thaw().add_schema(&urn);
        }
        resource
    }

    /// What stands at the target, as far as we say it, once this was written for the
    /// first time: what a create alone sends is not managed afterwards.
    pub fn first_written(&self) -> Frozen {
        match self.for_update() {
            Cow::Borrowed(_) => without_empty(&self.resource),
            Cow::Owned(resource) => diff::without_empty(resource).into(),
        }
    }

    /// The projection as an update sees it: without what only a create sends.
    pub fn for_update(&self) -> Cow<'_, Resource> {
        let mut resource = Cow::Borrowed(&*self.resource);
        for path in &self.create_only {
            resource.to_mut().remove_path(path);
        }
        resource
    }
}

/// The same one where nothing in it is empty.
fn without_empty(resource: &Frozen) -> Frozen {
    if resource.as_map().values().any(holds_empty) {
        diff::without_empty(Resource::clone(resource)).into()
    } else {
        resource.clone()
    }
}

fn holds_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty() || items.iter().any(holds_empty),
        Value::Object(map) => map.is_empty() || map.values().any(holds_empty),
        scalar => scalar.is_null(),
    }
}

fn references_in(attribute: &str, value: &Value) -> Result<Vec<ObjectKey>, ProjectionError> {
    let bad = || ProjectionError::Reference {
        attribute: attribute.to_owned(),
    };
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    items
        .iter()
        .map(|item| {
            let text = match item {
                Value::Object(fields) => fields.get("value").and_then(Value::as_str),
                Value::String(text) => Some(text.as_str()),
                _ => None,
            };
            text.and_then(|text| text.parse().ok()).ok_or_else(bad)
        })
        .collect()
}

/// The enterprise `manager` (RFC 7643 §4.3): `{ "value": "<kind>:<id>" }`.
fn take_manager(resource: &mut Resource) -> Result<Vec<Reference>, ProjectionError> {
    let manager = AttrPath::new("manager").with_urn(urn::ENTERPRISE_USER);
    let path = manager.clone().with_sub("value");
    let Some(value) = resource.get_path(&manager).cloned() else {
        return Ok(Vec::new());
    };
    if is_empty_value(&value) {
        return Ok(Vec::new());
    }
    let to = references_in("manager", &value)?;
    resource.remove_path(&path);
    Ok(to
        .into_iter()
        .map(|to| Reference {
            path: path.clone(),
            to,
        })
        .collect())
}

/// Never send what the target's schema lacks or calls readOnly (RFC 7643 §7).
fn drop_unknown(resource: &mut Resource, schema: &ResourceSchema) -> Vec<String> {
    let mut dropped = Vec::new();
    for path in schema.unknown_attributes(resource) {
        dropped.push(path.to_string());
        resource.remove_path(&path);
    }
    let urns: Vec<String> = resource.schemas().into_iter().map(str::to_owned).collect();
    for urn in urns {
        if !schema.is_extension(&urn) && !urn::is_core(&urn) {
            resource.remove_schema(&urn);
        }
    }
    dropped
}
