//! Creating a resource before what it refers to: now without, later the rest (RFC 7644 §3.7.1).

use serde_json::{Map, Value};

use super::{BulkMethod, BulkOperation, references};
use crate::patch::{Op, PatchOp, PatchRequest};

impl BulkOperation {
    /// Splits a POST in two, for a [`Step::Deferred`](super::Step::Deferred) and the
    /// [`Step::Complete`](super::Step::Complete) that follows it: the POST without what refers to
    /// the bulkIds in `without`, and a PATCH that adds just that. The PATCH refers to the resource
    /// and to what is missing by their bulkIds, so that it is resolved as any other operation.
    ///
    /// What is put off is never half a value: a value of a multi-valued attribute, or a singular
    /// attribute as a whole. Where an attribute is required, the POST fails without it; such a
    /// circle cannot be made, and its operations fail like any other.
    #[must_use]
    pub fn split(&self, without: &[String]) -> (Self, Self) {
        let is_missing = |value: &Value| {
            let found = references(value);
            found.iter().any(|bulk_id| without.contains(bulk_id))
        };
        let (now, later) = match &self.data {
            Some(Value::Object(map)) => {
                let (now, later) = divided(map, &is_missing);
                (Some(Value::Object(now)), later)
            }
            other => (other.clone(), Map::new()),
        };
        let patch = PatchRequest {
            operations: vec![PatchOp {
                op: Op::Add,
                path: None,
                value: Some(Value::Object(later)),
            }],
        };
        let bulk_id = self.bulk_id.as_deref().unwrap_or_default();
        let rest = Self {
            method: BulkMethod::Patch,
            bulk_id: None,
            version: None,
            path: format!("{}/bulkId:{bulk_id}", self.path),
            data: Some(patch.to_value()),
        };
        (
            Self {
                data: now,
                ..self.clone()
            },
            rest,
        )
    }
}

/// The attributes of a resource or extension that can be written now, and those that cannot.
fn divided(
    map: &Map<String, Value>,
    is_missing: &dyn Fn(&Value) -> bool,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut now, mut later) = (Map::new(), Map::new());
    for (name, value) in map {
        let (kept, rest) = match value {
            Value::Object(extension) if name.contains(':') => {
                let (kept, rest) = divided(extension, is_missing);
                let kept = (!kept.is_empty() || rest.is_empty()).then_some(Value::Object(kept));
                (kept, (!rest.is_empty()).then_some(Value::Object(rest)))
            }
            Value::Array(items) => {
                let (rest, kept): (Vec<Value>, Vec<Value>) =
                    items.iter().cloned().partition(|item| is_missing(item));
                let kept = (!kept.is_empty() || rest.is_empty()).then_some(Value::Array(kept));
                (kept, (!rest.is_empty()).then_some(Value::Array(rest)))
            }
            whole if is_missing(whole) => (None, Some(whole.clone())),
            whole => (Some(whole.clone()), None),
        };
        if let Some(kept) = kept {
            now.insert(name.clone(), kept);
        }
        if let Some(rest) = rest {
            later.insert(name.clone(), rest);
        }
    }
    (now, later)
}
