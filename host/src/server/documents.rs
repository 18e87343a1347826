//! Discovery documents (RFC 7644 §4), as both servers put them together.

use purser_scim::urn;
use serde_json::{Value, json};

/// A document with its `meta`, at its place below `base`.
pub(super) fn document(base: &str, kind: &str, id: &str, body: &impl serde::Serialize) -> Value {
    let mut document = serde_json::to_value(body).unwrap_or_default();
    if let Some(map) = document.as_object_mut() {
        let location = format!("{base}/{kind}s/{id}");
        map.insert(
            "meta".to_owned(),
            json!({ "resourceType": kind, "location": location }),
        );
    }
    document
}

/// All of them, as a list response that is its own only page.
pub(super) fn list(documents: &[Value]) -> Value {
    json!({
        "schemas": [urn::LIST_RESPONSE],
        "totalResults": documents.len(),
        "itemsPerPage": documents.len(),
        "startIndex": 1,
        "Resources": documents,
    })
}

/// The one with this id; schema URNs are told apart without regard to case (RFC 7643 §2.1).
pub(super) fn find(documents: Vec<Value>, id: &str) -> Option<Value> {
    documents.into_iter().find(|document| {
        let of = document.get("id").and_then(Value::as_str);
        of.is_some_and(|of| urn::same(of, id))
    })
}
