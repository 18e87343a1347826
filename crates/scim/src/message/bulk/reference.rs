//! References to resources that do not exist yet: `bulkId:x` (RFC 7644 §3.7.2).
//!
//! A text is a reference as a whole (`"value": "bulkId:qwerty"`), or holds one where an id would
//! stand in a URI (`/Users/bulkId:qwerty`, in `path` and `$ref`) or in the filter of a PATCH path
//! (`members[value eq "bulkId:qwerty"]`). Anywhere else the words are just words.

use serde_json::Value;

use super::BulkOperation;

const MARK: &str = "bulkId:";

/// The bulkIds that `value` refers to, each once, in their order.
#[must_use]
pub fn references(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(value, &mut |text| note(text, &mut found));
    found
}

/// The same for a whole operation: its path, then its data.
pub(super) fn of(operation: &BulkOperation) -> Vec<String> {
    let mut found = in_text(&operation.path);
    if let Some(data) = &operation.data {
        visit(data, &mut |text| note(text, &mut found));
    }
    found
}

/// The bulkIds that a single text refers to.
pub(super) fn in_text(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    note(text, &mut found);
    found
}

/// Replaces each reference in `value` for which `known` has an id; the others stay.
pub fn resolve(value: &mut Value, known: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => *text = resolve_text(text, known),
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, known)),
        Value::Object(map) => map.values_mut().for_each(|value| resolve(value, known)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The same for a single text, such as the path of an operation.
#[must_use]
pub fn resolve_text(text: &str, known: &dyn Fn(&str) -> Option<String>) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_start = true;
    while let Some((before, bulk_id, after)) = next(rest, is_start) {
        resolved.push_str(before);
        match known(bulk_id) {
            Some(id) => resolved.push_str(&id),
            None => {
                resolved.push_str(MARK);
                resolved.push_str(bulk_id);
            }
        }
        rest = after;
        is_start = false;
    }
    resolved.push_str(rest);
    resolved
}

fn note(text: &str, found: &mut Vec<String>) {
    let mut rest = text;
    let mut is_start = true;
    while let Some((_, bulk_id, after)) = next(rest, is_start) {
        if !found.iter().any(|known| known == bulk_id) {
            found.push(bulk_id.to_owned());
        }
        rest = after;
        is_start = false;
    }
}

fn visit(value: &Value, work: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => work(text),
        Value::Array(items) => items.iter().for_each(|item| visit(item, work)),
        Value::Object(map) => map.values().for_each(|value| visit(value, work)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The first reference in `text`: what is before it, the bulkId, what is after it. At the start of
/// the whole text it takes up all of it.
fn next(text: &str, is_start: bool) -> Option<(&str, &str, &str)> {
    if is_start && let Some(bulk_id) = text.strip_prefix(MARK) {
        return (!bulk_id.is_empty()).then_some(("", bulk_id, ""));
    }
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(MARK)) {
        let (before, marked) = text.split_at_checked(from + at)?;
        let behind = marked.strip_prefix(MARK)?;
        let end = behind.find(['/', '"', '?', '#']).unwrap_or(behind.len());
        let (bulk_id, after) = behind.split_at_checked(end)?;
        if before.ends_with(['/', '"']) && !bulk_id.is_empty() {
            return Some((before, bulk_id, after));
        }
        from += at + MARK.len();
    }
    None
}
