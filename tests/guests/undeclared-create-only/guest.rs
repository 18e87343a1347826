//! Names an attribute that it did not declare as create-only, for one object.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject, projection};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        drop(object);
        let mut projection = projection("{\"userName\":\"a\"}".to_owned());
        projection.create_only.push("password".to_owned());
        Outcome::Projection(projection)
    }
}
