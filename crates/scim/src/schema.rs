//! Schemas (RFC 7643 §7): what attributes there are and how they behave.
//!
//! [`Schema`] and [`ResourceType`] are the documents of the discovery endpoints;
//! [`ResourceSchema`] is a resource type with its schemas resolved, which is what filters, PATCH
//! and deltas ask. The schemas of RFC 7643 §8.7.1 ship as data files in `schema/data/`.
//!
//! Reading is tolerant, since servers leave out and misspell: a missing, null or unknown
//! characteristic takes the default of RFC 7643 §2.2. A schema of one's own is read by
//! [`Schema::parse_strict`] instead. An attribute that no schema knows is never dropped anywhere;
//! it only has no characteristics.
//!
//! To ship one more schema: put its JSON into `schema/data/`, add a function in `standard.rs`, and
//! name it in a `ResourceSchema` constructor.

mod keyword;
mod resource_schema;
mod resource_type;
mod standard;
mod strict;

pub use keyword::{AttributeType, Mutability, Returned, Uniqueness};
pub use resource_schema::{ResourceSchema, SchemaError};
pub use resource_type::{ResourceType, SchemaExtension};
pub use strict::{SchemaFault, SchemaFileError};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};

use crate::urn;

/// A schema document (RFC 7643 §7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Schema {
    /// The schema's URN.
    pub id: String,
    /// The name for people.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The description for people.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// The attributes, in order.
    #[serde(default, deserialize_with = "or_default")]
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute called `name`, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut fields = out.serialize_struct("Schema", 5)?;
        fields.serialize_field("schemas", &[urn::SCHEMA])?;
        fields.serialize_field("id", &self.id)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("description", &self.description)?;
        fields.serialize_field("attributes", &self.attributes)?;
        fields.end()
    }
}

/// An attribute and its characteristics (RFC 7643 §2.2, §7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The name, in the schema's spelling.
    pub name: String,
    /// The data type.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub type_: AttributeType,
    /// Whether the value is a list.
    #[serde(default, deserialize_with = "or_default")]
    pub multi_valued: bool,
    /// The description for people.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// Whether a resource must have it.
    #[serde(default, deserialize_with = "or_default")]
    pub required: bool,
    /// Suggested values.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub canonical_values: Vec<String>,
    /// Whether texts compare exactly. See also [`Attribute::is_exact`].
    #[serde(default, deserialize_with = "or_default")]
    pub case_exact: bool,
    /// When the value may be written.
    #[serde(default, deserialize_with = "or_default")]
    pub mutability: Mutability,
    /// When the value is returned.
    #[serde(default, deserialize_with = "or_default")]
    pub returned: Returned,
    /// Whether values must differ between resources.
    #[serde(default, deserialize_with = "or_default")]
    pub uniqueness: Uniqueness,
    /// What a reference may point to.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    /// The sub-attribute called `name`, in any case. A complex multi-valued attribute has those of
    /// RFC 7643 §2.4 (`type`, `primary`, `display`, `value`, `$ref`) even where its schema does not
    /// list them: the RFC's own User has no `addresses.primary`, and its own example sets it.
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.sub_attributes, name).or_else(|| {
            (self.multi_valued && self.type_ == AttributeType::Complex)
                .then(|| find(standard::value_defaults(), name))
                .flatten()
        })
    }

    /// The attribute that `name` means inside a value filter: a sub-attribute, or for a list of
    /// simple values under the name `value` the attribute itself.
    pub(crate) fn element(&self, name: &str) -> Option<&Attribute> {
        if self.type_ == AttributeType::Complex {
            return self.sub_attribute(name);
        }
        name.eq_ignore_ascii_case("value").then_some(self)
    }

    /// Whether texts of this attribute compare exactly: `caseExact`, and always for binary and
    /// reference (RFC 7643 §2.3.6, §2.3.7), whatever the schema says.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.case_exact || matches!(self.type_, AttributeType::Binary | AttributeType::Reference)
    }

    /// Whether clients may not write the attribute.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }
}

fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// Reads null as the default.
fn or_default<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(input)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
