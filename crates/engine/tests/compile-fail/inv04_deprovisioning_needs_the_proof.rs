//! Invariant 4: to say that an object is gone takes the proof, not a reason.

use purser_engine::{absence::Incomplete, decide::Wanted};

fn short_page(why: Incomplete) -> Wanted {
    Wanted::Absent(why)
}

fn main() {}
