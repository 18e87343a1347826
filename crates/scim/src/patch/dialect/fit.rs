//! Values as the attribute has them: the part of the dialects that is about JSON.
//!
//! Nothing is refused here. What cannot be translated stays as it is, and `apply` judges it.

use serde_json::{Map, Number, Value};

use crate::{
    filter::Filter,
    schema::{Attribute, AttributeType},
    value::{get_in, is_empty_value},
};

/// The value of an attribute, all of it. `None` where nothing is left of what was there, because
/// no schema knows it: to write the rest, nothing, would be to remove what is there.
pub(super) fn value(attribute: &Attribute, value: &Value) -> Option<Value> {
    match value {
        Value::Array(items) if attribute.multi_valued => {
            let kept: Vec<Value> = items
                .iter()
                .filter_map(|item| element(attribute, item))
                .collect();
            (items.is_empty() || !kept.is_empty()).then_some(Value::Array(kept))
        }
        one => element(attribute, one),
    }
}

/// One value, of a list or not.
pub(super) fn element(attribute: &Attribute, value: &Value) -> Option<Value> {
    let value = alone(Some(value)).unwrap_or(value);
    Some(match (attribute.type_, value) {
        (AttributeType::Complex, Value::Object(map)) => return object(attribute, map),
        (AttributeType::Complex, Value::String(text)) => bare(attribute, text),
        (AttributeType::Complex, other) => other.clone(),
        (type_, Value::Object(map)) => match only_value(map) {
            Some(value) => simple(type_, value),
            None => value.clone(),
        },
        (type_, value) => simple(type_, value),
    })
}

/// The one member of a list of one; anything else as it is.
pub(super) fn alone(value: Option<&Value>) -> Option<&Value> {
    match value {
        Some(Value::Array(items)) if items.len() == 1 => items.first(),
        value => value,
    }
}

/// A text where the type is another one: `"False"`, `"5"`.
fn simple(type_: AttributeType, value: &Value) -> Value {
    let Value::String(text) = value else {
        return value.clone();
    };
    let read = match type_ {
        AttributeType::Boolean if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        AttributeType::Boolean if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        AttributeType::Integer | AttributeType::Decimal => {
            serde_json::from_str::<Number>(text).ok().map(Value::Number)
        }
        _ => None,
    };
    read.unwrap_or_else(|| value.clone())
}

/// A text for a complex value means its `value`, if it has one; the empty text means none.
fn bare(attribute: &Attribute, text: &str) -> Value {
    match own_sub(attribute, "value") {
        Some(_) if text.is_empty() => Value::Null,
        Some(value) => {
            let mut map = Map::new();
            map.insert(value.name.clone(), Value::from(text));
            Value::Object(map)
        }
        None => Value::from(text),
    }
}

/// The parts of a complex value that the schema knows.
fn object(attribute: &Attribute, map: &Map<String, Value>) -> Option<Value> {
    // Of a schema that lists no parts, all may be right.
    if attribute.sub_attributes.is_empty() {
        return Some(Value::Object(map.clone()));
    }
    let mut known = Map::new();
    for (name, part) in map {
        let part = attribute
            .sub_attribute(name)
            .and_then(|sub| value(sub, part));
        if let Some(part) = part {
            known.insert(name.clone(), part);
        }
    }
    if known.is_empty() && !map.is_empty() {
        return None;
    }
    // `{"value": ""}` is how a reference is taken away.
    let refers_to_nothing = !attribute.multi_valued
        && only_value(&known).and_then(Value::as_str) == Some("")
        && own_sub(attribute, "value").is_some();
    Some(match refers_to_nothing {
        true => Value::Null,
        false => Value::Object(known),
    })
}

/// The member `value`, if it is the only one that is not empty.
fn only_value(map: &Map<String, Value>) -> Option<&Value> {
    let mut parts = map.iter().filter(|(_, value)| !is_empty_value(value));
    let (name, value) = parts.next()?;
    (name.eq_ignore_ascii_case("value") && parts.next().is_none()).then_some(value)
}

fn own_sub<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a Attribute> {
    let mut subs = attribute.sub_attributes.iter();
    subs.find(|sub| sub.name.eq_ignore_ascii_case(name))
}

/// What a `remove` of some values lists, reduced to what identifies them (RFC 7643 §2.4: `value`
/// and `type`; of a reference its `value`), since the sender's display names and URLs may differ
/// from ours. `Some(None)` is no list, which means all values; `None` a list of nothing.
pub(super) fn listed(attribute: &Attribute, value: Option<&Value>) -> Option<Option<Value>> {
    let identity = |item: &Value| match item {
        Value::Object(map) if get_in(map, "value").is_some_and(|value| !is_empty_value(value)) => {
            let is_reference = own_sub(attribute, "$ref").is_some();
            let parts = map.iter().filter(|(name, _)| {
                name.eq_ignore_ascii_case("value")
                    || (name.eq_ignore_ascii_case("type") && !is_reference)
            });
            Value::Object(
                parts
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            )
        }
        other => simple(attribute.type_, other),
    };
    match value {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) if text.is_empty() => Some(None),
        Some(Value::Array(items)) if items.is_empty() => None,
        Some(Value::Array(items)) => Some(Some(items.iter().map(identity).collect())),
        Some(one) => Some(Some(identity(one))),
    }
}

/// A filter over the values of an attribute, its operands as the parts have them.
pub(super) fn filter(attribute: &Attribute, filter: Filter) -> Filter {
    let all = |parts: Vec<Filter>| {
        let parts = parts.into_iter();
        parts.map(|part| self::filter(attribute, part)).collect()
    };
    match filter {
        Filter::And(parts) => Filter::And(all(parts)),
        Filter::Or(parts) => Filter::Or(all(parts)),
        Filter::Not(part) => !self::filter(attribute, *part),
        Filter::Compare { path, op, value } => {
            let value = match attribute.element(&path.attr) {
                Some(part) => simple(part.type_, &value),
                None => value,
            };
            Filter::Compare { path, op, value }
        }
        other @ (Filter::Present(_) | Filter::ValuePath { .. }) => other,
    }
}
