//! Looks up without end about one object, and takes a refusal for "there is none".

#![cfg(target_arch = "wasm32")]

use guest_corpus::{
    Case, Description, Outcome, SourceObject, asking_for, bindings::purser::plugin::lookup, fine,
};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn describe() -> Description {
        asking_for("lookup:roles")
    }

    fn map_culprit(object: SourceObject) -> Outcome {
        while lookup::get("roles", &object.id).is_ok() {}
        fine(object)
    }
}
