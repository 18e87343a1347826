//! What the source has under a name, cleaned, with the three states kept apart.

use std::borrow::Cow;

use purser_guest::{Problem, SourceObject, json::Value};

use crate::transform::{self, Transforms};

/// What a source or a rule has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    /// The source did not say.
    Unknown,
    /// The source says that there is none.
    Empty,
    /// One value.
    One(Value),
    /// The values of a multi-valued attribute; at least one.
    Many(Vec<Value>),
}

impl Found {
    /// Values without the empty ones: none left is empty, not unknown.
    pub(crate) fn many(values: Vec<Value>) -> Self {
        if values.is_empty() {
            Self::Empty
        } else {
            Self::Many(values)
        }
    }
}

/// Reads an attribute. `id`, `active` and `roles` are also found in the object's
/// envelope, where the source has no attribute of that name.
pub(crate) fn read(
    object: &SourceObject,
    name: &str,
    transforms: &Transforms,
    except: &[String],
) -> Result<Found, Problem> {
    let value = match object.attributes.get(name) {
        Some(value) => Cow::Borrowed(value),
        None => match envelope(object, name) {
            Some(value) => Cow::Owned(value),
            None => return Ok(Found::Unknown),
        },
    };
    let wanted = |value: &Value| !except.iter().any(|no| text(value) == *no);
    Ok(match &*value {
        Value::Array(items) => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                values.extend(scalar(name, item, transforms)?.filter(wanted));
            }
            Found::many(values)
        }
        value => match scalar(name, value, transforms)?.filter(wanted) {
            Some(value) => Found::One(value),
            None => Found::Empty,
        },
    })
}

fn envelope(object: &SourceObject, name: &str) -> Option<Value> {
    match name {
        "id" => Some(object.id.clone().into()),
        "active" => Some(object.active.into()),
        // Without roles we cannot tell "has none" from "the source has no notion
        // of them", and the first would take memberships away.
        "roles" if !object.roles.is_empty() => Some(object.roles.clone().into()),
        _ => None,
    }
}

fn scalar(name: &str, value: &Value, transforms: &Transforms) -> Result<Option<Value>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => {
            let text = transform::clean(text, transforms);
            Ok((!text.is_empty()).then_some(Value::String(text)))
        }
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.clone())),
        Value::Array(_) | Value::Object(_) => Err(Problem::invalid(
            name,
            format!("`{name}` holds structured values, which a table cannot map"),
        )),
    }
}

/// A value as text.
pub(crate) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}
