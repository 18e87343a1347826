//! Invariant 4: an absence comes from a complete enumeration or a tombstone.

use purser_engine::{absence::Absence, ids::ObjectKey};

fn missing_row(object: ObjectKey) -> Absence {
    Absence { object }
}

fn main() {}
