//! The order of an answer (RFC 7644 §3.4.2.3).
//!
//! - A multi-valued attribute sorts by its primary value, else by its first; a complex one by its
//!   `value`, as a filter compares it.
//! - Texts by code points: folded, unless the attribute is exact ("Unicode alphabetic sort order
//!   with no specific locale implied"). dateTime as instants, numbers by value, false before true.
//! - What has no value is last when ascending and first when descending.
//!
//! An attribute that no schema knows has the defaults of RFC 7643 §2.2, and nobody has it: then the
//! order says nothing, and the caller's own (by id) decides.

use std::cmp::{Ordering, Reverse};

use jiff::Timestamp;
use serde_json::{Number, Value};

use crate::{
    filter::instant,
    fold::fold,
    judge::{invalid_value, is_primary},
    message::ScimError,
    path::AttrPath,
    resource::Resource,
    schema::{Attribute, AttributeType, ResourceSchema, Returned},
    value::{get_in, members},
};

/// By what an answer is sorted: the parameters `sortBy` and `sortOrder`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    by: AttrPath,
    descending: bool,
}

impl Order {
    /// An order by an attribute or sub-attribute.
    ///
    /// # Errors
    ///
    /// 400 `invalidValue` where the path is a complex attribute without a `value` ("must be a path
    /// to a sub-attribute"), a whole schema, or an attribute that is never returned: its order
    /// would tell what its value must not. `invalidPath` is for the paths of PATCH alone (RFC 7644
    /// table 9).
    pub fn new(by: AttrPath, descending: bool, schema: &ResourceSchema) -> Result<Self, ScimError> {
        let by = schema.localize(&by.resolve(schema));
        let refuse = |why: &str| Err(invalid_value(format!("\"sortBy\" {why}")));
        if by.is_schema() {
            return refuse("names a schema and no attribute");
        }
        let is_secret = [&by.parent(), &by].into_iter().any(|path| {
            schema
                .attribute(path)
                .is_some_and(|known| known.returned == Returned::Never)
        });
        if is_secret {
            return refuse("names an attribute that is never returned");
        }
        if schema.attribute(&by).is_some() && sorted(schema, &by).is_none() {
            return refuse("names a complex attribute, which has an order by a sub-attribute only");
        }
        Ok(Self { by, descending })
    }

    /// The attribute, as the schema says it.
    #[must_use]
    pub fn by(&self) -> &AttrPath {
        &self.by
    }

    /// Whether the greatest comes first.
    #[must_use]
    pub fn is_descending(&self) -> bool {
        self.descending
    }

    /// The value that decides where a resource stands; none if it has none.
    #[must_use]
    pub fn value<'a>(&self, resource: &'a Resource) -> Option<&'a Value> {
        value(resource, &self.by)
    }

    /// Where a resource stands in this order.
    #[must_use]
    pub fn key(&self, resource: &Resource, schema: &ResourceSchema) -> SortKey {
        self.key_of(self.value(resource), schema)
    }

    /// Where whoever has this value stands. Keys of different orders have no order among each other
    /// that means anything.
    #[must_use]
    pub fn key_of(&self, value: Option<&Value>, schema: &ResourceSchema) -> SortKey {
        let key = value.map_or(Key::Missing, |value| {
            Key::of(value, sorted(schema, &self.by))
        });
        SortKey(if self.descending {
            Direction::Descending(Reverse(key))
        } else {
            Direction::Ascending(key)
        })
    }
}

/// What is compared: the attribute, or the `value` of a complex one; `None` if there is no such.
fn sorted<'a>(schema: &'a ResourceSchema, by: &AttrPath) -> Option<&'a Attribute> {
    let attribute = schema.attribute(by)?;
    match attribute.type_ {
        AttributeType::Complex => attribute.sub_attribute("value"),
        _ => Some(attribute),
    }
}

fn value<'a>(resource: &'a Resource, by: &AttrPath) -> Option<&'a Value> {
    let one = representative(resource.get_path(&by.parent())?)?;
    let part = match (one, &by.sub) {
        (Value::Object(map), sub) => get_in(map, sub.as_deref().unwrap_or("value"))?,
        (_, Some(_)) => return None,
        (simple, None) => simple,
    };
    representative(part)
}

/// "The value of the primary attribute, if any, or else the first value in the list".
fn representative(value: &Value) -> Option<&Value> {
    let primary = members(value).find(|item| is_primary(item));
    primary.or_else(|| members(value).next())
}

/// The place of a resource in an [`Order`]; the least comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey(Direction);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Ascending(Key),
    Descending(Reverse<Key>),
}

/// A value. Those of different types, which only an attribute without a schema can have, stand by
/// their types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Boolean(bool),
    Number(Real),
    Instant(Timestamp),
    Text(String),
    Missing,
}

impl Key {
    fn of(value: &Value, attribute: Option<&Attribute>) -> Self {
        let is = |type_| attribute.is_some_and(|known| known.type_ == type_);
        match value {
            Value::Bool(flag) => Self::Boolean(*flag),
            Value::Number(number) => Self::Number(Real::of(number)),
            Value::String(text) if is(AttributeType::DateTime) => {
                instant(text).map_or_else(|| Self::Text(text.clone()), Self::Instant)
            }
            // Padding may be left out (RFC 7643 §2.3.6).
            Value::String(text) if is(AttributeType::Binary) => {
                Self::Text(text.trim_end_matches('=').to_owned())
            }
            Value::String(text) if attribute.is_some_and(Attribute::is_exact) => {
                Self::Text(text.clone())
            }
            Value::String(text) => Self::Text(fold(text)),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Missing,
        }
    }
}

/// A number in an order that loses nothing: first as a real, and where a real is too coarse, as a
/// whole number.
#[derive(Clone, Copy, Debug)]
struct Real {
    real: f64,
    whole: i128,
}

impl Real {
    fn of(number: &Number) -> Self {
        // Adding zero makes 0 of -0. There is no number in JSON that is none.
        let real = number.as_f64().unwrap_or_default() + 0.0;
        let whole = number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from));
        Self {
            real,
            whole: whole.unwrap_or(real as i128),
        }
    }
}

impl Ord for Real {
    fn cmp(&self, other: &Self) -> Ordering {
        self.real
            .total_cmp(&other.real)
            .then(self.whole.cmp(&other.whole))
    }
}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Real {}

#[cfg(test)]
mod tests;
