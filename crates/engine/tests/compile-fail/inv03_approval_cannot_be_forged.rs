//! Invariant 3: only the failsafe makes an `Approved`.

use purser_engine::{change::Change, failsafe::Approved};

fn forge(change: Change) -> Approved<Change> {
    Approved { value: change }
}

fn main() {}
