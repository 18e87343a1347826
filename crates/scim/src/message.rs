//! Protocol messages (RFC 7644 §3.4.2, §3.4.3, §3.7, §3.12) and the service provider's
//! configuration (RFC 7643 §5): what servers answer is read tolerantly, everything is written
//! canonically.

pub mod bulk;
mod config;
mod error;
mod list;
mod search;

pub use bulk::{BulkOperation, BulkRequest, BulkResponse, BulkResult};
pub use config::ServiceProviderConfig;
pub use error::{ErrorResponse, ScimError, ScimType};
pub use list::{ListResponse, RawListResponse};
pub use search::SearchRequest;

use serde_json::Value;

use crate::resource::ResourceError;

/// A body is not the message that was expected.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The body is another thing altogether.
    #[error("the body is {found}, not a SCIM {expected}")]
    Not {
        /// The message that was expected.
        expected: &'static str,
        /// What it looks like instead.
        found: String,
    },
    /// A member is missing or has a wrong type.
    #[error("\"{member}\" of the {message} is missing or not {expected}")]
    Member {
        /// The message.
        message: &'static str,
        /// The member's name.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// An entry of `Resources` is no resource.
    #[error("entry {index} of \"Resources\" cannot be read")]
    Entry {
        /// Its position, from 0.
        index: usize,
        /// Why.
        #[source]
        source: ResourceError,
    },
}

/// A whole number that may have come as a text.
fn lenient_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A boolean that may have come as a text.
fn lenient_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
