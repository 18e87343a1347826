//! Whether a filter fits a schema, whatever the resources hold.
//!
//! Kept apart from the evaluation so that a refusal depends on the filter and the schema alone:
//! the same query must not fail for one page of resources and succeed for the next.

use serde_json::Value;

use super::{CompareOp, Filter, FilterError};
use crate::{
    path::AttrPath,
    schema::{Attribute, AttributeType, ResourceSchema},
};

impl Filter {
    /// Refuses what cannot be compared (RFC 7644 §3.4.2.2): an order of booleans, binaries,
    /// complex values or null, a substring of what is no text, an operand that is no dateTime. An
    /// attribute that the schema does not know is accepted.
    pub fn check(&self, schema: &ResourceSchema) -> Result<(), FilterError> {
        self.check_in(&|path| schema.attribute(path))
    }

    /// The same for a filter over the values of one attribute, as in a PATCH path.
    pub(crate) fn check_element(&self, attribute: Option<&Attribute>) -> Result<(), FilterError> {
        self.check_in(&|path| attribute?.element(&path.attr))
    }

    fn check_in<'s>(
        &self,
        lookup: &dyn Fn(&AttrPath) -> Option<&'s Attribute>,
    ) -> Result<(), FilterError> {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().try_for_each(|part| part.check_in(lookup))
            }
            Self::Not(part) => part.check_in(lookup),
            Self::Present(_) => Ok(()),
            Self::Compare { path, op, value } => match lookup(path) {
                Some(attribute) => comparable(attribute, path, *op, value),
                None => Ok(()),
            },
            Self::ValuePath { attr, filter } => {
                let parent = lookup(attr);
                filter.check_in(&|path| parent?.element(&path.attr))
            }
        }
    }
}

fn comparable(
    attribute: &Attribute,
    path: &AttrPath,
    op: CompareOp,
    operand: &Value,
) -> Result<(), FilterError> {
    let unsupported = |reason| {
        Err(FilterError::Unsupported {
            path: path.clone(),
            op: op.word(),
            reason,
        })
    };
    if operand.is_null() {
        return match op {
            CompareOp::Eq | CompareOp::Ne => Ok(()),
            _ => unsupported("null has no order and no parts"),
        };
    }
    let attribute = match attribute.type_ {
        AttributeType::Complex => match attribute.sub_attribute("value") {
            Some(value) => value,
            None => return unsupported("a complex attribute is compared by a sub-attribute"),
        },
        _ => attribute,
    };
    match attribute.type_ {
        AttributeType::Boolean if op.is_ordering() => unsupported("a boolean has no order"),
        AttributeType::Binary if op.is_ordering() => unsupported("a binary has no order"),
        AttributeType::Boolean | AttributeType::Integer | AttributeType::Decimal
            if op.is_substring() =>
        {
            unsupported("only a text has parts")
        }
        AttributeType::Integer | AttributeType::Decimal
            if op.is_ordering() && !operand.is_number() =>
        {
            unsupported("a number is ordered against a number")
        }
        AttributeType::DateTime
            if op.is_ordering() && operand.as_str().and_then(super::compare::instant).is_none() =>
        {
            unsupported("a dateTime is ordered against a dateTime")
        }
        AttributeType::String | AttributeType::Reference | AttributeType::Binary
            if (op.is_ordering() || op.is_substring()) && !operand.is_string() =>
        {
            unsupported("a text is compared with a text")
        }
        _ => Ok(()),
    }
}
