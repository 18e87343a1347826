//! Writes to the directory that are answered when they have reached a target.
//!
//! What is written waits: a new resource is hidden, with its name reserved; a deleted
//! one is hidden; a changed one is as it was changed, and what it was is kept. The
//! settlement of its job says what becomes of it, in one transaction: it is published,
//! or taken back. So that holds also where nobody waits for the answer any more.

use serde::{Deserialize, Serialize};

use purser_engine::ids::MappingName;

/// To wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The mapping that brings it to the target.
    pub mapping: MappingName,
    /// By what a create is known if it is sent again.
    pub external_id: Option<String>,
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It has reached the target and stands.
    Done,
    /// The target, or the failsafe, does not let it, and it was taken back.
    Refused(Refusal),
}

/// Why a target does not take an object, as a client may be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The keyword (RFC 7644 §3.12), where there is one.
    pub scim_type: Option<String>,
    /// For people.
    pub detail: String,
}

/// A create that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The resource that it made, or is making.
    pub id: String,
    /// Its document.
    pub document: String,
}
