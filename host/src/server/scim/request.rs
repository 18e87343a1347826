//! Token, query and body: read within bounds.

use std::time::Duration;

use axum::{
    body::{Body as Stream, Bytes},
    http::{HeaderMap, HeaderName, Method, header},
};
use jiff::Timestamp;
use purser_scim::{Resource, ScimType};
use serde_json::Value;
use url::form_urlencoded;

use super::reply::Reply;
use crate::{
    directory::{Condition, Tag},
    server::body::{self, Unread},
};

/// What is asked, but for its body.
#[derive(Debug)]
pub(super) struct Asked {
    pub method: Method,
    pub headers: HeaderMap,
    /// As it came.
    pub query: String,
    pub now: Timestamp,
}

impl Asked {
    /// The parameters of the query, decoded.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The conditional headers.
    pub(super) fn condition(&self) -> Condition {
        let tag = |name: HeaderName| {
            let value = self.headers.get(name)?;
            Some(Tag::parse(value.to_str().unwrap_or_default()))
        };
        Condition {
            if_match: tag(header::IF_MATCH),
            if_none_match: tag(header::IF_NONE_MATCH),
        }
    }
}

/// The bearer token (RFC 6750 §2.1); never from the query, where it would be logged.
pub(in crate::server) fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?;
    let Some((scheme, token)) = value.to_str().unwrap_or_default().split_once(' ') else {
        return Some(String::new());
    };
    let token = token.trim();
    // Another scheme is a token that is not good here.
    Some(if scheme.eq_ignore_ascii_case("bearer") {
        token.to_owned()
    } else {
        String::new()
    })
}

/// A body that has not been read yet.
#[derive(Debug)]
pub(super) struct Body {
    stream: Stream,
    most: usize,
    patience: Duration,
}

impl Body {
    pub(super) fn new(stream: Stream, most: usize, patience: Duration) -> Self {
        Self {
            stream,
            most,
            patience,
        }
    }

    async fn bytes(self) -> Result<Bytes, Reply> {
        let read = body::read(self.stream, self.most, self.patience).await;
        read.map_err(|why| match why {
            Unread::Late => Reply::plain(408, "the body did not come in time"),
            Unread::TooLarge => Reply::plain(413, &format!("a body may have {} bytes", self.most)),
            Unread::Broken => Reply::plain(400, "the body broke off"),
        })
    }

    /// The body as JSON.
    pub(super) async fn json(self, asked: &Asked) -> Result<Value, Reply> {
        if !is_json(&asked.headers) {
            return Err(Reply::plain(
                415,
                "the body has to be application/scim+json or application/json",
            ));
        }
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            // Where, not what: the text may hold anything.
            let place = format!("line {} column {}", error.line(), error.column());
            Reply::bad(
                ScimType::InvalidSyntax,
                format!("the body is not JSON, or nests too deep ({place})"),
            )
        })
    }

    /// The body as a resource.
    pub(super) async fn resource(self, asked: &Asked) -> Result<Resource, Reply> {
        Resource::from_value(self.json(asked).await?)
            .map_err(|error| Reply::bad(ScimType::InvalidSyntax, error.to_string()))
    }
}

/// RFC 7644 §3.1, §3.8: both are taken; a client that does not say means JSON as well.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let kind = kind.to_str().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}
