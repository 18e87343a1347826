//! Access by path.
//!
//! A resource knows no schema, so a URN-qualified path is read by the URN alone: a core URN of
//! RFC 7643 means the top level, any other the extension's object. For a core schema of one's
//! own, strip the URN first with `ResourceSchema::localize`.

use serde_json::{Map, Value};

use super::Resource;
use crate::{
    path::AttrPath,
    urn,
    value::{get_in, is_empty_value, key_in, remove_in, set_in},
};

impl Resource {
    /// The value at `path`. A sub-attribute of a multi-valued attribute is many values: `None`
    /// here, see [`Resource::values_at`].
    #[must_use]
    pub fn get_path(&self, path: &AttrPath) -> Option<&Value> {
        let value = match extension(path) {
            Some(urn) if path.is_schema() => return self.get(urn),
            Some(urn) => get_in(self.get(urn)?.as_object()?, &path.attr)?,
            None => self.get(&path.attr)?,
        };
        match &path.sub {
            Some(sub) => get_in(value.as_object()?, sub),
            None => Some(value),
        }
    }

    /// Every value at `path`: the members of a multi-valued attribute one by one, and of each
    /// complex member the sub-attribute asked for (`emails.value`). Nulls are no values.
    #[must_use]
    pub fn values_at(&self, path: &AttrPath) -> Vec<&Value> {
        let Some(value) = self.get_path(&path.parent()) else {
            return Vec::new();
        };
        let parents = flat(value);
        let values = match &path.sub {
            None => parents,
            Some(sub) => parents
                .into_iter()
                .filter_map(|parent| get_in(parent.as_object()?, sub))
                .flat_map(flat)
                .collect(),
        };
        values
            .into_iter()
            .filter(|value| !value.is_null())
            .collect()
    }

    /// Sets the value at `path` and makes the objects on the way. A sub-attribute of a
    /// multi-valued attribute is set in every value. Writing a value into an extension adds its
    /// URN to `schemas` (RFC 7644 §3.5.2).
    pub fn set_path(&mut self, path: &AttrPath, value: impl Into<Value>) {
        let value = value.into();
        let Some(urn) = extension(path).map(str::to_owned) else {
            return set_attr(self.as_map_mut(), path, value);
        };
        let written = !is_empty_value(&value);
        if path.is_schema() {
            self.set(&urn, value);
        } else {
            in_object(entry(self.as_map_mut(), &urn), |extension| {
                set_attr(extension, path, value);
            });
        }
        if written {
            self.add_schema(&urn);
        }
    }

    /// Removes the value at `path`. An object or extension that is empty afterwards goes too, and
    /// with an extension its URN in `schemas`.
    pub fn remove_path(&mut self, path: &AttrPath) -> Option<Value> {
        let Some(urn) = extension(path).map(str::to_owned) else {
            return remove_attr(self.as_map_mut(), path);
        };
        let removed = if path.is_schema() {
            self.remove(&urn)
        } else {
            remove_attr(self.get_mut(&urn)?.as_object_mut()?, path)
        };
        if self.get(&urn).is_none_or(is_empty_value) {
            self.remove(&urn);
            self.remove_schema(&urn);
        }
        removed
    }
}

/// The extension that a path leads into, if any.
fn extension(path: &AttrPath) -> Option<&str> {
    path.urn.as_deref().filter(|urn| !urn::is_core(urn))
}

fn flat(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// Works on the value as an object; anything else is replaced by an empty one first.
fn in_object(value: &mut Value, work: impl FnOnce(&mut Map<String, Value>)) {
    let mut map = match value.take() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    work(&mut map);
    *value = Value::Object(map);
}

/// The value under `name` in its present spelling; null where there was none.
fn entry<'a>(map: &'a mut Map<String, Value>, name: &str) -> &'a mut Value {
    let key = key_in(map, name).unwrap_or(name).to_owned();
    map.entry(key).or_insert(Value::Null)
}

fn set_attr(map: &mut Map<String, Value>, path: &AttrPath, value: Value) {
    let Some(sub) = &path.sub else {
        return set_in(map, &path.attr, value);
    };
    match entry(map, &path.attr) {
        Value::Array(items) => {
            if items.is_empty() {
                items.push(Value::Null);
            }
            for item in items {
                in_object(item, |item| set_in(item, sub, value.clone()));
            }
        }
        one => in_object(one, |one| set_in(one, sub, value)),
    }
}

fn remove_attr(map: &mut Map<String, Value>, path: &AttrPath) -> Option<Value> {
    let Some(sub) = &path.sub else {
        return remove_in(map, &path.attr);
    };
    let key = key_in(map, &path.attr)?.to_owned();
    let parent = map.get_mut(&key)?;
    let removed = match &mut *parent {
        Value::Array(items) => items
            .iter_mut()
            .filter_map(|item| remove_in(item.as_object_mut()?, sub))
            .reduce(|first, _| first),
        Value::Object(one) => remove_in(one, sub),
        _ => None,
    };
    if is_empty_value(parent) {
        map.shift_remove(&key);
    }
    removed
}
