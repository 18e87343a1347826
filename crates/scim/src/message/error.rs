//! Errors on the wire (RFC 7644 §3.12) and as a Rust error.

use std::fmt;

use serde_json::{Map, Value};

use super::{MessageError, lenient_number};
use crate::{filter::FilterError, path::PathError, resource::json_type, urn, value::get_in};

/// The detail error keywords of RFC 7644 table 9 and of RFC 9865 §2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScimType {
    /// The filter is malformed or not supported.
    InvalidFilter,
    /// The filter yields more results than the server will process.
    TooMany,
    /// A value is in use or reserved.
    Uniqueness,
    /// The change does not fit the attribute's mutability or present state.
    Mutability,
    /// The body is malformed.
    InvalidSyntax,
    /// The PATCH path is malformed or unknown.
    InvalidPath,
    /// The PATCH path selects nothing that could be changed.
    NoTarget,
    /// A required value is missing or a value does not fit the attribute.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// The request cannot be answered because of sensitive information in the URI.
    Sensitive,
    /// The cursor is none that the service provider gave.
    InvalidCursor,
    /// The cursor was given, but too long ago.
    ExpiredCursor,
    /// The count cannot be used, or differs from that of the first page.
    InvalidCount,
    /// A keyword of another RFC or vendor, as it came.
    Other(String),
}

impl ScimType {
    const KNOWN: [Self; 13] = [
        Self::InvalidFilter,
        Self::TooMany,
        Self::Uniqueness,
        Self::Mutability,
        Self::InvalidSyntax,
        Self::InvalidPath,
        Self::NoTarget,
        Self::InvalidValue,
        Self::InvalidVers,
        Self::Sensitive,
        Self::InvalidCursor,
        Self::ExpiredCursor,
        Self::InvalidCount,
    ];

    /// The keyword.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for ScimType {
    fn from(word: &str) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|known| known.word().eq_ignore_ascii_case(word))
            .unwrap_or_else(|| Self::Other(word.to_owned()))
    }
}

impl fmt::Display for ScimType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// A request cannot be done: the error that PATCH and validation give, ready for the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// The HTTP status.
    pub status: u16,
    /// The detail keyword, for status 400 and 409.
    pub scim_type: Option<ScimType>,
    /// What is wrong, for people; never a value from the request.
    pub detail: String,
}

impl ScimError {
    /// A 400 of the given kind.
    #[must_use]
    pub fn bad_request(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self {
            status: 400,
            scim_type: Some(scim_type),
            detail: detail.into(),
        }
    }
}

impl From<FilterError> for ScimError {
    fn from(error: FilterError) -> Self {
        Self::bad_request(ScimType::InvalidFilter, error.to_string())
    }
}

impl From<PathError> for ScimError {
    fn from(error: PathError) -> Self {
        Self::bad_request(ScimType::InvalidPath, error.to_string())
    }
}

/// An error message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The HTTP status as the body tells it.
    pub status: u16,
    /// The detail keyword.
    pub scim_type: Option<ScimType>,
    /// What is wrong, for people.
    pub detail: Option<String>,
}

impl ErrorResponse {
    /// Reads an error message. `status` may be a number or a text, member names may have any case,
    /// and the schema may be missing as long as there is a status.
    pub fn from_value(value: &Value) -> Result<Self, MessageError> {
        let Value::Object(map) = value else {
            return Err(MessageError::Not {
                expected: "error message",
                found: json_type(value).to_owned(),
            });
        };
        let text = |name| get_in(map, name).and_then(Value::as_str);
        let status = get_in(map, "status")
            .and_then(lenient_number)
            .and_then(|status| u16::try_from(status).ok())
            .ok_or(MessageError::Member {
                message: "error message",
                member: "status",
                expected: "an HTTP status",
            })?;
        Ok(Self {
            status,
            scim_type: text("scimType")
                .filter(|word| !word.is_empty())
                .map(ScimType::from),
            detail: text("detail").map(str::to_owned),
        })
    }

    /// The message as JSON; the status is a text (RFC 7644 §3.12).
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("schemas".to_owned(), Value::from(vec![urn::ERROR]));
        if let Some(scim_type) = &self.scim_type {
            map.insert("scimType".to_owned(), Value::from(scim_type.word()));
        }
        if let Some(detail) = &self.detail {
            map.insert("detail".to_owned(), Value::from(detail.as_str()));
        }
        map.insert("status".to_owned(), Value::from(self.status.to_string()));
        Value::Object(map)
    }
}

impl From<ScimError> for ErrorResponse {
    fn from(error: ScimError) -> Self {
        Self {
            status: error.status,
            scim_type: error.scim_type,
            detail: Some(error.detail),
        }
    }
}
