//! Answers: the media type, and errors as RFC 7644 §3.12 writes them.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use purser_scim::{ScimError, ScimType, message::ErrorResponse};
use serde_json::Value;

/// RFC 7644 §3.1.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// A document with its status.
pub(super) struct Answer {
    status: StatusCode,
    document: Value,
}

impl Answer {
    /// Answers with a document.
    pub(super) fn new(status: StatusCode, document: Value) -> Self {
        Self { status, document }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, MEDIA_TYPE)];
        (self.status, headers, self.document.to_string()).into_response()
    }
}

/// A request that cannot be done.
pub(in crate::server::demo) struct Failure(ErrorResponse);

impl Failure {
    /// A failure without a keyword.
    pub(in crate::server::demo) fn plain(status: StatusCode, detail: &str) -> Self {
        Self(ErrorResponse {
            status: status.as_u16(),
            scim_type: None,
            detail: Some(detail.to_owned()),
        })
    }

    /// A 400 with its keyword.
    pub(super) fn bad_request(scim_type: ScimType, detail: impl Into<String>) -> Self {
        ScimError::bad_request(scim_type, detail).into()
    }
}

impl<E: Into<ScimError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into().into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Answer::new(status, self.0.to_value()).into_response()
    }
}
