//! Filters (RFC 7644 §3.4.2.2): the whole grammar, read, printed and evaluated.
//!
//! - [`Filter::parse`] reads text within a budget ([`Limits`]): filters come from outside, and
//!   neither depth nor length may exhaust the host.
//! - `Display` prints canonical text that reads back as an equal value.
//! - [`Filter::matches`] evaluates by schema over a resource; [`Filter::matches_json`] without
//!   one over the attributes of a source.
//!
//! An operator is added in [`CompareOp`], in `parse.rs` (its word), and in both evaluations.

mod check;
mod compare;
mod error;
mod eval;
mod json;
mod parse;

pub(crate) use compare::instant;
pub use error::{Budget, FilterError};
pub use parse::Limits;

use std::{fmt, str::FromStr};

use serde_json::Value;

use crate::path::AttrPath;

/// A filter expression. Made by parsing or by the builders, `And` and `Or` hold two parts or more.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All parts match.
    And(Vec<Filter>),
    /// At least one part matches.
    Or(Vec<Filter>),
    /// The part does not match.
    Not(Box<Filter>),
    /// An attribute compared with a value.
    Compare {
        /// The attribute.
        path: AttrPath,
        /// The operator.
        op: CompareOp,
        /// A JSON string, number, boolean or null.
        value: Value,
    },
    /// The attribute has a value (`pr`).
    Present(AttrPath),
    /// One and the same value of a complex attribute matches (`emails[type eq "work"]`).
    ValuePath {
        /// The complex attribute.
        attr: AttrPath,
        /// The condition, over its sub-attributes.
        filter: Box<Filter>,
    },
}

/// The comparison operators of RFC 7644 table 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal to.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal to.
    Le,
}

impl CompareOp {
    /// Every operator.
    pub const ALL: [Self; 9] = [
        Self::Eq,
        Self::Ne,
        Self::Co,
        Self::Sw,
        Self::Ew,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
    ];

    /// The operator as written in a filter, in lower case.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Whether the operator asks for an order (`gt`, `ge`, `lt`, `le`).
    #[must_use]
    pub fn is_ordering(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    /// Whether the operator looks inside a text (`co`, `sw`, `ew`).
    #[must_use]
    pub fn is_substring(self) -> bool {
        matches!(self, Self::Co | Self::Sw | Self::Ew)
    }
}

impl Filter {
    /// `path op value`. Lists and objects are no comparison values (RFC 7644 figure 1).
    #[must_use]
    pub fn compare(path: AttrPath, op: CompareOp, value: impl Into<Value>) -> Self {
        let value = value.into();
        Self::Compare { path, op, value }
    }

    /// `path eq value`; quotes and escapes are the printer's matter.
    #[must_use]
    pub fn eq(path: AttrPath, value: impl Into<Value>) -> Self {
        Self::compare(path, CompareOp::Eq, value)
    }

    /// `path pr`.
    #[must_use]
    pub fn present(path: AttrPath) -> Self {
        Self::Present(path)
    }

    /// `attr[filter]`.
    #[must_use]
    pub fn value_path(attr: AttrPath, filter: Filter) -> Self {
        Self::ValuePath {
            attr,
            filter: Box::new(filter),
        }
    }

    /// Both match: `a.and(b)` or `Filter::and(a, b)`.
    #[must_use]
    pub fn and(self, other: Filter) -> Self {
        match self {
            Self::And(mut parts) => {
                parts.push(other);
                Self::And(parts)
            }
            first => Self::And(vec![first, other]),
        }
    }

    /// One of both matches, at least.
    #[must_use]
    pub fn or(self, other: Filter) -> Self {
        match self {
            Self::Or(mut parts) => {
                parts.push(other);
                Self::Or(parts)
            }
            first => Self::Or(vec![first, other]),
        }
    }

    /// All of `parts` match; `None` without parts.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Filter>) -> Option<Self> {
        parts.into_iter().reduce(Self::and)
    }

    /// One of `parts` matches, at least; `None` without parts.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Filter>) -> Option<Self> {
        parts.into_iter().reduce(Self::or)
    }
}

impl std::ops::Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(out, parts, " and "),
            Self::Or(parts) => joined(out, parts, " or "),
            Self::Not(part) => write!(out, "not ({part})"),
            Self::Compare { path, op, value } => write!(out, "{path} {} {value}", op.word()),
            Self::Present(path) => write!(out, "{path} pr"),
            Self::ValuePath { attr, filter } => write!(out, "{attr}[{filter}]"),
        }
    }
}

/// Prints the parts; a logical expression inside another stands in brackets, needed or not, so
/// that it reads back as the part it was.
fn joined(out: &mut fmt::Formatter<'_>, parts: &[Filter], between: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(between)?;
        }
        match part {
            Filter::And(_) | Filter::Or(_) => write!(out, "({part})")?,
            plain => write!(out, "{plain}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
