//! Multi-valued attributes as a whole (RFC 7643 §2.4).

use serde_json::Value;

use super::accept;
use crate::{
    judge::{is_primary, several_primaries},
    message::ScimError,
    schema::{Attribute, AttributeType, Mutability},
    value::{comparable, get_in, is_empty_value, members, same, set_in},
};

/// The values of a list, taken out of the slot; one value is a list of one.
pub(super) fn take(slot: &mut Value) -> Vec<Value> {
    match slot.take() {
        Value::Array(items) => items
            .into_iter()
            .filter(|item| !is_empty_value(item))
            .collect(),
        one if is_empty_value(&one) => Vec::new(),
        one => vec![one],
    }
}

/// Puts the values back. Where the operation made one of those it wrote primary, the others cease
/// to be (RFC 7644 §3.5.2).
pub(super) fn put(
    attribute: Option<&Attribute>,
    slot: &mut Value,
    mut items: Vec<Value>,
    written: &[usize],
) -> Result<(), ScimError> {
    let is_complex = attribute.is_some_and(|known| known.type_ == AttributeType::Complex);
    if is_complex {
        let primaries = written
            .iter()
            .filter(|index| items.get(**index).is_some_and(is_primary))
            .count();
        if primaries > 1 {
            let name = attribute.map_or("the list", |known| known.name.as_str());
            return Err(several_primaries(&name));
        }
        if primaries == 1 {
            for (index, item) in items.iter_mut().enumerate() {
                if !written.contains(&index)
                    && is_primary(item)
                    && let Value::Object(map) = item
                {
                    set_in(map, "primary", Value::Bool(false));
                }
            }
        }
    }
    items.retain(|item| !is_empty_value(item));
    *slot = if items.is_empty() {
        Value::Null
    } else {
        Value::Array(items)
    };
    Ok(())
}

/// Appends what is not there yet. A value that is there by its `value` and `type` is the same one
/// (RFC 7643 §2.4): only its readWrite parts are updated, so that adding a member again with
/// another display name changes nothing.
pub(super) fn add(
    attribute: Option<&Attribute>,
    slot: &mut Value,
    value: &Value,
) -> Result<(), ScimError> {
    let incoming = incoming(attribute, value)?;
    let mut items = take(slot);
    let present = items.len();
    let mut written = Vec::new();
    for item in incoming {
        let before = items.get(..present).unwrap_or_default();
        // An equal value is a better twin than one that only has its `value` and `type`.
        let twin = before
            .iter()
            .position(|known| same(known, &item))
            .or_else(|| before.iter().position(|known| is_twin(known, &item)));
        match twin {
            None => {
                written.push(items.len());
                items.push(item);
            }
            Some(index) => {
                if let (Some(attribute), Some(known)) = (attribute, items.get_mut(index)) {
                    update(attribute, known, &item);
                    written.push(index);
                }
            }
        }
    }
    put(attribute, slot, items, &written)
}

/// Replaces the list. Values that stay keep what the server assigned inside them.
pub(super) fn replace(
    attribute: Option<&Attribute>,
    slot: &mut Value,
    value: &Value,
) -> Result<(), ScimError> {
    let mut present = take(slot);
    let incoming = incoming(attribute, value)?;
    let is_same = |known: &Value, item: &Value| {
        let known = attribute.and_then(|attribute| accept::single(attribute, known).ok());
        known.is_some_and(|known| same(&known, item))
    };
    let unchanged = present
        .iter()
        .all(|known| incoming.iter().any(|item| is_same(known, item)))
        && incoming
            .iter()
            .all(|item| present.iter().any(|known| is_same(known, item)));
    if unchanged {
        *slot = Value::Array(present);
        return Ok(());
    }
    let items: Vec<Value> = incoming
        .into_iter()
        .map(
            |item| match present.iter().position(|known| is_same(known, &item)) {
                Some(index) => present.swap_remove(index),
                None => item,
            },
        )
        .collect();
    let written: Vec<usize> = (0..items.len()).collect();
    put(attribute, slot, items, &written)
}

/// Removes the listed values only: each listed object stands for the values that have its parts.
pub(super) fn remove(slot: &mut Value, listed: &Value) {
    let mut items = take(slot);
    items.retain(|item| !members(listed).any(|listed| covers(listed, item)));
    *slot = Value::Array(items);
}

fn covers(listed: &Value, item: &Value) -> bool {
    match (listed, item) {
        (Value::Object(listed), Value::Object(item)) => listed
            .iter()
            .filter(|(_, value)| !is_empty_value(value))
            .all(|(name, value)| get_in(item, name).is_some_and(|part| same(part, value))),
        (simple, Value::Object(item)) => {
            get_in(item, "value").is_some_and(|part| same(part, simple))
        }
        (listed, item) => same(listed, item),
    }
}

fn incoming(attribute: Option<&Attribute>, value: &Value) -> Result<Vec<Value>, ScimError> {
    Ok(match attribute {
        Some(attribute) => take(&mut accept::value(attribute, value)?),
        None => members(value).cloned().collect(),
    })
}

/// Whether two values are one: equal, or the same `value` under the same `type`, where a missing
/// type fits any.
fn is_twin(known: &Value, item: &Value) -> bool {
    let (Value::Object(left), Value::Object(right)) = (known, item) else {
        return same(known, item);
    };
    let part = |name| (get_in(left, name), get_in(right, name));
    let same_value = match part("value") {
        (Some(left), Some(right)) => same(left, right),
        _ => return comparable(known) == comparable(item),
    };
    let same_type = match part("type") {
        (Some(left), Some(right)) => same(left, right),
        _ => true,
    };
    same_value && same_type
}

fn update(attribute: &Attribute, known: &mut Value, item: &Value) {
    let (Value::Object(known), Value::Object(item)) = (known, item) else {
        return;
    };
    for (name, value) in item {
        let is_fixed = attribute
            .sub_attribute(name)
            .is_some_and(|sub| sub.mutability == Mutability::Immutable);
        if !is_fixed {
            set_in(known, name, value.clone());
        }
    }
}
