//! Describes itself in a megabyte.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Description, description};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn describe() -> Description {
        Description {
            summary: "x".repeat(1 << 20),
            ..description()
        }
    }
}
