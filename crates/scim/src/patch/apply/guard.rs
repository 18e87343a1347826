//! The errors of PATCH; what may not happen to an attribute is judged in `judge`.
//!
//! An operation is computed first and judged by what it did, so that every kind of operation is
//! held to the same rules (RFC 7644 §3.5.2).

use std::fmt::Display;

use crate::message::{ScimError, ScimType};

pub(super) use crate::judge::{change, element, invalid_value, mutability};

pub(super) fn no_target(detail: String) -> ScimError {
    ScimError::bad_request(ScimType::NoTarget, detail)
}

pub(super) fn invalid_path(path: &impl Display, why: &str) -> ScimError {
    ScimError::bad_request(ScimType::InvalidPath, format!("{path}: {why}"))
}
