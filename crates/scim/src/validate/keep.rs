//! What a PUT leaves as it is (RFC 7644 §3.5.1).

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{
    judge,
    message::ScimError,
    path::AttrPath,
    resource::Resource,
    schema::{Attribute, AttributeType, Mutability, ResourceSchema},
    value::{comparable, get_in, is_empty_value, prune, same},
};

/// Takes over from `before` what a body cannot change and does not have.
pub(super) fn fill(before: &Resource, after: &mut Map<String, Value>, schema: &ResourceSchema) {
    let attributes = schema
        .top_level()
        .filter(|attribute| attribute.name != "schemas");
    fill_all(attributes, before.as_map(), after);
    for extension in schema.extensions() {
        let Some(Value::Object(before)) = before.get(&extension.id) else {
            continue;
        };
        let mut map = match after.get_mut(&extension.id).map(Value::take) {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        fill_all(extension.attributes.iter(), before, &mut map);
        if !map.is_empty() {
            after.insert(extension.id.clone(), Value::Object(map));
        }
    }
}

fn fill_all<'a>(
    attributes: impl Iterator<Item = &'a Attribute>,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
) {
    for attribute in attributes {
        let Some(was) = get_in(before, &attribute.name).filter(|was| !is_empty_value(was)) else {
            continue;
        };
        match after.get_mut(&attribute.name) {
            Some(now) if !attribute.is_read_only() => fill_parts(attribute, was, now),
            // A readWrite attribute that is not there is cleared, with all of its parts.
            None if !is_fixed(attribute) => {
                if let Some(own) = own(attribute, was) {
                    after.insert(attribute.name.clone(), own);
                }
            }
            _ => take_over(attribute, was, after),
        }
    }
}

/// Whether a body without the attribute leaves it as it is.
fn is_fixed(attribute: &Attribute) -> bool {
    matches!(
        attribute.mutability,
        Mutability::ReadOnly | Mutability::Immutable
    )
}

/// What of a value is the server's alone: complex values of which all parts are readOnly. No client
/// has set them, so that none can clear them by leaving them out, nor by sending what it has read.
fn own(attribute: &Attribute, was: &Value) -> Option<Value> {
    match was {
        Value::Object(map) if attribute.type_ == AttributeType::Complex => {
            let mut parts = Map::new();
            for (name, part) in map.iter().filter(|(_, part)| !is_empty_value(part)) {
                match attribute.sub_attribute(name) {
                    Some(sub) if sub.is_read_only() => take_over(sub, part, &mut parts),
                    Some(_) => return None,
                    None => {}
                }
            }
            (!parts.is_empty()).then_some(Value::Object(parts))
        }
        Value::Array(items) => {
            let items: Vec<Value> = items
                .iter()
                .filter_map(|item| own(attribute, item))
                .collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        _ => None,
    }
}

fn take_over(attribute: &Attribute, was: &Value, after: &mut Map<String, Value>) {
    let mut value = was.clone();
    prune(&mut value);
    after.insert(attribute.name.clone(), value);
}

/// The same for the sub-attributes of a value that stays.
fn fill_parts(attribute: &Attribute, was: &Value, now: &mut Value) {
    if attribute.type_ != AttributeType::Complex {
        return;
    }
    match (was, now) {
        (Value::Object(was), Value::Object(now)) => fill_object(attribute, was, now),
        (Value::Array(was), Value::Array(now)) => {
            fill_list(attribute, was, now);
            now.extend(was.iter().filter_map(|item| own(attribute, item)));
        }
        _ => {}
    }
}

fn fill_object(attribute: &Attribute, was: &Map<String, Value>, now: &mut Map<String, Value>) {
    for (name, part) in was.iter().filter(|(_, part)| !is_empty_value(part)) {
        if let Some(sub) = attribute.sub_attribute(name)
            && is_fixed(sub)
            && !now.contains_key(&sub.name)
        {
            take_over(sub, part, now);
        }
    }
}

/// The values of a list have no identity but their `value` and `type`. Each of the earlier ones
/// gives its parts to one of the new ones at most.
fn fill_list(attribute: &Attribute, was: &[Value], now: &mut [Value]) {
    let is_worth_it = |map: &Map<String, Value>| {
        map.keys()
            .any(|name| attribute.sub_attribute(name).is_some_and(is_fixed))
    };
    let mut earlier: HashMap<Value, Vec<&Map<String, Value>>> = HashMap::new();
    for map in was.iter().filter_map(Value::as_object) {
        if is_worth_it(map) {
            earlier.entry(key(attribute, map)).or_default().push(map);
        }
    }
    let is_of = |was: &Map<String, Value>, now: &Map<String, Value>| match (
        get_in(was, "type"),
        get_in(now, "type"),
    ) {
        (Some(was), Some(now)) => Some(same(was, now)),
        (None, None) => Some(true),
        _ => None,
    };
    // Whose type is the same goes first; who has none may be any that is left over.
    let mut done = vec![false; now.len()];
    for without_type in [false, true] {
        for (item, is_done) in now.iter_mut().zip(&mut done) {
            let Value::Object(map) = item else {
                continue;
            };
            if *is_done {
                continue;
            }
            let Some(twins) = earlier.get_mut(&key(attribute, map)) else {
                continue;
            };
            let twin = twins.iter().position(|twin| match is_of(twin, map) {
                Some(is_same) => is_same && !without_type,
                None => without_type,
            });
            if let Some(index) = twin {
                fill_object(attribute, twins.remove(index), map);
                *is_done = true;
            }
        }
    }
}

/// What two values of a list have in common if they are one; without a `value`, all that a client
/// can write.
fn key(attribute: &Attribute, map: &Map<String, Value>) -> Value {
    if let Some(value) = get_in(map, "value").filter(|value| !is_empty_value(value)) {
        return value.clone();
    }
    let written = map.iter().filter(|(name, _)| {
        !attribute
            .sub_attribute(name)
            .is_some_and(Attribute::is_read_only)
    });
    let written = written.map(|(name, part)| (name.clone(), part.clone()));
    comparable(&Value::Object(written.collect()))
}

/// Refuses another value for what is immutable.
pub(super) fn check(
    before: &Resource,
    after: &Resource,
    schema: &ResourceSchema,
) -> Result<(), ScimError> {
    let top = schema
        .top_level()
        .map(|attribute| (AttrPath::new(&attribute.name), attribute));
    let extensions = schema.extensions().flat_map(|extension| {
        extension.attributes.iter().map(|attribute| {
            let path = AttrPath::new(&attribute.name).with_urn(&extension.id);
            (path, attribute)
        })
    });
    for (path, attribute) in top
        .chain(extensions)
        .filter(|(_, known)| !known.is_read_only())
    {
        let (Some(was), Some(now)) = (value(before, &path), value(after, &path)) else {
            continue;
        };
        judge::change(attribute, &path, was, now)?;
    }
    Ok(())
}

/// The value at a path of the schema: its URN is that of an extension, whatever it looks like.
fn value<'a>(resource: &'a Resource, path: &AttrPath) -> Option<&'a Value> {
    match &path.urn {
        Some(urn) => get_in(resource.get(urn)?.as_object()?, &path.attr),
        None => resource.get(&path.attr),
    }
}
