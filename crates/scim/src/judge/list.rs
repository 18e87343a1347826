//! What holds for the values of a multi-valued attribute together (RFC 7643 §2.4).

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt::Display,
};

use serde_json::Value;

use super::invalid_value;
use crate::{message::ScimError, value::get_in};

/// Values, each once. Found by a key and not by comparing each with each: groups have 100,000
/// members.
#[derive(Default)]
pub(crate) struct Distinct {
    items: Vec<Value>,
    places: HashMap<Value, usize>,
}

impl Distinct {
    /// Takes a value, in the place of an earlier one with the same key if there is one.
    pub(crate) fn put(&mut self, key: Value, item: Value) {
        match self.places.entry(key) {
            Entry::Occupied(place) => {
                if let Some(earlier) = self.items.get_mut(*place.get()) {
                    *earlier = item;
                }
            }
            Entry::Vacant(place) => {
                place.insert(self.items.len());
                self.items.push(item);
            }
        }
    }

    /// The values, in the order in which they came.
    pub(crate) fn into_items(self) -> Vec<Value> {
        self.items
    }
}

/// Whether a value is the primary one.
pub(crate) fn is_primary(item: &Value) -> bool {
    item.as_object().and_then(|map| get_in(map, "primary")) == Some(&Value::Bool(true))
}

/// "The primary attribute value "true" MUST appear no more than once" (RFC 7643 §2.4).
pub(crate) fn several_primaries(path: &impl Display) -> ScimError {
    invalid_value(format!("{path}: only one value can be primary"))
}
