//! Bulk responses (RFC 7644 §3.7.3).

use serde_json::{Map, Value, json};

use super::{BulkFault, BulkMethod};
use crate::{
    message::{ErrorResponse, ScimError},
    urn,
};

/// The results of a bulk request. The answer as a whole is a 200, whatever they are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BulkResponse {
    /// One for each operation that was done or refused.
    pub operations: Vec<BulkResult>,
}

/// What came of one operation.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkResult {
    /// What was to be done.
    pub method: BulkMethod,
    /// The operation's bulkId.
    pub bulk_id: Option<String>,
    /// The URL of the resource; there must be one unless a POST failed.
    pub location: Option<String>,
    /// The version of the resource after the operation.
    pub version: Option<String>,
    /// The HTTP status that the operation alone would have had.
    pub status: u16,
    /// The body that it would have had; there must be one if it failed.
    pub response: Option<Value>,
}

impl BulkResponse {
    /// The message as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let operations: Vec<Value> = self.operations.iter().map(BulkResult::to_value).collect();
        json!({ "schemas": [urn::BULK_RESPONSE], "Operations": operations })
    }
}

impl BulkResult {
    /// The result of an operation that failed.
    #[must_use]
    pub fn failed(
        method: BulkMethod,
        bulk_id: Option<String>,
        location: Option<String>,
        error: ScimError,
    ) -> Self {
        Self {
            method,
            bulk_id,
            location,
            version: None,
            status: error.status,
            response: Some(ErrorResponse::from(error).to_value()),
        }
    }

    /// Whether the result counts for `failOnErrors`.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.status >= 400
    }

    /// The result as JSON; the status is a text.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                map.insert(name.to_owned(), value);
            }
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        put("location", text(&self.location));
        put("method", Some(self.method.word().into()));
        put("bulkId", text(&self.bulk_id));
        put("version", text(&self.version));
        put("status", Some(self.status.to_string().into()));
        put("response", self.response.clone());
        Value::Object(map)
    }
}

impl BulkFault {
    /// The result of the operation; `location` is the URL of its path, for what is no POST.
    #[must_use]
    pub fn into_result(self, location: Option<String>) -> BulkResult {
        BulkResult::failed(self.method, self.bulk_id, location, self.error)
    }
}
