//! Invariant 3: a target is written by a step, and a change that was not
//! approved yields none.

use purser_engine::change::{Change, Step};

fn write(change: &Change) -> Step<'_> {
    change.step()
}

fn main() {}
