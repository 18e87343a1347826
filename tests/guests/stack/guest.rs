//! Recurses without end over one object.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject, fine};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_culprit(object: SourceObject) -> Outcome {
        std::hint::black_box(recurse(1));
        fine(object)
    }
}

#[expect(unconditional_recursion, reason = "that is the point")]
fn recurse(depth: u64) -> u64 {
    let ballast = std::hint::black_box([depth; 64]);
    recurse(depth + 1) + ballast.iter().sum::<u64>()
}
