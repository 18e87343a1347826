//! Wants to be asked again at a time, without the capability for it, about one object.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject, projection};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        drop(object);
        let mut projection = projection("{\"userName\":\"a\"}".to_owned());
        projection.reevaluate_at = Some("2026-11-23T09:30:00Z".to_owned());
        Outcome::Projection(projection)
    }
}
