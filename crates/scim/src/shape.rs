//! Which attributes an answer shows (RFC 7643 §2.2 `returned`, §7; RFC 7644 §3.4.2.5, §3.9).
//!
//! | `returned` | without parameters | `attributes` | `excludedAttributes` |
//! |---|---|---|---|
//! | `always` | shown | shown | shown |
//! | `default` | shown | if named | unless named |
//! | `request` | – | if named | – |
//! | `never` | – | – | – |
//!
//! The same holds for the sub-attributes of what is shown: `attributes=name.givenName` shows `name`
//! with that part alone and with those that are `always`. To name a whole schema names all of its
//! attributes, the common ones with the core (RFC 7643 §3.1), but is no wish for those that are
//! `request`. `schemas` is always there and says what the resource has, not what is shown of it:
//! "the URIs supported by that representation" are those of its type, and a client that asks for
//! `userName` learns that there is an extension.
//!
//! What a schema does not know is `default` (RFC 7643 §2.2); what nobody has is simply not there.
//! That an answer to a POST, PUT or PATCH shows what is `request` if the client wrote it (RFC 7643
//! §7) is up to the caller, who knows: it names the attribute as well.

mod view;

use crate::{
    judge::invalid_value,
    message::ScimError,
    path::{AttrPath, parse_attr},
    resource::Resource,
    schema::ResourceSchema,
};
use view::View;

/// What a client wants to see: the parameters `attributes` and `excludedAttributes`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    attributes: Vec<AttrPath>,
    excluded: Vec<AttrPath>,
}

impl Selection {
    /// A selection of attributes asked for and attributes excluded. Given both, which no request
    /// may (see [`Selection::parse`]), what is excluded is taken out of what is asked for.
    #[must_use]
    pub fn new(attributes: Vec<AttrPath>, excluded: Vec<AttrPath>) -> Self {
        Self {
            attributes,
            excluded,
        }
    }

    /// Reads the two lists of a query string, separated by commas. A list without names is as good
    /// as none.
    ///
    /// # Errors
    ///
    /// 400 `invalidValue` where a name is not in attribute notation (RFC 7644 §3.10), and where
    /// both are given: they are "mutually exclusive" (RFC 7644 §3.9), and what the client wants is
    /// anyone's guess. `invalidPath` is for the paths of PATCH alone (RFC 7644 table 9).
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, ScimError> {
        let selection = Self {
            attributes: names("attributes", attributes)?,
            excluded: names("excludedAttributes", excluded)?,
        };
        if selection.asks() && !selection.excluded.is_empty() {
            return Err(invalid_value(
                "\"attributes\" and \"excludedAttributes\" exclude each other".to_owned(),
            ));
        }
        Ok(selection)
    }

    /// Whether nothing is asked for and nothing excluded.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.attributes.is_empty() && self.excluded.is_empty()
    }

    /// Whether attributes are asked for by name.
    #[must_use]
    pub fn asks(&self) -> bool {
        !self.attributes.is_empty()
    }

    /// Whether anything at `path` would be shown if it were there: an attribute, a sub-attribute or
    /// a whole extension. To be asked before something large is loaded, like `members`.
    #[must_use]
    pub fn shows(&self, path: &AttrPath, schema: &ResourceSchema) -> bool {
        View::new(self, schema).shows(path)
    }

    /// What an answer shows of the resource. An attribute or value of which nothing is left goes.
    #[must_use]
    pub fn apply(&self, resource: Resource, schema: &ResourceSchema) -> Resource {
        View::new(self, schema).apply(resource)
    }
}

fn names(parameter: &str, list: Option<&str>) -> Result<Vec<AttrPath>, ScimError> {
    let mut names = Vec::new();
    let mut at = 0;
    for piece in list.unwrap_or_default().split(',') {
        let name = piece.trim();
        if !name.is_empty() {
            let base = at + (piece.len() - piece.trim_start().len());
            let path = parse_attr(name, base)
                .map_err(|error| invalid_value(format!("\"{parameter}\": {error}")))?;
            names.push(path);
        }
        at += piece.len() + 1;
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
