//! Logs without end and in long lines about one object.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject, bindings::purser::plugin::log, fine};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        for _ in 0..2_000 {
            log::log(log::Level::Info, &"flood ".repeat(1_000));
        }
        fine(object)
    }
}
