//! Never comes to an end, whatever it is given.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_all(objects: Vec<SourceObject>) -> Vec<Outcome> {
        loop {
            std::hint::black_box(&objects);
        }
    }
}
