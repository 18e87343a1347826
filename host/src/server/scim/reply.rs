//! Answers and errors, with their headers.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use purser_scim::{ScimError, ScimType, message::ErrorResponse};

use crate::{directory::Refused, store::StoreError};

/// RFC 7644 §3.1.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// An answer on its way.
#[derive(Debug)]
pub(in crate::server) struct Reply {
    status: u16,
    body: Option<String>,
    headers: Vec<(HeaderName, String)>,
}

impl Reply {
    /// A JSON document.
    pub(in crate::server) fn document(status: u16, text: String) -> Self {
        Self {
            status,
            body: Some(text),
            headers: Vec::new(),
        }
    }

    /// Nothing but a status.
    pub(in crate::server) fn empty(status: u16) -> Self {
        Self {
            status,
            body: None,
            headers: Vec::new(),
        }
    }

    /// The same with one more header. What no header can carry is left out.
    pub(in crate::server) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An error without a keyword.
    pub(in crate::server) fn plain(status: u16, detail: &str) -> Self {
        Self::error(ScimError {
            status,
            scim_type: None,
            detail: detail.to_owned(),
        })
    }

    /// A 400 with its keyword.
    pub(in crate::server) fn bad(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self::error(ScimError::bad_request(scim_type, detail))
    }

    fn error(error: ScimError) -> Self {
        let status = error.status;
        let reply = Self::document(status, ErrorResponse::from(error).to_value().to_string());
        // RFC 9110 §15.6.4: what is too much now may not be in a moment.
        match status {
            503 => reply.with(header::RETRY_AFTER, "5"),
            _ => reply,
        }
    }

    /// RFC 6750 §3. Whether there is such a tenant is not told.
    pub(in crate::server) fn unauthorized(had_token: bool) -> Self {
        let challenge = if had_token {
            "Bearer realm=\"scim\", error=\"invalid_token\""
        } else {
            "Bearer realm=\"scim\""
        };
        Self::plain(401, "the bearer token is missing, or it is not good here")
            .with(header::WWW_AUTHENTICATE, challenge)
    }

    /// RFC 6750 §3.1.
    pub(in crate::server) fn forbidden() -> Self {
        Self::plain(403, "the token is for something else than SCIM").with(
            header::WWW_AUTHENTICATE,
            "Bearer realm=\"scim\", error=\"insufficient_scope\", scope=\"scim\"",
        )
    }

    /// RFC 6585 §4.
    pub(in crate::server) fn too_fast(seconds: u64) -> Self {
        Self::plain(429, "too many requests with this token: slow down")
            .with(header::RETRY_AFTER, seconds.to_string())
    }

    /// RFC 9110 §15.5.6.
    pub(in crate::server) fn not_allowed(methods: &str) -> Self {
        Self::plain(405, "this method means nothing here").with(header::ALLOW, methods)
    }

    pub(in crate::server) fn into_response(self) -> Response {
        let mut response = Response::new(self.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if self.status != 204 && self.status != 304 {
            headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
        }
        // What is told is about people.
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

impl From<ScimError> for Reply {
    fn from(error: ScimError) -> Self {
        Self::error(error)
    }
}

impl From<StoreError> for Reply {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store cannot answer");
        Self::plain(503, "the store cannot answer; nothing was changed")
    }
}

impl From<Refused> for Reply {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Scim(error) => Self::error(error),
            Refused::Store(error) => Self::from(error),
            Refused::Changed => Self::plain(
                412,
                "the resource has changed: read it, and send the version that it has now",
            ),
            Refused::Busy => {
                Self::plain(503, "others change this resource all the time: try again")
                    .with(header::RETRY_AFTER, "1")
            }
        }
    }
}
