//! Uses `lookup`, which nobody granted.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject, bindings::purser::plugin::lookup, fine, internal};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        match lookup::get("roles", &object.id) {
            Ok(_) => fine(object),
            Err(_) => internal("no answer"),
        }
    }
}
