//! Values as their attributes hold them.

use std::fmt;

use serde_json::{Map, Value};

use super::{Tolerance, coerce::coerced};
use crate::{
    judge::{Distinct, fits, invalid_syntax, invalid_value, is_primary, several_primaries},
    message::ScimError,
    path::AttrPath,
    resource::json_type,
    schema::{Attribute, ResourceSchema, Schema},
    value::{get_in, is_empty_value, prune},
};

/// How a body is read.
pub(super) struct Reader<'a> {
    pub(super) schema: &'a ResourceSchema,
    tolerance: Tolerance,
    /// Whether what is readOnly stays, as it is.
    pub(super) is_own: bool,
}

/// Where a value stands, for errors: only names of the schema.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Attribute(Option<&'a Schema>, &'a Attribute),
    Sub(&'a Place<'a>, &'a Attribute),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(None, attribute) => out.write_str(&attribute.name),
            Self::Attribute(Some(extension), attribute) => {
                write!(out, "{}:{}", extension.id, attribute.name)
            }
            Self::Sub(parent, sub) => write!(out, "{parent}.{}", sub.name),
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads what a client sent.
    pub(super) fn of_client(schema: &'a ResourceSchema, tolerance: Tolerance) -> Self {
        Self {
            schema,
            tolerance,
            is_own: false,
        }
    }

    /// Reads what is the server's own.
    pub(super) fn of_server(schema: &'a ResourceSchema) -> Self {
        Self {
            schema,
            tolerance: Tolerance::Lenient,
            is_own: true,
        }
    }

    pub(super) fn is_lenient(&self) -> bool {
        self.tolerance == Tolerance::Lenient
    }

    /// The value of an attribute; null for none.
    fn value(
        &self,
        attribute: &Attribute,
        place: Place<'_>,
        value: Value,
    ) -> Result<Value, ScimError> {
        if is_empty_value(&value) {
            return Ok(Value::Null);
        }
        if !attribute.multi_valued {
            return self.single(attribute, place, value);
        }
        let items = match value {
            Value::Array(items) => items,
            one if self.is_lenient() => vec![one],
            other => {
                return Err(invalid_value(format!(
                    "{place} is a list, not {}",
                    json_type(&other)
                )));
            }
        };
        let mut list = Distinct::default();
        for item in items.into_iter().filter(|item| !is_empty_value(item)) {
            let item = self.single(attribute, place, item)?;
            if !item.is_null() {
                list.put(identity(&item), item);
            }
        }
        let items = list.into_items();
        if items.iter().filter(|item| is_primary(item)).count() > 1 {
            return Err(several_primaries(&place));
        }
        Ok(if items.is_empty() {
            Value::Null
        } else {
            Value::Array(items)
        })
    }

    /// One value, of a list or not; null for none.
    fn single(
        &self,
        attribute: &Attribute,
        place: Place<'_>,
        value: Value,
    ) -> Result<Value, ScimError> {
        let value = if self.is_lenient() {
            coerced(attribute, value)
        } else {
            value
        };
        if value.is_null() {
            return Ok(Value::Null);
        }
        fits(attribute, &place, &value)?;
        match value {
            Value::Object(map) => self.complex(attribute, place, map),
            simple => Ok(simple),
        }
    }

    fn complex(
        &self,
        attribute: &Attribute,
        place: Place<'_>,
        map: Map<String, Value>,
    ) -> Result<Value, ScimError> {
        let mut known = Map::new();
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in map {
            let Some(sub) = attribute.sub_attribute(&name) else {
                self.unknown(&name, Some(&place))?;
                continue;
            };
            let place = Place::Sub(&place, sub);
            if let Some(value) = self.known(sub, place, value)? {
                if seen.contains(&sub.name.as_str()) {
                    self.twice(place)?;
                }
                seen.push(&sub.name);
                set(&mut known, &sub.name, value);
            }
        }
        Ok(if known.is_empty() {
            Value::Null
        } else {
            Value::Object(known)
        })
    }

    /// The value of a known attribute; `None` where the body may not speak of it.
    pub(super) fn known(
        &self,
        attribute: &Attribute,
        place: Place<'_>,
        mut value: Value,
    ) -> Result<Option<Value>, ScimError> {
        if !attribute.is_read_only() {
            return self.value(attribute, place, value).map(Some);
        }
        if !self.is_own {
            return Ok(None);
        }
        // Not judged: were it wrong, it would not be the client's fault.
        prune(&mut value);
        Ok(Some(value))
    }

    /// What to do with a name that means nothing.
    pub(super) fn unknown(&self, name: &str, parent: Option<&Place<'_>>) -> Result<(), ScimError> {
        if self.is_lenient() {
            return Ok(());
        }
        // What is no name may be anything, a value in the wrong place for example.
        let name = match name.parse::<AttrPath>() {
            Ok(_) if name.len() <= 128 => name,
            _ => "a name that is none",
        };
        Err(invalid_syntax(match parent {
            Some(parent) => format!("{parent} has {name}, which its schema does not know"),
            None => format!("the body has {name}, which no schema of its resource type knows"),
        }))
    }

    /// What to do with an attribute that comes again, in another spelling.
    pub(super) fn twice(&self, place: impl fmt::Display) -> Result<(), ScimError> {
        if self.is_lenient() {
            return Ok(());
        }
        Err(invalid_syntax(format!("{place} is there twice")))
    }
}

/// By what a value of a list is known: its `type` and `value`, or all of it.
fn identity(item: &Value) -> Value {
    let part = |name| item.as_object().and_then(|map| get_in(map, name)).cloned();
    match part("value") {
        Some(value) => Value::Array(vec![part("type").unwrap_or_default(), value]),
        None => item.clone(),
    }
}

/// Sets or, with null, clears.
pub(super) fn set(map: &mut Map<String, Value>, name: &str, value: Value) {
    if is_empty_value(&value) {
        map.shift_remove(name);
    } else {
        map.insert(name.to_owned(), value);
    }
}
