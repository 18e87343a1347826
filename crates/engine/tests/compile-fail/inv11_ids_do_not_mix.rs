//! Invariant 11: a source's id is never taken for a target's.

use purser_engine::{
    change::{Action, Member},
    ids::{ObjectKey, SourceId},
};

fn delete(id: SourceId) -> Action {
    Action::Delete { target_id: id }
}

fn member(object: ObjectKey) -> Member {
    Member { target_id: object.id.clone(), object }
}

fn main() {}
