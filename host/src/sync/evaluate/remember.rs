//! What a plan mapped, for the jobs of the same run: a mapping of the same object
//! under the same settings and the same time of the run answers the same, and a
//! component's answer is half of what an object's evaluation costs.
//!
//! A job still carries ids and reads its object anew (invariant 5); only where that
//! has the digest that was planned for, the component is not asked again. What
//! there is no room for, is.

use std::{
    collections::HashMap,
    mem::size_of,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use purser_engine::{Digest, ids::ObjectKey, projection::Projection};
use serde_json::{Map, Value};

/// How much is kept, in bytes, roughly: some 10,000 accounts of a dozen attributes.
const ROOM: usize = 64 << 20;

/// An answer of the component that can be used.
#[derive(Debug)]
pub(in crate::sync) struct Mapped {
    pub projection: Box<Projection>,
    pub reevaluate_at: Option<Timestamp>,
}

/// What was mapped in a run.
#[derive(Debug)]
pub(in crate::sync) struct Remembered(Mutex<Shelf>);

#[derive(Debug)]
struct Shelf {
    room: usize,
    mapped: HashMap<ObjectKey, (Digest, Mapped)>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl Remembered {
    fn with_room(room: usize) -> Self {
        Self(Mutex::new(Shelf {
            room,
            mapped: HashMap::new(),
        }))
    }

    /// Keeps it, as long as there is room: who is planned first is done first.
    pub(super) fn put(
        &self,
        key: &ObjectKey,
        content: &Digest,
        projection: &Projection,
        reevaluate_at: Option<Timestamp>,
    ) {
        let weight = weight(projection);
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = shelf.room.checked_sub(weight) {
            shelf.room = room;
            let mapped = Mapped {
                projection: Box::new(projection.clone()),
                reevaluate_at,
            };
            shelf.mapped.insert(key.clone(), (content.clone(), mapped));
        }
    }

    /// What was mapped of the object with this content. It is asked for once.
    pub(super) fn take(&self, key: &ObjectKey, content: &Digest) -> Option<Mapped> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, mapped) = shelf.mapped.remove(key)?;
        (of == *content).then_some(mapped)
    }
}

/// In bytes, roughly. What has no size of its own is small.
fn weight(projection: &Projection) -> usize {
    let edges = projection.edges.len() + projection.references.len() + projection.create_only.len();
    500 + 200 * edges + of_map(projection.resource.as_map())
}

fn of_map(map: &Map<String, Value>) -> usize {
    let entries = map.iter().map(|(key, value)| 64 + key.len() + of(value));
    entries.sum()
}

fn of(value: &Value) -> usize {
    let beside = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(of).sum(),
        Value::Object(map) => of_map(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + beside
}

#[cfg(test)]
mod tests {
    use purser_engine::ids::{Kind, SourceId};
    use purser_scim::Resource;
    use serde_json::json;

    use super::*;

    fn projection(name: &str) -> Projection {
        Projection {
            resource: Resource::from_value(json!({ "userName": name }))
                .unwrap()
                .into(),
            create_only: Vec::new(),
            edges: Vec::new(),
            references: Vec::new(),
            dropped: Vec::new(),
        }
    }

    fn key(id: &str) -> ObjectKey {
        ObjectKey {
            kind: Kind::new("user"),
            id: SourceId::new(id),
        }
    }

    #[test]
    fn what_was_mapped_of_the_same_content_is_given_once() {
        let remembered = Remembered::default();
        let (old, new) = (Digest::of_parts(["old"]), Digest::of_parts(["new"]));
        remembered.put(&key("1"), &old, &projection("mia"), None);
        remembered.put(&key("2"), &old, &projection("noa"), None);
        assert!(remembered.take(&key("1"), &new).is_none());
        let known = remembered.take(&key("2"), &old).unwrap();
        assert_eq!(*known.projection, projection("noa"));
        assert!(remembered.take(&key("2"), &old).is_none());
    }

    #[test]
    fn there_is_an_end_to_it() {
        let remembered = Remembered::with_room(weight(&projection("mia")));
        let content = Digest::of_parts(["x"]);
        remembered.put(&key("1"), &content, &projection("mia"), None);
        remembered.put(&key("2"), &content, &projection("noa"), None);
        assert!(remembered.take(&key("2"), &content).is_none());
        assert!(remembered.take(&key("1"), &content).is_some());
    }
}
