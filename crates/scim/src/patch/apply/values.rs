//! The values that a filter selects: `emails[type eq "work"]`, with or without a sub-attribute.

use serde_json::{Map, Value};

use super::{
    Op, accept,
    attribute::{Sub, Target, put},
    guard, list,
};
use crate::{
    filter::{CompareOp, Filter},
    message::ScimError,
    schema::{Attribute, AttributeType},
    value::{is_empty_value, set_in},
};

pub(super) fn run(
    target: &Target<'_>,
    filter: &Filter,
    sub: Option<Sub<'_>>,
    slot: &mut Value,
    op: Op,
    value: Option<&Value>,
) -> Result<(), ScimError> {
    filter.check_element(target.attribute)?;
    let is_singular = slot.is_object() || target.attribute.is_some_and(|known| !known.multi_valued);
    let mut items = list::take(slot);
    let mut written: Vec<usize> = items
        .iter()
        .enumerate()
        .filter(|(_, item)| filter.matches_element(item, target.attribute))
        .map(|(index, _)| index)
        .collect();
    if written.is_empty() {
        match op {
            // Who is no member need not be removed (RFC 7644 §3.5.2.2).
            Op::Remove => {}
            Op::Replace => return Err(no_match(target)),
            Op::Add => {
                if is_singular && !items.is_empty() {
                    return Err(no_match(target));
                }
                items.push(described(target.attribute, filter).ok_or_else(|| no_match(target))?);
                written.push(items.len() - 1);
            }
        }
    }
    for index in &written {
        if let Some(item) = items.get_mut(*index) {
            one(target, sub, item, op, value)?;
        }
    }
    if is_singular {
        *slot = items.pop().unwrap_or_default();
        return Ok(());
    }
    list::put(target.attribute, slot, items, &written)
}

/// The operation on one selected value.
fn one(
    target: &Target<'_>,
    sub: Option<Sub<'_>>,
    item: &mut Value,
    op: Op,
    value: Option<&Value>,
) -> Result<(), ScimError> {
    let is_simple = target.attribute.map_or(!item.is_object(), |known| {
        known.type_ != AttributeType::Complex
    });
    match sub {
        Some(sub) if !is_simple => return target.sub_of(sub, item, op, value),
        // A simple value has one part, itself.
        Some(sub) if !sub.name.eq_ignore_ascii_case("value") => {
            return Err(guard::invalid_path(target.path, "it has no sub-attributes"));
        }
        _ => {}
    }
    // Some senders wrap the one value in a list.
    let value = match value {
        Some(Value::Array(values)) if values.len() == 1 => values.first(),
        value => value,
    };
    let value = value.unwrap_or(&Value::Null);
    if op == Op::Remove || (op == Op::Replace && is_empty_value(value)) {
        *item = Value::Null;
        return Ok(());
    }
    let value = match target.attribute {
        Some(known) if !is_empty_value(value) => accept::single(known, value)?,
        _ => value.clone(),
    };
    let before = item.clone();
    match op {
        // "All matching record values SHALL be replaced" (RFC 7644 §3.5.2.3): as wholes.
        Op::Replace => *item = keeping_read_only(target.attribute, &before, value),
        _ if is_empty_value(&value) => {}
        _ => put(item, op, value),
    }
    match (target.attribute, &before, &*item) {
        (Some(known), Value::Object(before), Value::Object(after)) => {
            guard::element(known, target.path, before, after)
        }
        _ => Ok(()),
    }
}

/// What replaces a value keeps the parts that only the server may write.
fn keeping_read_only(attribute: Option<&Attribute>, before: &Value, value: Value) -> Value {
    let (Some(attribute), Value::Object(before), Value::Object(mut map)) =
        (attribute, before, value.clone())
    else {
        return value;
    };
    for (name, part) in before {
        if attribute
            .sub_attribute(name)
            .is_some_and(Attribute::is_read_only)
        {
            set_in(&mut map, name, part.clone());
        }
    }
    Value::Object(map)
}

fn no_match(target: &Target<'_>) -> ScimError {
    guard::no_target(format!(
        "no value of {} matches the filter",
        target.path.attr
    ))
}

/// The value that a filter describes, where it says only what parts are equal to: so that
/// `add emails[type eq "work"].value` works on a user without a work address.
fn described(attribute: Option<&Attribute>, filter: &Filter) -> Option<Value> {
    if attribute.is_some_and(|known| known.type_ != AttributeType::Complex) {
        return None;
    }
    let mut map = Map::new();
    describe(filter, &mut map).then_some(Value::Object(map))
}

fn describe(filter: &Filter, map: &mut Map<String, Value>) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| describe(part, map)),
        Filter::Compare {
            path,
            op: CompareOp::Eq,
            value,
        } if path.sub.is_none() && path.urn.is_none() && !value.is_null() => {
            set_in(map, &path.attr, value.clone());
            true
        }
        _ => false,
    }
}
