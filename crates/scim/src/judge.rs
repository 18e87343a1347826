//! What a schema says of a value and of its change: one judgement for PATCH and for whole bodies.
//!
//! `types` whether a value is of its attribute's type, `list` what holds for the values of a
//! multi-valued attribute together, `change` what mutability forbids. The errors are those of
//! RFC 7644 table 9, and name attributes, never values.

mod change;
mod list;
mod types;

pub(crate) use change::{change, element};
pub(crate) use list::{Distinct, is_primary, several_primaries};
pub(crate) use types::fits;

use std::fmt::Display;

use crate::message::{ScimError, ScimType};

pub(crate) fn invalid_value(detail: String) -> ScimError {
    ScimError::bad_request(ScimType::InvalidValue, detail)
}

pub(crate) fn invalid_syntax(detail: String) -> ScimError {
    ScimError::bad_request(ScimType::InvalidSyntax, detail)
}

pub(crate) fn mutability(path: &(impl Display + ?Sized), why: &str) -> ScimError {
    ScimError::bad_request(ScimType::Mutability, format!("{path}: {why}"))
}
