//! What a name at the top level of a body means.
//!
//! RFC 7643 §3 puts core and common attributes at the top and those of an extension into an object
//! under its URN. Clients also send the attribute notation of RFC 7644 §3.10 as names, above all
//! those that make PUT and PATCH from one template (Entra): `name.givenName`,
//! `urn:…:enterprise:2.0:User:department`; and some put the core attributes under the core URN.

use crate::{
    path::AttrPath,
    schema::{Attribute, AttributeType, ResourceSchema, Schema},
    urn,
};

/// What a name means.
pub(super) enum Meaning<'a> {
    /// The list of URNs.
    Schemas,
    /// The object of an extension.
    Extension(&'a Schema),
    /// An object of attributes that belong at the top: its name is the core URN.
    Core,
    /// A common or core attribute in its place.
    Attribute(&'a Attribute),
    /// An attribute or sub-attribute by its full or dotted name.
    Notation(Notation<'a>),
    /// Nothing of this resource type.
    Unknown,
}

/// An attribute by its name in attribute notation.
#[derive(Clone, Copy)]
pub(super) struct Notation<'a> {
    /// Its extension; `None` for the top level.
    pub(super) extension: Option<&'a Schema>,
    pub(super) attribute: &'a Attribute,
    /// Of a singular complex attribute only: which value of a list `emails.value` means, nobody
    /// can tell.
    pub(super) sub: Option<&'a Attribute>,
}

pub(super) fn meaning<'a>(schema: &'a ResourceSchema, name: &str) -> Meaning<'a> {
    if name.eq_ignore_ascii_case("schemas") {
        return Meaning::Schemas;
    }
    if let Some(extension) = schema.extension(name) {
        return Meaning::Extension(extension);
    }
    if urn::same(&schema.core().id, name) {
        return Meaning::Core;
    }
    if let Some(attribute) = schema.attribute(&AttrPath::new(name)) {
        return Meaning::Attribute(attribute);
    }
    notation(schema, name).map_or(Meaning::Unknown, Meaning::Notation)
}

/// Only the core URN of this resource type is left out: `…:core:2.0:Group:displayName` is nothing
/// of a User.
fn notation<'a>(schema: &'a ResourceSchema, name: &str) -> Option<Notation<'a>> {
    let path: AttrPath = name.parse().ok()?;
    let extension = match &path.urn {
        Some(urn) if !urn::same(&schema.core().id, urn) => Some(schema.extension(urn)?),
        _ => None,
    };
    let attribute = match extension {
        Some(extension) => extension.attribute(&path.attr)?,
        None => schema.attribute(&AttrPath::new(&path.attr))?,
    };
    let sub = match &path.sub {
        Some(_) if attribute.multi_valued || attribute.type_ != AttributeType::Complex => {
            return None;
        }
        Some(sub) => Some(attribute.sub_attribute(sub)?),
        None => None,
    };
    (!attribute.name.eq_ignore_ascii_case("schemas")).then_some(Notation {
        extension,
        attribute,
        sub,
    })
}
