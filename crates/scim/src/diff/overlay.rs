//! Laying one resource over another, and dropping what is empty.
//!
//! A projection manages only what it names. To know the whole resource that we want at a target,
//! it is laid over the one we wrote last: what it names wins, what it sets to null goes, the rest
//! stays.

use serde_json::{Map, Value};

use crate::{
    resource::Resource,
    value::{get_in, is_empty_value, prune_map, remove_in, set_in},
};

/// `over` laid over `base`: attribute by attribute, and inside objects (singular complex
/// attributes and extensions) sub-attribute by sub-attribute.
///
/// A list is replaced as a whole. Null and an empty list remove. An object without members names
/// nothing and therefore changes nothing. `schemas` follows from the content: the URNs of both
/// and of what `over` wrote, without the extensions that are gone.
#[must_use]
pub fn overlay(base: &Resource, over: &Resource) -> Resource {
    let mut result = base.clone();
    let mut named = over.clone();
    named.remove("schemas");
    lay(result.as_map_mut(), named.as_map());

    let written = named.as_map().keys().filter(|name| name.contains(':'));
    for urn in over
        .schemas()
        .into_iter()
        .chain(written.map(String::as_str))
    {
        let gone =
            result.get(urn).is_none() && (base.get(urn).is_some() || over.get(urn).is_some());
        if gone {
            result.remove_schema(urn);
        } else {
            result.add_schema(urn);
        }
    }
    result
}

fn lay(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        match value {
            Value::Object(members) if members.is_empty() => {}
            Value::Object(members) => {
                let mut child = match get_in(base, name) {
                    Some(Value::Object(child)) => child.clone(),
                    _ => Map::new(),
                };
                lay(&mut child, members);
                if child.values().all(is_empty_value) {
                    remove_in(base, name);
                } else {
                    set_in(base, name, Value::Object(child));
                }
            }
            value if is_empty_value(value) => {
                remove_in(base, name);
            }
            value => set_in(base, name, value.clone()),
        }
    }
}

/// The resource without anything empty, at any depth: what a create sends.
#[must_use]
pub fn without_empty(mut resource: Resource) -> Resource {
    let hollow: Vec<String> = resource
        .schemas()
        .into_iter()
        .filter(|urn| resource.get(urn).is_some_and(is_empty_value))
        .map(str::to_owned)
        .collect();
    prune_map(resource.as_map_mut());
    // An extension that held nothing takes its URN with it.
    for urn in hollow {
        resource.remove_schema(&urn);
    }
    resource
}
