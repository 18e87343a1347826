//! A value as its attribute holds it (RFC 7643 §2.3, §2.4).

use serde_json::{Map, Value};

use crate::{
    judge::{Distinct, fits},
    message::ScimError,
    schema::Attribute,
    value::{comparable, is_empty_value, members, prune_map},
};

/// The value as the attribute holds it. For a multi-valued attribute a list without empty or
/// repeated members; readOnly parts of complex values are left out. The empty members of a
/// singular complex value stay, since in a `replace` they mean something.
pub(super) fn value(attribute: &Attribute, value: &Value) -> Result<Value, ScimError> {
    if !attribute.multi_valued {
        return single(attribute, value);
    }
    let mut list = Distinct::default();
    for member in members(value) {
        let member = match single(attribute, member)? {
            Value::Object(mut map) => {
                prune_map(&mut map);
                Value::Object(map)
            }
            simple => simple,
        };
        if !is_empty_value(&member) {
            list.put(comparable(&member), member);
        }
    }
    Ok(Value::Array(list.into_items()))
}

/// One value, of a list or not.
pub(super) fn single(attribute: &Attribute, value: &Value) -> Result<Value, ScimError> {
    fits(attribute, &attribute.name, value)?;
    let Value::Object(map) = value else {
        return Ok(value.clone());
    };
    let mut accepted = Map::new();
    for (name, value) in map {
        let value = match attribute.sub_attribute(name) {
            Some(sub) if sub.is_read_only() => continue,
            Some(_) if value.is_null() => Value::Null,
            Some(sub) => self::value(sub, value)?,
            None => value.clone(),
        };
        accepted.insert(name.clone(), value);
    }
    Ok(Value::Object(accepted))
}
