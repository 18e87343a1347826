//! Whether a value fits its attribute (RFC 7643 §2.3). Suggested values (`canonicalValues`) are
//! suggestions and not enforced.

use serde_json::{Map, Value};

use super::guard::invalid_value;
use crate::{
    message::ScimError,
    resource::json_type,
    schema::{Attribute, AttributeType},
    value::{comparable, members, prune_map},
};

/// The value as the attribute holds it. For a multi-valued attribute a list without empty or
/// repeated members; readOnly parts of complex values are left out. The empty members of a
/// singular complex value stay, since in a `replace` they mean something.
pub(super) fn value(attribute: &Attribute, value: &Value) -> Result<Value, ScimError> {
    if !attribute.multi_valued {
        return single(attribute, value);
    }
    let mut list: Vec<Value> = Vec::new();
    for member in members(value) {
        let member = match single(attribute, member)? {
            Value::Object(mut map) => {
                prune_map(&mut map);
                Value::Object(map)
            }
            simple => simple,
        };
        let is_new = !list
            .iter()
            .any(|known| comparable(known) == comparable(&member));
        if is_new && !crate::value::is_empty_value(&member) {
            list.push(member);
        }
    }
    Ok(Value::Array(list))
}

/// One value, of a list or not.
pub(super) fn single(attribute: &Attribute, value: &Value) -> Result<Value, ScimError> {
    let fits = match attribute.type_ {
        AttributeType::Complex => value.is_object(),
        AttributeType::Boolean => value.is_boolean(),
        AttributeType::Integer => value.is_i64() || value.is_u64(),
        AttributeType::Decimal => value.is_number(),
        AttributeType::String
        | AttributeType::DateTime
        | AttributeType::Binary
        | AttributeType::Reference => value.is_string(),
    };
    if !fits {
        return Err(invalid_value(format!(
            "{} is of type {}, not {}",
            attribute.name,
            attribute.type_.word(),
            json_type(value)
        )));
    }
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
