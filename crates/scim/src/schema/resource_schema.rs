//! A resource type with its schemas resolved: the one thing to ask about an attribute.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Attribute, ResourceType, Schema, standard};
use crate::{
    path::AttrPath,
    resource::Resource,
    urn,
    value::{is_empty_value, members},
};

/// A resource type cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The type names a core schema that is not among those given.
    #[error("resource type {resource_type} needs the schema {urn}, which is not there")]
    MissingSchema {
        /// The resource type's name.
        resource_type: String,
        /// The schema's URN.
        urn: String,
    },
}

/// The core schema and the extensions of one resource type.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceSchema {
    resource_type: ResourceType,
    core: Arc<Schema>,
    extensions: Vec<(Arc<Schema>, bool)>,
}

impl ResourceSchema {
    /// User with the optional enterprise extension (RFC 7643 §4.1, §4.3).
    #[must_use]
    pub fn user() -> Self {
        Self {
            resource_type: ResourceType::new("User", "/Users", urn::USER)
                .with_extension(urn::ENTERPRISE_USER, false),
            core: standard::user(),
            extensions: vec![(standard::enterprise_user(), false)],
        }
    }

    /// Group (RFC 7643 §4.2).
    #[must_use]
    pub fn group() -> Self {
        Self {
            resource_type: ResourceType::new("Group", "/Groups", urn::GROUP),
            core: standard::group(),
            extensions: Vec::new(),
        }
    }

    /// Resolves a resource type among `schemas`. Without its core schema there is nothing to go
    /// by; an extension whose schema is missing (many servers do not publish it) is known by its
    /// URN alone.
    pub fn from_parts(
        resource_type: ResourceType,
        schemas: &[Schema],
    ) -> Result<Self, SchemaError> {
        let find = |urn: &str| schemas.iter().find(|schema| urn::same(&schema.id, urn));
        let core = find(&resource_type.schema).ok_or_else(|| SchemaError::MissingSchema {
            resource_type: resource_type.name.clone(),
            urn: resource_type.schema.clone(),
        })?;
        let extensions = resource_type
            .schema_extensions
            .iter()
            .map(|extension| {
                let schema = find(&extension.schema).cloned().unwrap_or_else(|| Schema {
                    id: extension.schema.clone(),
                    ..Schema::default()
                });
                (Arc::new(schema), extension.required)
            })
            .collect();
        Ok(Self {
            core: Arc::new(core.clone()),
            extensions,
            resource_type,
        })
    }

    /// The same with one more extension, in the resource type too. An extension of the same URN
    /// is replaced.
    #[must_use]
    pub fn with_extension(mut self, schema: Schema, required: bool) -> Self {
        let is_other = |urn: &str| !urn::same(urn, &schema.id);
        self.extensions.retain(|(known, _)| is_other(&known.id));
        let told = &mut self.resource_type.schema_extensions;
        told.retain(|known| is_other(&known.schema));
        self.resource_type = self.resource_type.with_extension(&schema.id, required);
        self.extensions.push((Arc::new(schema), required));
        self
    }

    /// The resource type.
    #[must_use]
    pub fn resource_type(&self) -> &ResourceType {
        &self.resource_type
    }

    /// The core schema.
    #[must_use]
    pub fn core(&self) -> &Schema {
        &self.core
    }

    /// The attributes at the top level of a resource: the common ones, then those of the core
    /// schema. What both define counts as common (RFC 7643 §3.1).
    pub(crate) fn top_level(&self) -> impl Iterator<Item = &Attribute> {
        let common = standard::common();
        let own = self.core.attributes.iter();
        common
            .attributes
            .iter()
            .chain(own.filter(|own| common.attribute(&own.name).is_none()))
    }

    /// The extension schemas, in the order of the resource type.
    pub fn extensions(&self) -> impl Iterator<Item = &Schema> {
        self.extensions.iter().map(|(schema, _)| schema.as_ref())
    }

    /// The extension with this URN.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions().find(|schema| urn::same(&schema.id, urn))
    }

    /// Whether `urn` is an extension of this resource type.
    #[must_use]
    pub fn is_extension(&self, urn: &str) -> bool {
        self.extension(urn).is_some()
    }

    /// Whether resources of this type must have the extension.
    #[must_use]
    pub fn is_required_extension(&self, urn: &str) -> bool {
        self.extensions
            .iter()
            .any(|(schema, required)| *required && urn::same(&schema.id, urn))
    }

    /// Whether `urn` means the top level of the resource.
    #[must_use]
    pub fn is_core(&self, urn: &str) -> bool {
        urn::same(&self.core.id, urn) || urn::is_core(urn)
    }

    /// The path as a resource of this type holds it: without the URN of the core schema.
    #[must_use]
    pub fn localize(&self, path: &AttrPath) -> AttrPath {
        match &path.urn {
            Some(urn) if !path.is_schema() && self.is_core(urn) => AttrPath {
                urn: None,
                ..path.clone()
            },
            _ => path.clone(),
        }
    }

    /// The definition of an attribute or sub-attribute; `None` if no schema knows it, and for a
    /// whole schema.
    #[must_use]
    pub fn attribute(&self, path: &AttrPath) -> Option<&Attribute> {
        let attribute = match &path.urn {
            Some(urn) if !self.is_core(urn) => self.extension(urn)?.attribute(&path.attr)?,
            // The common attributes take precedence over what a schema says (RFC 7643 §3.1).
            _ => standard::common()
                .attribute(&path.attr)
                .or_else(|| self.core.attribute(&path.attr))?,
        };
        match &path.sub {
            Some(sub) => attribute.sub_attribute(sub),
            None => Some(attribute),
        }
    }

    /// Whether a client may write at `path`: neither the attribute nor its parent is readOnly.
    /// What no schema knows counts as writable.
    #[must_use]
    pub fn writable(&self, path: &AttrPath) -> bool {
        ![path, &path.parent()]
            .into_iter()
            .filter_map(|path| self.attribute(path))
            .any(Attribute::is_read_only)
    }

    /// The required attributes that the resource lacks, in the order of the schemas. What the
    /// server assigns (readOnly) is not asked of it; the attributes of an optional extension, and
    /// the sub-attributes of a complex attribute, only where there is such.
    #[must_use]
    pub fn missing_required(&self, resource: &Resource) -> Vec<AttrPath> {
        let mut missing = Vec::new();
        lacking(self.top_level(), None, resource.as_map(), &mut missing);
        for (schema, required) in &self.extensions {
            match resource.get(&schema.id) {
                Some(Value::Object(map)) if !map.values().all(is_empty_value) => {
                    lacking(
                        schema.attributes.iter(),
                        Some(&schema.id),
                        map,
                        &mut missing,
                    );
                }
                _ if *required => missing.push(AttrPath::schema(&schema.id)),
                _ => {}
            }
        }
        missing
    }

    /// The attributes and sub-attributes of the resource that no schema knows, in its order. An
    /// unknown extension is one path, that of its whole schema.
    #[must_use]
    pub fn unknown_attributes(&self, resource: &Resource) -> Vec<AttrPath> {
        let mut unknown = Vec::new();
        for (name, value) in resource.as_map() {
            match (self.extension(name), value) {
                (Some(schema), Value::Object(map)) => {
                    for (name, value) in map {
                        let path = AttrPath::new(name).with_urn(&schema.id);
                        self.note_unknown(path, value, &mut unknown);
                    }
                }
                (Some(_), _) => {}
                (None, _) if name.contains(':') => unknown.push(AttrPath::schema(name)),
                (None, _) => self.note_unknown(AttrPath::new(name), value, &mut unknown),
            }
        }
        unknown
    }

    fn note_unknown(&self, path: AttrPath, value: &Value, unknown: &mut Vec<AttrPath>) {
        let Some(attribute) = self.attribute(&path) else {
            return unknown.push(path);
        };
        for name in members(value)
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
        {
            let path = path.clone().with_sub(name);
            if attribute.sub_attribute(name).is_none() && !unknown.contains(&path) {
                unknown.push(path);
            }
        }
    }
}

fn lacking<'a>(
    attributes: impl Iterator<Item = &'a Attribute>,
    urn: Option<&str>,
    map: &Map<String, Value>,
    missing: &mut Vec<AttrPath>,
) {
    for attribute in attributes.filter(|attribute| !attribute.is_read_only()) {
        let path = AttrPath {
            urn: urn.map(str::to_owned),
            ..AttrPath::new(&attribute.name)
        };
        match crate::value::get_in(map, &attribute.name).filter(|value| !is_empty_value(value)) {
            Some(value) => {
                for sub in attribute.sub_attributes.iter().filter(|sub| sub.required) {
                    let lacks = |value: &Value| {
                        value.as_object().is_some_and(|map| {
                            crate::value::get_in(map, &sub.name).is_none_or(is_empty_value)
                        })
                    };
                    if !sub.is_read_only() && members(value).any(lacks) {
                        missing.push(path.clone().with_sub(&sub.name));
                    }
                }
            }
            None if attribute.required => missing.push(path),
            None => {}
        }
    }
}
