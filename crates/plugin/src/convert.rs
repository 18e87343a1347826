//! Between our own types and those generated from `wit/0.1`, with the checks
//! that a value must pass on its way: its size, its form, what it may touch.

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Map, Value};

use crate::{
    bindings::v0_1::{exports::purser::plugin::mapping, purser::plugin::types},
    describe::Reads,
    limits::Limits,
    outcome::{Alternatives, Outcome, Problem, ProblemKind, Projection, SourceObject},
    text,
    writes::Writes,
};

/// The attributes that a plugin reads, and no others.
struct Read<'a> {
    attributes: &'a Map<String, Value>,
    reads: &'a Reads,
}

impl Serialize for Read<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.attributes {
            if self.reads.contains(name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// An object on its way in.
pub(crate) fn object(
    object: &SourceObject<'_>,
    reads: &Reads,
    limits: &Limits,
) -> Result<types::SourceObject, Problem> {
    let read = Read {
        attributes: object.attributes,
        reads,
    };
    let attributes = serde_json::to_string(&read).map_err(|_| {
        problem(
            ProblemKind::InvalidValue,
            None,
            "attributes that are not JSON",
        )
    })?;
    if attributes.len() > limits.document_in_bytes {
        return Err(problem(
            ProblemKind::InvalidValue,
            None,
            &format!(
                "{} bytes of attributes, at most {} are passed to a plugin",
                attributes.len(),
                limits.document_in_bytes
            ),
        ));
    }
    Ok(types::SourceObject {
        kind: object.kind.to_owned(),
        id: object.id.to_owned(),
        resource_type: object.resource_type.to_owned(),
        active: object.active,
        roles: object.roles.to_vec(),
        attributes,
    })
}

/// An outcome on its way out. What breaks the contract becomes a problem of this
/// object, never of its neighbours.
pub(crate) fn outcome(
    raw: mapping::Outcome,
    writes: &Writes,
    may_wait: bool,
    limits: &Limits,
) -> Outcome {
    match raw {
        mapping::Outcome::Projection(raw) => match projection(raw, writes, may_wait, limits) {
            Ok(projection) => Outcome::Projection(projection),
            Err(problem) => Outcome::Problem(problem),
        },
        mapping::Outcome::Skip(reason) => Outcome::Skip(text::clean(&reason)),
        mapping::Outcome::OutOfScope(reason) => Outcome::OutOfScope(text::clean(&reason)),
        mapping::Outcome::Problem(raw) => Outcome::Problem(Problem {
            kind: kind(raw.kind),
            attribute: raw.attribute.as_deref().map(text::clean),
            message: text::clean(&raw.message),
        }),
    }
}

fn projection(
    raw: mapping::Projection,
    writes: &Writes,
    may_wait: bool,
    limits: &Limits,
) -> Result<Projection, Problem> {
    if raw.resource.len() > limits.document_out_bytes {
        let limit = limits.document_out_bytes;
        return Err(fault(
            None,
            &format!("the plugin returned a resource of more than {limit} bytes"),
        ));
    }
    let resource: Map<String, Value> = serde_json::from_str(&raw.resource).map_err(|_| {
        fault(
            None,
            "the plugin returned a resource that is not a JSON object",
        )
    })?;
    if let Some(attribute) = writes.undeclared(&resource) {
        return Err(undeclared(&attribute));
    }
    let named = raw.alternatives.iter().map(|one| &one.attribute);
    if let Some(path) = named
        .chain(&raw.create_only)
        .find(|path| !writes.covers(path))
    {
        return Err(undeclared(path));
    }
    if raw.reevaluate_at.is_some() && !may_wait {
        return Err(fault(
            None,
            "the plugin asks to map the object again at a time, without the capability `time`",
        ));
    }
    Ok(Projection {
        resource,
        alternatives: raw
            .alternatives
            .into_iter()
            .map(|one| Alternatives {
                attribute: one.attribute,
                values: one.values,
            })
            .collect(),
        create_only: raw.create_only,
        reevaluate_at: raw.reevaluate_at.as_deref().map(text::clean),
    })
}

fn undeclared(attribute: &str) -> Problem {
    fault(
        Some(attribute),
        "the plugin wrote an attribute that it did not declare in `writes`",
    )
}

/// A fault of the plugin.
fn fault(attribute: Option<&str>, message: &str) -> Problem {
    problem(ProblemKind::Internal, attribute, message)
}

fn problem(kind: ProblemKind, attribute: Option<&str>, message: &str) -> Problem {
    Problem {
        kind,
        attribute: attribute.map(text::clean),
        message: message.to_owned(),
    }
}

fn kind(raw: types::ProblemKind) -> ProblemKind {
    match raw {
        types::ProblemKind::MissingAttribute => ProblemKind::MissingAttribute,
        types::ProblemKind::InvalidValue => ProblemKind::InvalidValue,
        types::ProblemKind::MissingEntry => ProblemKind::MissingEntry,
        types::ProblemKind::InvalidSettings => ProblemKind::InvalidSettings,
        types::ProblemKind::Unsupported => ProblemKind::Unsupported,
        types::ProblemKind::Internal => ProblemKind::Internal,
    }
}
