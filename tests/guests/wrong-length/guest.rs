//! Returns an outcome too few where one certain object is among them.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{CULPRIT, Case, Outcome, SourceObject, fine};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_all(objects: Vec<SourceObject>) -> Vec<Outcome> {
        objects
            .into_iter()
            .filter(|object| object.id != CULPRIT)
            .map(fine)
            .collect()
    }
}
