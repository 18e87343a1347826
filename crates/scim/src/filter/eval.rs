//! Evaluation by schema (RFC 7644 §3.4.2.2).
//!
//! - A multi-valued attribute matches if any of its values does; a complex value without a
//!   sub-attribute is compared by its `value`.
//! - Text follows `caseExact`; binary and reference are exact by their type (RFC 7643 §2.3.6,
//!   §2.3.7); dateTime is compared as an instant; numbers by value.
//! - Absent, null and empty are one state: `eq null` matches it, and so does `ne` with any other
//!   operand, since they are "not identical".
//! - An operand of another type is simply unequal.
//! - An attribute that the schema does not know has the defaults of RFC 7643 §2.2: a text without
//!   regard to case, everything else by its JSON type.

use serde_json::{Map, Value};

use super::{CompareOp, Filter, FilterError, compare};
use crate::{
    fold::fold,
    path::AttrPath,
    resource::Resource,
    schema::{Attribute, AttributeType, ResourceSchema},
    value::{get_in, is_empty_value, members},
};

impl Filter {
    /// Whether the resource matches. Fails where the filter does not fit the schema, whatever the
    /// resource holds (see [`Filter::check`]).
    pub fn matches(
        &self,
        resource: &Resource,
        schema: &ResourceSchema,
    ) -> Result<bool, FilterError> {
        self.check(schema)?;
        Ok(self.holds(&Subject::Resource(resource, schema)))
    }

    /// Whether one value of a multi-valued attribute matches, for PATCH value paths. A value that
    /// is no object is seen as one whose `value` it is.
    pub(crate) fn matches_element(&self, element: &Value, attribute: Option<&Attribute>) -> bool {
        self.holds(&Subject::Element(element, attribute))
    }

    fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(subject)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(subject)),
            Self::Not(part) => !part.holds(subject),
            Self::Present(path) => !subject.values(path).is_empty(),
            Self::Compare { path, op, value } => {
                compared(&subject.values(path), subject.attribute(path), *op, value)
            }
            Self::ValuePath { attr, filter } => subject
                .values(attr)
                .into_iter()
                .any(|value| filter.matches_element(value, subject.attribute(attr))),
        }
    }
}

/// What a filter looks at.
enum Subject<'a> {
    Resource(&'a Resource, &'a ResourceSchema),
    Element(&'a Value, Option<&'a Attribute>),
}

impl<'a> Subject<'a> {
    fn attribute(&self, path: &AttrPath) -> Option<&'a Attribute> {
        match self {
            Self::Resource(_, schema) => schema.attribute(path),
            Self::Element(_, parent) => parent.and_then(|parent| parent.element(&path.attr)),
        }
    }

    /// The non-empty values at `path`, lists taken apart.
    fn values(&self, path: &AttrPath) -> Vec<&'a Value> {
        let found: Vec<&Value> = match self {
            Self::Resource(resource, schema) => resource
                .values_at(&schema.localize(&path.clone().resolve(schema)))
                .into_iter()
                .collect(),
            Self::Element(Value::Object(map), _) => in_element(map, path),
            Self::Element(simple, _) if path.attr.eq_ignore_ascii_case("value") => vec![simple],
            Self::Element(..) => Vec::new(),
        };
        found
            .into_iter()
            .filter(|value| !is_empty_value(value))
            .collect()
    }
}

fn in_element<'a>(map: &'a Map<String, Value>, path: &AttrPath) -> Vec<&'a Value> {
    let found = get_in(map, &path.attr).map(members).into_iter().flatten();
    match &path.sub {
        None => found.collect(),
        Some(sub) => found
            .filter_map(|value| get_in(value.as_object()?, sub))
            .flat_map(members)
            .collect(),
    }
}

fn compared(
    values: &[&Value],
    attribute: Option<&Attribute>,
    op: CompareOp,
    operand: &Value,
) -> bool {
    // A complex attribute stands for its `value`.
    let values: Vec<&Value> = values
        .iter()
        .filter_map(|value| match value {
            Value::Object(map) => get_in(map, "value").filter(|value| !is_empty_value(value)),
            simple => Some(simple),
        })
        .collect();
    let attribute = attribute.map(|attribute| match attribute.type_ {
        AttributeType::Complex => attribute.sub_attribute("value").unwrap_or(attribute),
        _ => attribute,
    });
    if values.is_empty() || operand.is_null() {
        let equal = values.is_empty() == operand.is_null();
        return match op {
            CompareOp::Eq => equal,
            CompareOp::Ne => !equal,
            _ => false,
        };
    }
    values
        .iter()
        .any(|value| single(value, attribute, op, operand))
}

fn single(value: &Value, attribute: Option<&Attribute>, op: CompareOp, operand: &Value) -> bool {
    match (value, operand) {
        (Value::String(value), Value::String(operand)) => string(value, attribute, op, operand),
        (Value::Number(value), Value::Number(operand)) => compare::number(op, value, operand),
        _ => match op {
            CompareOp::Eq => value == operand,
            CompareOp::Ne => value != operand,
            _ => false,
        },
    }
}

fn string(value: &str, attribute: Option<&Attribute>, op: CompareOp, operand: &str) -> bool {
    match attribute.map(|attribute| attribute.type_) {
        Some(AttributeType::DateTime) if !op.is_substring() => {
            match (compare::instant(value), compare::instant(operand)) {
                (Some(value), Some(operand)) => compare::by_order(op, value.cmp(&operand)),
                // What is no dateTime has no order and equals only itself.
                _ => match op {
                    CompareOp::Eq => value == operand,
                    CompareOp::Ne => value != operand,
                    _ => false,
                },
            }
        }
        // Padding may be left out (RFC 7643 §2.3.6).
        Some(AttributeType::Binary) => compare::text(
            op,
            value.trim_end_matches('='),
            operand.trim_end_matches('='),
        ),
        _ if attribute.is_some_and(Attribute::is_exact) => compare::text(op, value, operand),
        _ => compare::text(op, &fold(value), &fold(operand)),
    }
}
