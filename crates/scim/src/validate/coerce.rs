//! The forms of a value that are taken beside those of RFC 7643 §2.3.
//!
//! - a list with one value for a singular attribute;
//! - `"True"` and `"false"` for booleans (Entra), `"5"` for numbers, `5.0` and `1e3` for integers;
//! - numbers and booleans for texts;
//! - a bare text or number for a complex attribute with a `value`: `"manager": "26118915"`
//!   (Entra), `"members": ["2819c223"]`. A bare text without characters says that there is none.
//!
//! What has none of these forms stays as it came, and is then refused by its type.

use serde_json::{Map, Number, Value};

use crate::{
    schema::{Attribute, AttributeType},
    value::is_empty_value,
};

/// The value in the form of RFC 7643, where there is one; null for none.
pub(super) fn coerced(attribute: &Attribute, value: Value) -> Value {
    match (attribute.type_, unwrapped(value)) {
        (AttributeType::Complex, Value::String(text)) if text.is_empty() => Value::Null,
        (AttributeType::Complex, bare @ (Value::String(_) | Value::Number(_))) => {
            match attribute.sub_attribute("value") {
                Some(sub) => Value::Object(Map::from_iter([(sub.name.clone(), bare)])),
                None => bare,
            }
        }
        (AttributeType::Boolean, Value::String(text)) => match text.trim() {
            word if word.eq_ignore_ascii_case("true") => Value::Bool(true),
            word if word.eq_ignore_ascii_case("false") => Value::Bool(false),
            _ => Value::String(text),
        },
        (AttributeType::Integer, Value::Number(number)) => Value::Number(whole(number)),
        (AttributeType::Integer, Value::String(text)) => {
            number(&text).map_or(Value::String(text), |number| Value::Number(whole(number)))
        }
        (AttributeType::Decimal, Value::String(text)) => {
            number(&text).map_or(Value::String(text), Value::Number)
        }
        (AttributeType::String, Value::Number(number)) => Value::String(number.to_string()),
        (AttributeType::String, Value::Bool(flag)) => Value::String(flag.to_string()),
        (_, value) => value,
    }
}

/// The one value of a list, nulls aside; a list of several stays.
fn unwrapped(mut value: Value) -> Value {
    while let Value::Array(items) = &mut value {
        let mut full = items.iter_mut().filter(|item| !is_empty_value(item));
        match (full.next(), full.next()) {
            (Some(one), None) => value = one.take(),
            _ => break,
        }
    }
    value
}

fn number(text: &str) -> Option<Number> {
    text.trim().parse().ok()
}

/// A number without fraction as an integer; another stays.
fn whole(number: Number) -> Number {
    /// 2^63, the first that an `i64` cannot hold.
    const END: f64 = 9_223_372_036_854_775_808.0;
    if number.is_i64() || number.is_u64() {
        return number;
    }
    match number.as_f64() {
        Some(real) if real.fract() == 0.0 && (-END..END).contains(&real) => {
            Number::from(real as i64)
        }
        _ => number,
    }
}
