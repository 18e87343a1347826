//! PATCH (RFC 7644 §3.5.2): read, print, apply.
//!
//! [`PatchRequest::parse`] takes the RFC's form only (operation names in any case). Vendors'
//! dialects are translated before, by [`PatchRequest::parse_lenient`] in `dialect.rs`; what is
//! tolerated everywhere is what the RFC leaves open, each at its place in `apply/`:
//!
//! - `add` with a value path that matches nothing makes the value that the path describes, where
//!   the filter is a plain conjunction of `eq` ("if the target location does not exist, the
//!   attribute and value are added");
//! - `remove` with a `value` removes those members only; to ignore the value would remove all;
//! - a single value for a multi-valued attribute is a list of one;
//! - a readOnly attribute may be written with the value it has, and readOnly sub-attributes
//!   inside a complex value are ignored;
//! - in an operation without path, names may be URN-qualified or dotted (`name.givenName`).

mod apply;
mod dialect;

use serde_json::{Map, Value, json};

use crate::{
    message::{ScimError, ScimType},
    path::Path,
    resource::json_type,
    urn,
    value::get_in,
};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Adds a value (RFC 7644 §3.5.2.1).
    Add,
    /// Removes values (RFC 7644 §3.5.2.2).
    Remove,
    /// Replaces a value (RFC 7644 §3.5.2.3).
    Replace,
}

impl Op {
    /// The operation as written: lower case, which every server takes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Add, Self::Remove, Self::Replace]
            .into_iter()
            .find(|op| op.word().eq_ignore_ascii_case(word))
    }
}

/// One operation of a PATCH request.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchOp {
    /// What to do.
    pub op: Op,
    /// Where; the resource itself if there is none.
    pub path: Option<Path>,
    /// With what.
    pub value: Option<Value>,
}

impl PatchOp {
    fn parse(value: &Value) -> Result<Self, ScimError> {
        let syntax = |detail: String| ScimError::bad_request(ScimType::InvalidSyntax, detail);
        let Value::Object(map) = value else {
            return Err(syntax(format!(
                "a PATCH operation is an object, not {}",
                json_type(value)
            )));
        };
        let op = get_in(map, "op")
            .and_then(Value::as_str)
            .and_then(Op::parse)
            .ok_or_else(|| syntax("\"op\" must be add, remove or replace".to_owned()))?;
        let path = match get_in(map, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) => Some(path.parse()?),
            Some(other) => {
                return Err(syntax(format!(
                    "\"path\" must be a text, not {}",
                    json_type(other)
                )));
            }
        };
        let value = get_in(map, "value").cloned();
        if value.is_none() && op != Op::Remove {
            return Err(ScimError::bad_request(
                ScimType::InvalidValue,
                format!("\"{}\" needs a \"value\"", op.word()),
            ));
        }
        Ok(Self { op, path, value })
    }

    fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("op".to_owned(), Value::from(self.op.word()));
        if let Some(path) = &self.path {
            map.insert("path".to_owned(), Value::from(path.to_string()));
        }
        if let Some(value) = &self.value {
            map.insert("value".to_owned(), value.clone());
        }
        Value::Object(map)
    }
}

/// A PATCH request: operations that apply in order, all or none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PatchRequest {
    /// The operations.
    pub operations: Vec<PatchOp>,
}

impl PatchRequest {
    /// Reads the body of a PATCH request.
    pub fn parse(value: &Value) -> Result<Self, ScimError> {
        let syntax = |detail: &str| ScimError::bad_request(ScimType::InvalidSyntax, detail);
        let Value::Object(map) = value else {
            return Err(syntax("the body of a PATCH request is an object"));
        };
        let is_patch = get_in(map, "schemas")
            .and_then(Value::as_array)
            .is_some_and(|urns| {
                urns.iter()
                    .filter_map(Value::as_str)
                    .any(|known| urn::same(known, urn::PATCH_OP))
            });
        if !is_patch {
            return Err(syntax("\"schemas\" must hold the URN of PatchOp"));
        }
        match get_in(map, "Operations") {
            Some(Value::Array(operations)) if !operations.is_empty() => Ok(Self {
                operations: operations
                    .iter()
                    .map(PatchOp::parse)
                    .collect::<Result<_, _>>()?,
            }),
            _ => Err(syntax("\"Operations\" must be a list of one or more")),
        }
    }

    /// The request as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let operations: Vec<Value> = self.operations.iter().map(PatchOp::to_value).collect();
        json!({ "schemas": [urn::PATCH_OP], "Operations": operations })
    }
}

#[cfg(test)]
mod tests;
