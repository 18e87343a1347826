//! Writes a resource of 4 MiB for one object: more than all of a call may copy.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject, resource};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        drop(object);
        resource(format!("{{\"userName\":\"{}\"}}", "x".repeat(4 << 20)))
    }
}
