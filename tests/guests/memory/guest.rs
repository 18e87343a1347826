//! Hoards memory for one object.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        let mut hoard = vec![object.id.into_bytes()];
        loop {
            hoard.push(vec![1; 1 << 20]);
            std::hint::black_box(&hoard);
        }
    }
}
