//! Evaluation without a schema: scope filters over the attributes of a source.
//!
//! A source's attributes have no characteristics to go by, so nothing is guessed: names and texts
//! are exact, and a value is compared only with an operand of its own JSON type.
//!
//! - A list matches if any of its elements does; the list's objects can be descended into.
//! - Another type than the operand's is no match, for `ne` as well.
//! - Absent, null and empty are one state (RFC 7643 §2.5): `eq null` matches it, and so does `ne`
//!   with any other operand.

use serde_json::{Map, Value};

use super::{CompareOp, Filter, compare};
use crate::{path::AttrPath, value::is_empty_value};

impl Filter {
    /// Whether a source's attributes match.
    #[must_use]
    pub fn matches_json(&self, attributes: &Map<String, Value>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches_json(attributes)),
            Self::Or(parts) => parts.iter().any(|part| part.matches_json(attributes)),
            Self::Not(part) => !part.matches_json(attributes),
            Self::Present(path) => values(attributes, path)
                .into_iter()
                .any(|value| !is_empty_value(value)),
            Self::Compare { path, op, value } => compared(&values(attributes, path), *op, value),
            Self::ValuePath { attr, filter } => values(attributes, attr)
                .into_iter()
                .filter_map(Value::as_object)
                .any(|object| filter.matches_json(object)),
        }
    }
}

/// Every non-empty value at `path`, lists taken apart.
fn values<'a>(attributes: &'a Map<String, Value>, path: &AttrPath) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = match &path.urn {
        Some(urn) => attributes.get(urn).map(|object| match path.is_schema() {
            true => Some(object),
            false => object.get(&path.attr),
        }),
        None => Some(attributes.get(&path.attr)),
    }
    .flatten()
    .into_iter()
    .flat_map(elements)
    .collect();
    if let Some(sub) = &path.sub {
        found = found
            .into_iter()
            .filter_map(|object| object.get(sub))
            .flat_map(elements)
            .collect();
    }
    found
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    }
    .iter()
    .filter(|value| !is_empty_value(value))
}

fn compared(values: &[&Value], op: CompareOp, operand: &Value) -> bool {
    if values.is_empty() || operand.is_null() {
        let equal = values.is_empty() == operand.is_null();
        return match op {
            CompareOp::Eq => equal,
            CompareOp::Ne => !equal,
            _ => false,
        };
    }
    values.iter().any(|value| match (value, operand) {
        (Value::String(value), Value::String(operand)) => compare::text(op, value, operand),
        (Value::Number(value), Value::Number(operand)) => compare::number(op, value, operand),
        (Value::Bool(value), Value::Bool(operand)) => match op {
            CompareOp::Eq => value == operand,
            CompareOp::Ne => value != operand,
            _ => false,
        },
        _ => false,
    })
}
