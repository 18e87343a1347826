//! What goes in and what comes out of a mapping, as plain Rust values.
//!
//! These mirror `wit/0.1` but are not generated from it: the rest of Purser
//! must not change because a binding generator does, and a second contract
//! version must be able to end in the same types.

use serde_json::{Map, Value};

/// What every object of a call has in common. The settings are the mapper's.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The configured name of the mapping.
    pub mapping: &'a str,
    /// The configured name of the target.
    pub target: &'a str,
    /// The time of the run, RFC 3339 in UTC. Reaches a plugin only where it has
    /// asked for the capability `time` and has been granted it.
    pub now: Option<&'a str>,
}

/// One object as the source has it. All its attributes may be passed here: a
/// plugin is sent only those that it reads.
#[derive(Debug, Clone, Copy)]
pub struct SourceObject<'a> {
    /// The kind of object, as the source's configuration names it.
    pub kind: &'a str,
    /// The source's own stable identifier within the kind.
    pub id: &'a str,
    /// The SCIM resource type that it becomes.
    pub resource_type: &'a str,
    /// Whether the source counts it as active.
    pub active: bool,
    /// Its roles at the source.
    pub roles: &'a [String],
    /// Attribute name → value; absent is unknown, `null` or `[]` is empty.
    pub attributes: &'a Map<String, Value>,
}

/// What a plugin said about one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The resource as we want it at the target.
    Projection(Projection),
    /// Leave the object as it is, with the reason.
    Skip(String),
    /// The object has no place at this target, with the reason.
    OutOfScope(String),
    /// The object could not be mapped.
    Problem(Problem),
}

/// The resource as we want it at the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// The SCIM resource. Left out is not managed, `null` or `[]` clears.
    pub resource: Map<String, Value>,
    /// Ordered candidates for attributes that must be unique.
    pub alternatives: Vec<Alternatives>,
    /// Attributes to send only when the resource is created.
    pub create_only: Vec<String>,
    /// When to map the object again (RFC 3339), even if nothing has changed.
    pub reevaluate_at: Option<String>,
}

/// Ordered candidates for one attribute that must be unique at the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternatives {
    /// The attribute's path.
    pub attribute: String,
    /// Values in order of preference; the resource holds the first.
    pub values: Vec<String>,
}

/// Why one object could not be mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What sort of problem; decides when to try again.
    pub kind: ProblemKind,
    /// The attribute that it is about, as the source or SCIM names it.
    pub attribute: Option<String>,
    /// One sentence without personal data.
    pub message: String,
}

/// What sort of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// An attribute that is needed is not there: again when the object changes.
    MissingAttribute,
    /// A value that cannot be used: again when the object changes.
    InvalidValue,
    /// A lookup table has no entry: again when the table changes.
    MissingEntry,
    /// The settings contradict themselves: stops the mapping.
    InvalidSettings,
    /// The plugin does not handle such an object.
    Unsupported,
    /// The plugin is at fault.
    Internal,
}

impl ProblemKind {
    /// The word for it, as the contract writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingAttribute => "missing-attribute",
            Self::InvalidValue => "invalid-value",
            Self::MissingEntry => "missing-entry",
            Self::InvalidSettings => "invalid-settings",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
        }
    }
}
