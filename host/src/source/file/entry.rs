//! What one line says. Reasons name attributes and never show values: they are
//! stored and read by administrators.

use purser_engine::{
    ids::{ObjectKey, SourceId},
    object::SourceObject,
};
use serde_json::{Map, Value};

use super::FileKind;
use crate::source::Row;

/// What became of a line.
#[derive(Debug, PartialEq)]
pub(super) enum Entry {
    /// Nothing stands there.
    Blank,
    /// An object whose id could be read.
    Row(Box<Row>),
    /// It may be anybody.
    Unreadable(String),
}

/// Reads one line.
pub(super) fn read(line: &[u8], position: u64, kind: &FileKind) -> Entry {
    if line.trim_ascii().is_empty() {
        return Entry::Blank;
    }
    let (id, attributes) = match identify(line, &kind.id) {
        Ok(identified) => identified,
        Err(why) => return Entry::Unreadable(why),
    };
    let key = ObjectKey::new(kind.info.kind.clone(), id);
    let content = envelope(&attributes, kind).map(|(active, roles)| SourceObject {
        key: key.clone(),
        resource_type: kind.info.resource_type.clone(),
        active,
        roles,
        attributes,
    });
    Entry::Row(Box::new(Row {
        key,
        resource_type: kind.info.resource_type.clone(),
        position,
        content,
    }))
}

fn identify(line: &[u8], attribute: &str) -> Result<(SourceId, Map<String, Value>), String> {
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("not UTF-8 after byte {}", error.valid_up_to()))?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("not JSON at column {}", error.column()))?;
    let Value::Object(attributes) = value else {
        return Err("not a JSON object".to_owned());
    };
    let id = match attributes.get(attribute) {
        None => return Err(format!("the attribute `{attribute}` is missing")),
        Some(Value::Null) => return Err(format!("the attribute `{attribute}` is null")),
        Some(Value::String(text)) if text.trim().is_empty() => {
            return Err(format!("the attribute `{attribute}` is empty"));
        }
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
        Some(_) => {
            return Err(format!(
                "the attribute `{attribute}` is neither a text nor a whole number"
            ));
        }
    };
    Ok((SourceId::new(id), attributes))
}

fn envelope(
    attributes: &Map<String, Value>,
    kind: &FileKind,
) -> Result<(bool, Vec<String>), String> {
    let active = match &kind.active {
        None => true,
        // Nobody is taken for active, or for a leaver, by guessing.
        Some(name) => match attributes.get(name) {
            None => return Err(format!("the attribute `{name}` is missing")),
            Some(value) => truth(value)
                .ok_or_else(|| format!("the attribute `{name}` is neither true, 1 nor false, 0"))?,
        },
    };
    let roles = match &kind.roles {
        None => Vec::new(),
        Some(name) => match attributes.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => words(value)
                .ok_or_else(|| format!("the attribute `{name}` is not a list of texts"))?,
        },
    };
    Ok((active, roles))
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
        Value::String(text) => match text.as_str() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(word) => Some(vec![word.clone()]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}
