//! Attribute paths (RFC 7644 §3.10) and PATCH paths (RFC 7644 §3.5.2, figure 7).
//!
//! [`AttrPath`] names an attribute: `userName`, `name.givenName`,
//! `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`. [`Path`] can also
//! select values: `emails[type eq "work"].value`. Both print what they were read from.
//!
//! **A whole extension.** `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User` is a valid
//! PATCH path, yet its text alone reads as the attribute `User` of a schema that ends in `2.0`.
//! Only a schema can tell, so [`Path::resolve`] asks one. In resolved form a whole schema is an
//! [`AttrPath`] with a URN and an empty attribute name ([`AttrPath::schema`]).
//!
//! Equality of these types is exact; names are case-insensitive in SCIM, so compare meaning with
//! [`AttrPath::same`].

mod parse;

pub use parse::PathError;
pub(crate) use parse::{is_path_char, parse_attr};

use std::fmt;

use crate::{filter::Filter, schema::ResourceSchema, urn};

/// The name of an attribute: `[URN ":"] attr ["." sub]` (RFC 7644 §3.10).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttrPath {
    /// The schema URN before the last colon, as written.
    pub urn: Option<String>,
    /// The attribute; empty where the path is a whole schema ([`AttrPath::schema`]).
    pub attr: String,
    /// The sub-attribute of a complex attribute.
    pub sub: Option<String>,
}

impl AttrPath {
    /// An attribute of the core schema or a common attribute.
    #[must_use]
    pub fn new(attr: impl Into<String>) -> Self {
        Self {
            urn: None,
            attr: attr.into(),
            sub: None,
        }
    }

    /// A whole schema: the object of an extension.
    #[must_use]
    pub fn schema(urn: impl Into<String>) -> Self {
        Self {
            urn: Some(urn.into()),
            attr: String::new(),
            sub: None,
        }
    }

    /// The same attribute in the schema `urn`.
    #[must_use]
    pub fn with_urn(mut self, urn: impl Into<String>) -> Self {
        self.urn = Some(urn.into());
        self
    }

    /// A sub-attribute of this attribute.
    #[must_use]
    pub fn with_sub(mut self, sub: impl Into<String>) -> Self {
        self.sub = Some(sub.into());
        self
    }

    /// This path without its sub-attribute.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self {
            urn: self.urn.clone(),
            attr: self.attr.clone(),
            sub: None,
        }
    }

    /// Whether the path names a whole schema instead of an attribute.
    #[must_use]
    pub fn is_schema(&self) -> bool {
        self.attr.is_empty()
    }

    /// Whether both paths mean the same: all parts are case-insensitive (RFC 7644 §3.10), and a
    /// core URN of RFC 7643 may be left out.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let urn_of = |path: &Self| path.urn.clone().filter(|urn| !urn::is_core(urn));
        let same = |left: &Option<String>, right: &Option<String>| match (left, right) {
            (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
            (None, None) => true,
            _ => false,
        };
        self.attr.eq_ignore_ascii_case(&other.attr)
            && same(&urn_of(self), &urn_of(other))
            && same(&self.sub, &other.sub)
    }

    /// The path with a bare extension URN recognised: see the module's text.
    #[must_use]
    pub fn resolve(self, schema: &ResourceSchema) -> Self {
        if self.urn.is_some() && !self.is_schema() {
            let whole = self.to_string();
            if schema.is_extension(&whole) || urn::same(schema.core().id.as_str(), &whole) {
                return Self::schema(whole);
            }
        }
        self
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            out.write_str(urn)?;
            if !self.is_schema() {
                out.write_str(":")?;
            }
        }
        out.write_str(&self.attr)?;
        match &self.sub {
            Some(sub) => write!(out, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// The target of a PATCH operation: `attrPath / valuePath [subAttr]` (RFC 7644 §3.5.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The attribute; its own `sub` is set only where there is no filter.
    pub attr: AttrPath,
    /// Which values of a multi-valued attribute are meant.
    pub filter: Option<Box<Filter>>,
    /// The sub-attribute of the selected values, after the bracket.
    pub sub: Option<String>,
}

impl Path {
    /// The path of a whole attribute.
    #[must_use]
    pub fn attr(attr: AttrPath) -> Self {
        Self {
            attr,
            filter: None,
            sub: None,
        }
    }

    /// The path of the values of `attr` that match `filter`.
    #[must_use]
    pub fn values(attr: AttrPath, filter: Filter) -> Self {
        Self {
            attr,
            filter: Some(Box::new(filter)),
            sub: None,
        }
    }

    /// The path with a bare extension URN recognised as the whole extension.
    #[must_use]
    pub fn resolve(mut self, schema: &ResourceSchema) -> Self {
        if self.filter.is_none() {
            self.attr = self.attr.resolve(schema);
        }
        self
    }
}

impl From<AttrPath> for Path {
    fn from(attr: AttrPath) -> Self {
        Self::attr(attr)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.attr)?;
        if let Some(filter) = &self.filter {
            write!(out, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(out, ".{sub}"),
            None => Ok(()),
        }
    }
}

crate::text::as_text!(AttrPath, Path, Filter);

#[cfg(test)]
mod tests;
