//! Objects that were staged lately, as values: a run asks for them twice more, when it
//! plans and when it does what was planned, and to read one from its text is dear.
//!
//! They are known by the digest of their text, so that no change of the store makes one
//! of them wrong. What there is no room for is read from its text.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use purser_engine::{Digest, object::SourceObject};

/// How much is kept, in bytes, roughly: some 10,000 accounts.
const ROOM: usize = 32 << 20;

/// Memory that a value takes for each byte of its text, roughly.
const TIMES: usize = 4;

/// What was staged since a run began or ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Lately(Arc<Mutex<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    taken: usize,
    objects: HashMap<Digest, Arc<SourceObject>>,
}

impl Lately {
    /// Keeps the object whose text has this length and digest, as long as there is room:
    /// what is staged first is asked for first.
    pub(super) fn put(&self, digest: &Digest, length: usize, object: Arc<SourceObject>) {
        let mut shelf = self.shelf();
        let taken = shelf.taken + TIMES * length;
        if taken <= ROOM && shelf.objects.insert(digest.clone(), object).is_none() {
            shelf.taken = taken;
        }
    }

    /// The object whose text has this digest.
    pub(super) fn get(&self, digest: &Digest) -> Option<Arc<SourceObject>> {
        self.shelf().objects.get(digest).cloned()
    }

    /// Gives the room free.
    pub(super) fn clear(&self) {
        let old = std::mem::take(&mut *self.shelf());
        // Not while others wait.
        drop(old);
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // A put or a get is whole or has not happened.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use purser_engine::ids::{Kind, ObjectKey, ResourceType, SourceId};

    use super::*;

    fn object(id: &str) -> Arc<SourceObject> {
        Arc::new(SourceObject {
            key: ObjectKey {
                kind: Kind::new("user"),
                id: SourceId::new(id),
            },
            resource_type: ResourceType::user(),
            active: true,
            roles: Vec::new(),
            attributes: serde_json::Map::new(),
        })
    }

    #[test]
    fn what_was_staged_is_known_by_its_digest_until_the_run_ends() {
        let lately = Lately::default();
        let (old, new) = (Digest::of_parts(["old"]), Digest::of_parts(["new"]));
        lately.put(&old, 100, object("1"));
        assert_eq!(lately.get(&old), Some(object("1")));
        assert_eq!(lately.get(&new), None);
        lately.clear();
        assert_eq!(lately.get(&old), None);
    }

    #[test]
    fn there_is_an_end_to_it() {
        let lately = Lately::default();
        let (first, second) = (Digest::of_parts(["1"]), Digest::of_parts(["2"]));
        lately.put(&first, ROOM / TIMES, object("1"));
        lately.put(&second, 1, object("2"));
        assert!(lately.get(&first).is_some());
        assert!(lately.get(&second).is_none());
    }
}
