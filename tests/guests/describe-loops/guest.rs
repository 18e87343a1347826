//! Never comes to an end when it is asked what it is.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Description};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn describe() -> Description {
        loop {
            std::hint::black_box(());
        }
    }
}
