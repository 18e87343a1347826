//! Keeps 10 MiB of each object: a few are well, many together are too much.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{Case, Outcome, SourceObject, fine};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn map_all(objects: Vec<SourceObject>) -> Vec<Outcome> {
        let hoard: Vec<Vec<u8>> = objects.iter().map(|_| vec![1; 10 << 20]).collect();
        std::hint::black_box(&hoard);
        objects.into_iter().map(fine).collect()
    }
}
