//! One operation on one attribute.

use serde_json::{Map, Value};

use super::{Op, accept, guard, list, values};
use crate::{
    message::ScimError,
    path::{AttrPath, Path},
    schema::{Attribute, AttributeType, ResourceSchema},
    value::{get_in, is_empty_value, remove_in, same, same_set, set_in},
};

/// The attribute that a path means, in the map that holds it: the resource or an extension.
pub(super) struct Target<'a> {
    pub(super) path: &'a Path,
    /// What the schema says about it; `None` if it does not know it.
    pub(super) attribute: Option<&'a Attribute>,
    /// The sub-attribute, with or without a filter before it.
    sub: Option<Sub<'a>>,
}

/// A sub-attribute by its name, in the schema's spelling where there is one.
#[derive(Clone, Copy)]
pub(super) struct Sub<'a> {
    pub(super) name: &'a str,
    pub(super) attribute: Option<&'a Attribute>,
}

impl<'a> Target<'a> {
    pub(super) fn new(schema: &'a ResourceSchema, path: &'a Path) -> Self {
        let parent: AttrPath = path.attr.parent();
        let attribute = schema.attribute(&parent);
        let sub = path.sub.as_deref().or(path.attr.sub.as_deref());
        Self {
            path,
            attribute,
            sub: sub.map(|name| {
                let known = attribute.and_then(|parent| parent.sub_attribute(name));
                Sub {
                    name: known.map_or(name, |known| &known.name),
                    attribute: known,
                }
            }),
        }
    }

    /// Does the operation in `map`, if all of it is allowed.
    pub(super) fn run(
        &self,
        map: &mut Map<String, Value>,
        op: Op,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        let name = &self.path.attr.attr;
        let before = get_in(map, name).cloned().unwrap_or(Value::Null);
        if self.is_read_only() {
            return self.unchanged(&before, op, value);
        }
        let mut after = before.clone();
        match (&self.path.filter, self.sub) {
            (Some(filter), sub) => values::run(self, filter, sub, &mut after, op, value)?,
            (None, Some(sub)) => self.run_sub(sub, &mut after, op, value)?,
            (None, None) => whole(self.attribute, &mut after, op, value)?,
        }
        if let Some(attribute) = self.attribute {
            guard::change(attribute, &self.path.attr, &before, &after)?;
        }
        if !is_empty_value(&after) {
            let name = self.attribute.map_or(name, |known| &known.name);
            set_in(map, name, after);
        } else if !is_empty_value(&before) {
            remove_in(map, name);
        }
        Ok(())
    }

    fn is_read_only(&self) -> bool {
        let sub = self.sub.and_then(|sub| sub.attribute);
        [self.attribute, sub]
            .into_iter()
            .flatten()
            .any(Attribute::is_read_only)
    }

    /// Writing the value that is there changes nothing and is therefore allowed everywhere; path-
    /// less requests like to repeat `id`.
    fn unchanged(&self, before: &Value, op: Op, value: Option<&Value>) -> Result<(), ScimError> {
        let present = match self.sub {
            Some(sub) => before.as_object().and_then(|map| get_in(map, sub.name)),
            None => Some(before),
        };
        let (present, value) = (
            present.unwrap_or(&Value::Null),
            value.unwrap_or(&Value::Null),
        );
        let equal = match present {
            Value::Array(_) => same_set(present, value),
            _ => same(present, value) || (is_empty_value(present) && is_empty_value(value)),
        };
        if op != Op::Remove && self.path.filter.is_none() && equal {
            return Ok(());
        }
        Err(guard::mutability(self.path, "it is readOnly"))
    }

    /// A sub-attribute without a filter: of the one value, or of every value of a list.
    fn run_sub(
        &self,
        sub: Sub<'_>,
        slot: &mut Value,
        op: Op,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        if self
            .attribute
            .is_some_and(|known| known.type_ != AttributeType::Complex)
        {
            return Err(guard::invalid_path(self.path, "it has no sub-attributes"));
        }
        let is_list = (slot.is_array() && !is_empty_value(slot))
            || self.attribute.is_some_and(|known| known.multi_valued);
        if is_list {
            let mut items = list::take(slot);
            if items.is_empty() && op != Op::Remove {
                return Err(guard::no_target(format!("{}: no values", self.path.attr)));
            }
            let written: Vec<usize> = (0..items.len()).collect();
            for item in &mut items {
                self.sub_of(sub, item, op, value)?;
            }
            return list::put(self.attribute, slot, items, &written);
        }
        if is_empty_value(slot) {
            *slot = Value::Object(Map::new());
        }
        self.sub_of(sub, slot, op, value)
    }

    /// Writes a sub-attribute of one complex value.
    pub(super) fn sub_of(
        &self,
        sub: Sub<'_>,
        item: &mut Value,
        op: Op,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        let Value::Object(map) = item else {
            if op == Op::Remove {
                return Ok(());
            }
            return Err(guard::invalid_path(self.path, "it has no sub-attributes"));
        };
        let before = map.clone();
        let mut after = get_in(map, sub.name).cloned().unwrap_or(Value::Null);
        match (sub.attribute, op) {
            // Nothing is known of its parts, so it is replaced as a whole.
            (None, Op::Replace) => after = value.cloned().unwrap_or_default(),
            (known, _) => whole(known, &mut after, op, value)?,
        }
        if is_empty_value(&after) {
            remove_in(map, sub.name);
        } else {
            set_in(map, sub.name, after);
        }
        match self.attribute {
            Some(parent) => guard::element(parent, self.path, &before, map),
            None => Ok(()),
        }
    }
}

/// An operation on the whole of an attribute or sub-attribute; `slot` is null where it is absent.
pub(super) fn whole(
    attribute: Option<&Attribute>,
    slot: &mut Value,
    op: Op,
    value: Option<&Value>,
) -> Result<(), ScimError> {
    let value = value.unwrap_or(&Value::Null);
    let is_list = attribute.map_or(slot.is_array() && !is_empty_value(slot), |known| {
        known.multi_valued
    });
    match op {
        Op::Remove if is_list && !is_empty_value(value) => list::remove(slot, value),
        Op::Remove => *slot = Value::Null,
        Op::Add if is_empty_value(value) => {}
        Op::Add if is_list => return list::add(attribute, slot, value),
        Op::Replace if attribute.is_some() && is_list => {
            return list::replace(attribute, slot, value);
        }
        Op::Add | Op::Replace => {
            let value = match attribute {
                Some(_) if is_empty_value(value) && !value.is_object() => Value::Null,
                Some(known) => accept::value(known, value)?,
                None => value.clone(),
            };
            put(slot, op, value);
        }
    }
    Ok(())
}

/// Sets a singular value. An object is laid over the one that is there: "sub-attributes that are
/// not specified are left unchanged" (RFC 7644 §3.5.2.3).
pub(super) fn put(slot: &mut Value, op: Op, value: Value) {
    if slot.is_array() && value.is_array() && same_set(slot, &value) {
        return;
    }
    match (slot, value) {
        (Value::Object(present), Value::Object(members)) => lay(present, op, members),
        (slot, value) => *slot = value,
    }
}

fn lay(present: &mut Map<String, Value>, op: Op, members: Map<String, Value>) {
    for (name, value) in members {
        if !is_empty_value(&value) {
            set_in(present, &name, value);
        } else if op == Op::Replace {
            remove_in(present, &name);
        }
    }
}
