//! One request as it passed.

use serde_json::Value;

/// A request, and how it was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Method and path without base path and ids: `GET /Users`, `PATCH /Groups/{id}` as `PATCH /Groups`.
    pub endpoint: String,
    /// Whether the path named one resource by its id.
    pub by_id: bool,
    /// The query, as it was written.
    pub query: String,
    /// The body, where it was JSON.
    pub body: Value,
    /// The target's status.
    pub status: u16,
}

impl Entry {
    /// Reads a request; `path` with its query, without the base path.
    pub(super) fn new(method: &str, path: &str, body: &[u8]) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts = path.trim_matches('/').split('/');
        let kind = parts.next().unwrap_or_default();
        Self {
            endpoint: format!("{method} /{kind}"),
            by_id: parts.next().is_some(),
            query: query.to_owned(),
            body: serde_json::from_slice(body).unwrap_or_default(),
            status: 0,
        }
    }

    /// Whether it was meant to change something.
    pub fn is_write(&self) -> bool {
        !self.endpoint.starts_with("GET ")
    }

    /// Whether the target did it.
    pub fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
