//! The delta between two resources, attribute by attribute.
//!
//! - Singular complex attributes and extensions are compared sub-attribute by sub-attribute
//!   (`name.familyName`, `urn:…:User:department`), so that a PATCH touches only what changed.
//! - Multi-valued attributes are sets (RFC 7643 §2.4): order, repetition and nulls mean nothing,
//!   and a change replaces the whole, because values have no identity to address them by.
//! - Values compare exactly: a change of case is a change. Absent, null and empty are one state.
//! - `id`, `meta`, `schemas` and readOnly attributes never appear: they are not ours to write.
//!
//! **Law.** Applying `diff(a, b).to_patch()` to `a` gives a resource that differs from `b` in
//! nothing that `diff` looks at. It is a property test in `tests/laws.rs`.
//!
//! An attribute that no schema knows goes by its JSON: an object is a complex attribute, a list a
//! multi-valued one. A name that is no attribute name (`"shoe size"`) gives a change like any
//! other, but its path cannot be read back from text.

mod compare;
mod overlay;

pub use compare::diff;
pub use overlay::{overlay, without_empty};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    patch::{Op, PatchOp, PatchRequest},
    path::Path,
};

/// What differs between two resources.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// The changes, in the order of the first resource, then of the second.
    pub changes: Vec<AttributeChange>,
}

/// One attribute or sub-attribute that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeChange {
    /// Which one.
    pub path: Path,
    /// Its value before; `None` where there was none.
    pub before: Option<Value>,
    /// Its value after; `None` where there is none.
    pub after: Option<Value>,
}

impl Delta {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The PATCH request that makes the change: one operation per change, with an explicit path.
    #[must_use]
    pub fn to_patch(&self) -> PatchRequest {
        PatchRequest {
            operations: self.changes.iter().map(AttributeChange::to_op).collect(),
        }
    }
}

impl AttributeChange {
    fn to_op(&self) -> PatchOp {
        let op = match (&self.before, &self.after) {
            (_, None) => Op::Remove,
            (None, Some(_)) => Op::Add,
            (Some(_), Some(_)) => Op::Replace,
        };
        PatchOp {
            op,
            path: Some(self.path.clone()),
            value: self.after.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
