//! Reading of attribute and PATCH paths.

use std::str::FromStr;

use super::{AttrPath, Path};
use crate::filter::{Filter, FilterError, Limits};

/// A text is not a path. `at` is a byte offset into the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a path: expected {expected} at byte {at}")]
pub struct PathError {
    /// Where reading stopped, in bytes from the start.
    pub at: usize,
    /// What would have been right there.
    pub expected: String,
}

impl PathError {
    fn new(at: usize, expected: &str) -> Self {
        Self {
            at,
            expected: expected.to_owned(),
        }
    }
}

/// Characters of an attribute path, URN included: those of RFC 3986 without the round and square
/// brackets and the apostrophe, which end a path inside a filter.
pub(crate) fn is_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || ":._-$~%/?#@!&*+,;=".contains(c)
}

/// `ATTRNAME`, and more: `$ref` begins with `$` in RFC 7643 §2.4 itself, and attributes of
/// sources may begin with `_`.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$' || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c))
}

/// Reads the whole of `text` as an attribute path; `base` is its offset in the outer text.
pub(crate) fn parse_attr(text: &str, base: usize) -> Result<AttrPath, PathError> {
    if let Some((at, _)) = text.char_indices().find(|(_, c)| !is_path_char(*c)) {
        return Err(PathError::new(base + at, "an attribute name"));
    }
    // The attribute follows the last colon: a URN may itself hold colons and dots.
    let (urn, name, at) = match text.rsplit_once(':') {
        Some((urn, name)) => (Some(urn), name, base + urn.len() + 1),
        None => (None, text, base),
    };
    let (attr, sub) = match name.split_once('.') {
        Some((attr, sub)) => (attr, Some(sub)),
        None => (name, None),
    };
    if urn == Some("") {
        return Err(PathError::new(base, "a schema URN before the colon"));
    }
    if !is_name(attr) {
        // `urn:example:extension:2.0` can only be a schema: no attribute begins with a digit.
        if urn.is_some() && !name.is_empty() && text.get(..4).is_some_and(is_urn_scheme) {
            return Ok(AttrPath::schema(text));
        }
        return Err(PathError::new(at, "an attribute name"));
    }
    if let Some(sub) = sub
        && !is_name(sub)
    {
        return Err(PathError::new(
            at + attr.len() + 1,
            "the name of a sub-attribute",
        ));
    }
    Ok(AttrPath {
        urn: urn.map(str::to_owned),
        attr: attr.to_owned(),
        sub: sub.map(str::to_owned),
    })
}

fn is_urn_scheme(text: &str) -> bool {
    text.eq_ignore_ascii_case("urn:")
}

impl FromStr for AttrPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        parse_attr(text, 0)
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let Some((attr, rest)) = text.split_once('[') else {
            return Ok(Self::attr(parse_attr(text, 0)?));
        };
        let open = attr.len();
        let attr = parse_attr(attr, 0)?;
        if attr.sub.is_some() || attr.is_schema() {
            return Err(PathError::new(open, "no filter after a sub-attribute"));
        }
        let (filter, consumed) = Filter::parse_bracketed(rest, Limits::default())
            .map_err(|error| in_filter(&error, open + 1))?;
        let tail = rest.get(consumed..).unwrap_or_default();
        let at = open + 1 + consumed;
        let sub = match tail.strip_prefix('.') {
            Some(sub) if is_name(sub) => Some(sub.to_owned()),
            Some(_) => return Err(PathError::new(at + 1, "the name of a sub-attribute")),
            None if tail.is_empty() => None,
            None => return Err(PathError::new(at, "\".\" or the end")),
        };
        Ok(Self {
            attr,
            filter: Some(Box::new(filter)),
            sub,
        })
    }
}

fn in_filter(error: &FilterError, base: usize) -> PathError {
    match error {
        FilterError::Syntax { at, expected } => PathError::new(base + at, expected),
        other => PathError::new(base, &format!("a shorter filter ({other})")),
    }
}
