//! `schemas`: "a REQUIRED attribute", a non-empty list of different URNs that the resource type
//! has (RFC 7643 §3).
//!
//! Its content follows from the resource, so leniently it is not looked at: clients leave it out,
//! list URNs of vendors (Entra's groups), or write into an extension without naming it.

use serde_json::{Map, Value};

use crate::{
    judge::invalid_syntax, message::ScimError, resource::Resource, schema::ResourceSchema, urn,
};

/// Refuses a `schemas` that is not of the RFC's form or does not name what `attributes` hold.
pub(super) fn check(
    listed: Option<&Value>,
    attributes: &Map<String, Value>,
    schema: &ResourceSchema,
) -> Result<(), ScimError> {
    let refuse = |why: &str| Err(invalid_syntax(format!("\"schemas\" {why}")));
    let items = match listed {
        None | Some(Value::Null) => return refuse("is missing"),
        Some(Value::Array(items)) if items.is_empty() => return refuse("is empty"),
        Some(Value::Array(items)) => items,
        Some(_) => return refuse("must be a list of URNs"),
    };
    let mut urns: Vec<&str> = Vec::new();
    for item in items {
        let Value::String(urn) = item else {
            return refuse("must be a list of URNs");
        };
        if !urn::same(&schema.core().id, urn) && !schema.is_extension(urn) {
            return refuse("names a schema that is not of this resource type");
        }
        if urns.iter().any(|known| urn::same(known, urn)) {
            return refuse("names a schema twice");
        }
        urns.push(urn);
    }
    let is_listed = |urn: &str| urns.iter().any(|known| urn::same(known, urn));
    if !is_listed(&schema.core().id) {
        return refuse("does not name the schema of this resource type");
    }
    match held(attributes, schema).find(|urn| !is_listed(urn)) {
        Some(urn) => Err(invalid_syntax(format!(
            "\"schemas\" does not name {urn}, of which there is data"
        ))),
        None => Ok(()),
    }
}

/// The resource of these attributes: `schemas` before all, then `id`.
pub(super) fn put(attributes: Map<String, Value>, schema: &ResourceSchema) -> Resource {
    let core = std::iter::once(schema.core().id.as_str());
    let urns: Vec<Value> = core
        .chain(held(&attributes, schema))
        .map(Value::from)
        .collect();
    let mut map = attributes;
    if let Some(id) = map.shift_remove("id") {
        map.shift_insert(0, "id".to_owned(), id);
    }
    map.shift_insert(0, "schemas".to_owned(), Value::Array(urns));
    Resource::from(map)
}

/// The extensions that hold data; their names are in the schema's spelling by now.
fn held<'a>(
    attributes: &Map<String, Value>,
    schema: &'a ResourceSchema,
) -> impl Iterator<Item = &'a str> {
    schema
        .extensions()
        .map(|extension| extension.id.as_str())
        .filter(|urn| attributes.contains_key(*urn))
}
