//! Resource types (RFC 7643 §6).

use serde::{Deserialize, Serialize};

use super::or_default;
use crate::urn;

/// A resource type document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceType {
    /// The schemas of the document itself.
    #[serde(default = "own_schema", skip_deserializing)]
    schemas: Vec<String>,
    /// The identifier, most often the name.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub id: Option<String>,
    /// The name, as in `meta.resourceType`.
    pub name: String,
    /// The description for people.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// The endpoint, relative to the base URL: `/Users`.
    #[serde(default, deserialize_with = "or_default")]
    pub endpoint: String,
    /// The URN of the core schema.
    pub schema: String,
    /// The extensions that its resources may or must have.
    #[serde(default, deserialize_with = "or_default")]
    pub schema_extensions: Vec<SchemaExtension>,
}

/// An extension of a resource type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaExtension {
    /// The URN of the extension schema.
    pub schema: String,
    /// Whether every resource must have it.
    #[serde(default, deserialize_with = "or_default")]
    pub required: bool,
}

impl ResourceType {
    /// A resource type without extensions.
    #[must_use]
    pub fn new(name: &str, endpoint: &str, schema: &str) -> Self {
        Self {
            schemas: own_schema(),
            id: Some(name.to_owned()),
            name: name.to_owned(),
            description: String::new(),
            endpoint: endpoint.to_owned(),
            schema: schema.to_owned(),
            schema_extensions: Vec::new(),
        }
    }

    /// The same with one more extension.
    #[must_use]
    pub fn with_extension(mut self, schema: &str, required: bool) -> Self {
        self.schema_extensions.push(SchemaExtension {
            schema: schema.to_owned(),
            required,
        });
        self
    }
}

fn own_schema() -> Vec<String> {
    vec![urn::RESOURCE_TYPE.to_owned()]
}
