//! Finding the changes.

use std::{collections::HashSet, sync::LazyLock};

use serde_json::{Map, Value};

use super::{AttributeChange, Delta};
use crate::{
    path::AttrPath,
    resource::Resource,
    schema::{Attribute, AttributeType, ResourceSchema},
    value::{comparable, get_in, is_empty_value, members, same, same_set},
};

/// What must change in `from` to make it `to`. See the module for what counts as a change.
#[must_use]
pub fn diff(from: &Resource, to: &Resource, schema: &ResourceSchema) -> Delta {
    let mut finder = Finder {
        schema,
        changes: Vec::new(),
    };
    for name in names(from.as_map(), to.as_map()) {
        finder.top(name, from.get(name), to.get(name));
    }
    Delta {
        changes: finder.changes,
    }
}

struct Finder<'a> {
    schema: &'a ResourceSchema,
    changes: Vec<AttributeChange>,
}

impl Finder<'_> {
    /// An attribute or extension at the top level.
    fn top(&mut self, name: &str, from: Option<&Value>, to: Option<&Value>) {
        if name.eq_ignore_ascii_case("schemas") {
            return;
        }
        if !name.contains(':') {
            return self.attribute(&AttrPath::new(name), from, to);
        }
        let urn = self.schema.extension(name).map_or(name, |known| &known.id);
        match objects(from, to) {
            Some((from, to)) => {
                for name in names(from, to) {
                    let path = AttrPath::new(name).with_urn(urn);
                    self.attribute(&path, get_in(from, name), get_in(to, name));
                }
            }
            None => self.change(AttrPath::schema(urn), from, to, same),
        }
    }

    fn attribute(&mut self, path: &AttrPath, from: Option<&Value>, to: Option<&Value>) {
        let attribute = self.schema.attribute(path);
        if attribute.is_some_and(Attribute::is_read_only) {
            return;
        }
        // The schema's spelling, where there is one.
        let path = AttrPath {
            attr: attribute.map_or_else(|| path.attr.clone(), |known| known.name.clone()),
            ..path.clone()
        };
        match attribute {
            Some(known) if known.multi_valued => self.set(known, path, from, to),
            Some(known) if known.type_ != AttributeType::Complex => {
                self.change(path, from, to, same);
            }
            _ => match objects(from, to) {
                Some((from, to)) => self.subs(&path, attribute, from, to),
                None => self.change(path, from, to, unknown_same),
            },
        }
    }

    /// The sub-attributes of a singular complex attribute.
    fn subs(
        &mut self,
        path: &AttrPath,
        parent: Option<&Attribute>,
        from: &Map<String, Value>,
        to: &Map<String, Value>,
    ) {
        for name in names(from, to) {
            let known = parent.and_then(|parent| parent.sub_attribute(name));
            if known.is_some_and(Attribute::is_read_only) {
                continue;
            }
            let sub = known.map_or(name, |known| &known.name);
            let equal = match known {
                Some(known) if known.multi_valued => same_set,
                Some(_) => same,
                None => unknown_same,
            };
            self.change(
                path.clone().with_sub(sub),
                get_in(from, name),
                get_in(to, name),
                equal,
            );
        }
    }

    /// A multi-valued attribute: as a set, without what the server assigns inside its values.
    fn set(&mut self, known: &Attribute, path: AttrPath, from: Option<&Value>, to: Option<&Value>) {
        let from = from.map(|value| writable_members(known, value));
        let to = to.map(|value| writable_members(known, value));
        self.change(path, from.as_ref(), to.as_ref(), same_set);
    }

    fn change(
        &mut self,
        path: AttrPath,
        from: Option<&Value>,
        to: Option<&Value>,
        equal: fn(&Value, &Value) -> bool,
    ) {
        let from = from.filter(|value| !is_empty_value(value));
        let to = to.filter(|value| !is_empty_value(value));
        let equal = match (from, to) {
            (Some(from), Some(to)) => equal(from, to),
            (None, None) => true,
            _ => false,
        };
        if !equal {
            self.changes.push(AttributeChange {
                path: path.into(),
                before: from.cloned(),
                after: to.cloned(),
            });
        }
    }
}

/// The names of both, each once, in the order of the first, then of the second.
fn names<'a>(from: &'a Map<String, Value>, to: &'a Map<String, Value>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    for name in from.keys().chain(to.keys()) {
        if seen.insert(name.to_ascii_lowercase()) {
            names.push(name);
        }
    }
    names
}

type Object = Map<String, Value>;

/// Both sides as objects, an absent one as an empty one; `None` where either is something else.
fn objects<'a>(from: Option<&'a Value>, to: Option<&'a Value>) -> Option<(&'a Object, &'a Object)> {
    static EMPTY: LazyLock<Object> = LazyLock::new(Object::new);
    let object = |value: Option<&'a Value>| match value {
        Some(Value::Object(map)) => Some(map),
        Some(value) if !is_empty_value(value) => None,
        _ => Some(&*EMPTY),
    };
    if !from.is_some_and(Value::is_object) && !to.is_some_and(Value::is_object) {
        return None;
    }
    Some((object(from)?, object(to)?))
}

/// Without a schema, two lists are sets; everything else is compared as it stands.
fn unknown_same(from: &Value, to: &Value) -> bool {
    match (from, to) {
        (Value::Array(_), Value::Array(_)) => same_set(from, to),
        _ => same(from, to),
    }
}

/// The non-empty values of a multi-valued attribute, each once and without readOnly parts.
fn writable_members(known: &Attribute, value: &Value) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for member in members(value) {
        let member = match member {
            Value::Object(map) => Value::Object(
                map.iter()
                    .filter(|(name, value)| {
                        !is_empty_value(value)
                            && !known
                                .sub_attribute(name)
                                .is_some_and(Attribute::is_read_only)
                    })
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            ),
            simple => simple.clone(),
        };
        if !is_empty_value(&member)
            && !kept
                .iter()
                .any(|other| comparable(other) == comparable(&member))
        {
            kept.push(member);
        }
    }
    Value::Array(kept)
}
