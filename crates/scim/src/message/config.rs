//! What a service provider says it can do (RFC 7643 §5).

use serde_json::{Map, Value};

use super::{lenient_bool, lenient_number};
use crate::value::get_in;

/// A service provider's configuration, as far as a client decides by it.
///
/// `None` is "did not say": what to assume then is the client's policy, not the reader's.
/// Whatever cannot be read is `None` too, so reading never fails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceProviderConfig {
    /// PATCH is supported.
    pub patch: Option<bool>,
    /// `/Bulk` is supported.
    pub bulk: Option<bool>,
    /// Operations in one bulk request, at most.
    pub bulk_max_operations: Option<u64>,
    /// Size of one bulk request in bytes, at most.
    pub bulk_max_payload_size: Option<u64>,
    /// Filters are supported.
    pub filter: Option<bool>,
    /// Resources in one answer, at most.
    pub filter_max_results: Option<u64>,
    /// Passwords can be changed.
    pub change_password: Option<bool>,
    /// Results can be sorted.
    pub sort: Option<bool>,
    /// Resources have versions.
    pub etag: Option<bool>,
}

impl ServiceProviderConfig {
    /// Reads what can be read. A feature may be `{"supported": true}` or, as some servers have
    /// it, `true`; booleans and numbers may be texts.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        let Value::Object(map) = value else {
            return Self::default();
        };
        Self {
            patch: supported(map, "patch"),
            bulk: supported(map, "bulk"),
            bulk_max_operations: limit(map, "bulk", "maxOperations"),
            bulk_max_payload_size: limit(map, "bulk", "maxPayloadSize"),
            filter: supported(map, "filter"),
            filter_max_results: limit(map, "filter", "maxResults"),
            change_password: supported(map, "changePassword"),
            sort: supported(map, "sort"),
            etag: supported(map, "etag"),
        }
    }
}

fn supported(map: &Map<String, Value>, feature: &str) -> Option<bool> {
    match get_in(map, feature)? {
        Value::Object(feature) => get_in(feature, "supported").and_then(lenient_bool),
        value => lenient_bool(value),
    }
}

fn limit(map: &Map<String, Value>, feature: &str, name: &str) -> Option<u64> {
    get_in(get_in(map, feature)?.as_object()?, name).and_then(lenient_number)
}
