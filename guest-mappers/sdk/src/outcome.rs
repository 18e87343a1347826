//! What a plugin answers.

use crate::json::{Map, Value};

/// The answer for one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The resource as we want it at the target.
    Projection(Projection),
    /// Leave the object as it is, at both sides, with the reason.
    Skip(String),
    /// The object has no place at this target, with the reason.
    OutOfScope(String),
    /// The object could not be mapped; nothing at the target changes.
    Problem(Problem),
}

/// The resource as we want it at the target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projection {
    /// The whole SCIM resource, with `schemas` and without `id` and `meta`. Left
    /// out is not managed, `null` or `[]` clears.
    pub resource: Map<String, Value>,
    /// Ordered candidates for attributes that must be unique.
    pub alternatives: Vec<Alternatives>,
    /// Paths of attributes to send only when the resource is created.
    pub create_only: Vec<String>,
    /// Map the object again at that time (RFC 3339); only with the capability
    /// `time`.
    pub reevaluate_at: Option<String>,
}

impl Projection {
    /// A projection of a JSON object. Anything else becomes an empty resource.
    #[must_use]
    pub fn new(resource: Value) -> Self {
        let resource = match resource {
            Value::Object(resource) => resource,
            _ => Map::new(),
        };
        Self {
            resource,
            ..Self::default()
        }
    }

    /// Says when it may be another although nothing about the object changes
    /// (RFC 3339 in UTC); only with the capability `time`.
    #[must_use]
    pub fn until(mut self, moment: impl Into<String>) -> Self {
        self.reevaluate_at = Some(moment.into());
        self
    }
}

/// Ordered candidates for one attribute: the host takes the first that is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternatives {
    /// The attribute's path.
    pub attribute: String,
    /// In order of preference. The resource holds the first.
    pub values: Vec<String>,
}

/// Why an object could not be mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Decides when the host tries again.
    pub kind: ProblemKind,
    /// The attribute that it is about.
    pub attribute: Option<String>,
    /// One sentence without personal data.
    pub message: String,
}

/// What sort of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// An attribute that is needed is not there.
    MissingAttribute,
    /// A value that cannot be used.
    InvalidValue,
    /// A lookup table has no entry for a value.
    MissingEntry,
    /// The settings contradict themselves: stops the mapping.
    InvalidSettings,
    /// The plugin does not handle such an object.
    Unsupported,
    /// The plugin is at fault.
    Internal,
}

impl Problem {
    /// A problem about no attribute in particular.
    #[must_use]
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            attribute: None,
            message: message.into(),
        }
    }

    /// Says which attribute it is about.
    #[must_use]
    pub fn about(mut self, attribute: impl Into<String>) -> Self {
        self.attribute = Some(attribute.into());
        self
    }

    /// An attribute that is needed is not there.
    #[must_use]
    pub fn missing(attribute: &str) -> Self {
        Self::new(
            ProblemKind::MissingAttribute,
            format!("`{attribute}` is needed and has no value"),
        )
        .about(attribute)
    }

    /// An attribute holds a value that cannot be used. Say what is wrong with
    /// it, not what it is.
    #[must_use]
    pub fn invalid(attribute: &str, message: impl Into<String>) -> Self {
        Self::new(ProblemKind::InvalidValue, message).about(attribute)
    }
}

impl From<Projection> for Outcome {
    fn from(projection: Projection) -> Self {
        Self::Projection(projection)
    }
}

impl From<Problem> for Outcome {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
