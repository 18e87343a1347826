//! Invariant 4: completeness is verified, not claimed.

use purser_engine::{absence::Complete, ids::RunId};

fn claim() -> Complete {
    Complete { run: RunId(1), counted: 0 }
}

fn main() {}
