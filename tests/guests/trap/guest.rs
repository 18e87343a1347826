//! Gives up on one object.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        drop(object);
        std::process::abort()
    }
}
