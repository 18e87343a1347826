//! Bulk requests (RFC 7644 §3.7): many operations in one body, which may refer to each other.
//!
//! From the request to the answer:
//!
//! 1. [`BulkRequest::from_value`] reads the body. Of what is wrong, the RFC answers two kinds. An
//!    envelope that cannot be read refuses the whole request (400, 413), and so does an operation
//!    without a known method, since its result could not name one. Any other fault is that of one
//!    operation, as if it had been sent alone: it is kept as a [`BulkFault`] in its place, and the
//!    rest is done ("continue performing as many changes as possible").
//! 2. [`BulkRequest::plan`] says in which order the operations can be done, so that `bulkId:x`
//!    stands for something when it is needed; circles are broken there (§3.7.1).
//! 3. [`BulkOperation::resolved`] replaces the references of one operation by ids, as far as there
//!    are; a reference that stands for nothing is a 409 of that operation (§3.7.1).
//! 4. [`BulkResponse`] holds the results. `failOnErrors`, being about what is done, is the
//!    server's to count.
//!
//! A bulkId that stands twice refuses every operation that has it: a reference to it could mean
//! either, and the client could not tell their results apart.

mod plan;
mod reference;
mod response;
mod split;

pub use plan::Step;
pub use reference::{references, resolve, resolve_text};
pub use response::{BulkResponse, BulkResult};

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{ScimError, ScimType, list::has_schema};
use crate::{
    resource::json_type,
    urn,
    value::{get_in, is_empty_value},
};

/// What an operation of a bulk request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BulkMethod {
    /// Creates a resource.
    Post,
    /// Replaces a resource.
    Put,
    /// Changes a resource.
    Patch,
    /// Deletes a resource.
    Delete,
}

impl BulkMethod {
    /// The HTTP method.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.word().eq_ignore_ascii_case(word))
    }
}

/// One operation of a bulk request.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOperation {
    /// What to do.
    pub method: BulkMethod,
    /// What the client calls the resource until it has an id; every POST has one, unique in its
    /// request.
    pub bulk_id: Option<String>,
    /// The version that the resource must have, as in `If-Match`.
    pub version: Option<String>,
    /// `/Users` for a POST, `/Users/2819c223` or `/Users/bulkId:qwerty` for all others: with a
    /// slash before and none after it.
    pub path: String,
    /// The body; there is none for a DELETE only.
    pub data: Option<Value>,
}

/// An operation that cannot be done, whatever the others do.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkFault {
    /// What it was to do.
    pub method: BulkMethod,
    /// Its bulkId, if it has one.
    pub bulk_id: Option<String>,
    /// Its path as it came, if it is a text: the location of a result that is no POST's.
    pub path: Option<String>,
    /// What is wrong.
    pub error: ScimError,
}

/// A bulk request, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BulkRequest {
    /// After how many errors the remaining operations are left undone.
    pub fail_on_errors: Option<u64>,
    /// The operations in the client's order.
    pub operations: Vec<Result<BulkOperation, BulkFault>>,
}

impl BulkRequest {
    /// Reads the body of a bulk request of at most `max_operations` operations.
    ///
    /// # Errors
    ///
    /// 413 where there are more operations (RFC 7644 §3.7.4), 400 `invalidSyntax` where the
    /// request as a whole cannot be read; what is wrong with one operation is no error here.
    pub fn from_value(value: &Value, max_operations: usize) -> Result<Self, ScimError> {
        let Value::Object(map) = value else {
            return Err(syntax("the body of a bulk request is an object"));
        };
        if !has_schema(map, urn::BULK_REQUEST) {
            return Err(syntax("\"schemas\" must hold the URN of BulkRequest"));
        }
        let fail_on_errors = match get_in(map, "failOnErrors") {
            None | Some(Value::Null) => None,
            // 0 could mean to stop at once as well as never to stop.
            Some(value) => Some(
                value
                    .as_u64()
                    .filter(|errors| *errors > 0)
                    .ok_or_else(|| syntax("\"failOnErrors\" is a whole number of 1 or more"))?,
            ),
        };
        let Some(Value::Array(entries)) = get_in(map, "Operations") else {
            return Err(syntax("\"Operations\" must be a list"));
        };
        if entries.len() > max_operations {
            return Err(ScimError {
                status: 413,
                scim_type: None,
                detail: format!(
                    "the bulk request has more operations than maxOperations ({max_operations})"
                ),
            });
        }
        let mut operations = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| read(index, entry))
            .collect::<Result<Vec<_>, _>>()?;
        refuse_repeated(&mut operations);
        Ok(Self {
            fail_on_errors,
            operations,
        })
    }
}

impl BulkOperation {
    /// The endpoint of the resource type: `/Users`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        match self.parts() {
            (endpoint, Some(_)) => endpoint,
            (_, None) => &self.path,
        }
    }

    /// The id in the path, perhaps `bulkId:x`; none in that of a POST.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.parts().1
    }

    fn parts(&self) -> (&str, Option<&str>) {
        match self.path.rsplit_once('/') {
            Some((endpoint, id)) if !endpoint.is_empty() => (endpoint, Some(id)),
            _ => (&self.path, None),
        }
    }

    /// The operation with ids instead of references; `known` gives the id of a bulkId.
    ///
    /// # Errors
    ///
    /// 409 where a reference stands for nothing: no POST of the request has the bulkId, or it
    /// failed (RFC 7644 §3.7.1).
    pub fn resolved(&self, known: &dyn Fn(&str) -> Option<String>) -> Result<Self, ScimError> {
        let mut resolved = self.clone();
        resolved.path = resolve_text(&self.path, known);
        if let Some(data) = &mut resolved.data {
            resolve(data, known);
        }
        let left = reference::of(&resolved);
        if left.is_empty() {
            return Ok(resolved);
        }
        Err(ScimError {
            status: 409,
            scim_type: None,
            detail: "a bulkId that the operation refers to stands for no resource: \
                     its POST is missing or failed"
                .to_owned(),
        })
    }
}

fn syntax(detail: impl Into<String>) -> ScimError {
    ScimError::bad_request(ScimType::InvalidSyntax, detail)
}

/// Reads an entry of `Operations`: an error outside refuses the request, one inside the entry.
fn read(index: usize, entry: &Value) -> Result<Result<BulkOperation, BulkFault>, ScimError> {
    let Value::Object(map) = entry else {
        let found = json_type(entry);
        return Err(syntax(format!(
            "Operations[{index}] is {found}, not an object"
        )));
    };
    let method = get_in(map, "method")
        .and_then(Value::as_str)
        .and_then(BulkMethod::parse)
        .ok_or_else(|| {
            syntax(format!(
                "\"method\" of Operations[{index}] must be POST, PUT, PATCH or DELETE"
            ))
        })?;
    let text_of = |name| get_in(map, name).and_then(Value::as_str).map(str::to_owned);
    Ok(operation(method, map).map_err(|error| BulkFault {
        method,
        bulk_id: text_of("bulkId"),
        path: text_of("path"),
        error,
    }))
}

fn operation(method: BulkMethod, map: &Map<String, Value>) -> Result<BulkOperation, ScimError> {
    let word = method.word();
    let bulk_id = text(map, "bulkId")?.filter(|id| !id.is_empty());
    if method == BulkMethod::Post && bulk_id.is_none() {
        return Err(syntax("a POST needs a \"bulkId\""));
    }
    let data = get_in(map, "data").filter(|data| !data.is_null()).cloned();
    let data = match (method, data) {
        (BulkMethod::Delete, Some(data)) if !is_empty_value(&data) => {
            return Err(syntax("a DELETE has no \"data\""));
        }
        (BulkMethod::Delete, _) => None,
        (_, None) => return Err(syntax(format!("a {word} needs \"data\""))),
        (_, data) => data,
    };
    let path = text(map, "path")?.ok_or_else(|| syntax(format!("a {word} needs a \"path\"")))?;
    Ok(BulkOperation {
        method,
        bulk_id,
        version: text(map, "version")?,
        path: checked_path(method, &path)?,
        data,
    })
}

fn text(map: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match get_in(map, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => {
            let found = json_type(other);
            Err(syntax(format!("\"{name}\" is a text, not {found}")))
        }
    }
}

/// An endpoint for a POST, an endpoint and an id for the others, relative to the root.
fn checked_path(method: BulkMethod, path: &str) -> Result<String, ScimError> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<&str> = path.split('/').collect();
    let well_formed = segments.iter().all(|segment| !segment.is_empty())
        && !path.contains(['?', '#'])
        && segments.first().is_some_and(|first| !first.contains(':'));
    match (method, segments.len()) {
        (BulkMethod::Post, 1) if well_formed => Ok(format!("/{path}")),
        (BulkMethod::Post, _) => Err(syntax(
            "the \"path\" of a POST is an endpoint, as in /Users",
        )),
        (_, 2) if well_formed => Ok(format!("/{path}")),
        _ => Err(syntax(
            "\"path\" is an endpoint and an id, as in /Users/2819c223",
        )),
    }
}

/// Makes faults of the operations that share a bulkId.
fn refuse_repeated(operations: &mut [Result<BulkOperation, BulkFault>]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for operation in &*operations {
        let bulk_id = match operation {
            Ok(operation) => &operation.bulk_id,
            Err(fault) => &fault.bulk_id,
        };
        if let Some(bulk_id) = bulk_id {
            *seen.entry(bulk_id.clone()).or_default() += 1;
        }
    }
    for entry in operations {
        if let Ok(operation) = entry
            && let Some(bulk_id) = &operation.bulk_id
            && seen.get(bulk_id).is_some_and(|times| *times > 1)
        {
            *entry = Err(BulkFault {
                method: operation.method,
                bulk_id: operation.bulk_id.take(),
                path: Some(std::mem::take(&mut operation.path)),
                error: syntax("another operation has the same \"bulkId\""),
            });
        }
    }
}

#[cfg(test)]
mod tests;
