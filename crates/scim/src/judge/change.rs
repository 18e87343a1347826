//! What may not happen to an attribute.
//!
//! A change is computed first and judged by what it did: an immutable attribute that had a value
//! and now has another, a required one that had a value and now has none. So every kind of
//! request is held to the same rules (RFC 7644 §3.5.1, §3.5.2, RFC 7643 §7).

use std::fmt::Display;

use serde_json::{Map, Value};

use super::mutability;
use crate::{
    message::ScimError,
    schema::{Attribute, AttributeType, Mutability},
    value::{get_in, is_empty_value, same, same_set},
};

/// Refuses a change of an attribute that its mutability forbids.
pub(crate) fn change(
    attribute: &Attribute,
    path: &impl Display,
    before: &Value,
    after: &Value,
) -> Result<(), ScimError> {
    if is_empty_value(before) {
        return Ok(());
    }
    if attribute.required && is_empty_value(after) {
        return Err(mutability(path, "it is required"));
    }
    if attribute.mutability == Mutability::Immutable {
        let equal = if attribute.multi_valued {
            same_set(before, after)
        } else {
            same(before, after)
        };
        if !equal {
            return Err(mutability(path, "it is immutable and has a value"));
        }
    }
    if attribute.type_ == AttributeType::Complex
        && !attribute.multi_valued
        && let (Value::Object(before), Value::Object(after)) = (before, after)
    {
        return element(attribute, path, before, after);
    }
    Ok(())
}

/// The same for the sub-attributes of one complex value that stays. A value that goes altogether
/// is another matter: `members.value` is immutable, yet members come and go.
pub(crate) fn element(
    parent: &Attribute,
    path: &impl Display,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<(), ScimError> {
    if after.values().all(is_empty_value) {
        return Ok(());
    }
    for (name, value) in before {
        if let Some(sub) = parent.sub_attribute(name) {
            let after = get_in(after, name).unwrap_or(&Value::Null);
            change(sub, &format_args!("{path} ({})", sub.name), value, after)?;
        }
    }
    Ok(())
}
