//! Says a problem with one object at length, and with control characters.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, Problem, ProblemKind, SourceObject};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        Outcome::Problem(Problem {
            kind: ProblemKind::InvalidValue,
            attribute: Some(object.id),
            message: "bad \u{1b}]0;\n".repeat(500),
        })
    }
}
