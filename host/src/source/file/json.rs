//! One line of a JSON lines file: one JSON object.

use serde_json::{Map, Value};

use super::{
    FileKind,
    entry::{self, Entry},
};

/// Reads one line.
pub(super) fn read(line: &[u8], position: u64, kind: &FileKind) -> Entry {
    if line.trim_ascii().is_empty() {
        return Entry::Blank;
    }
    match object(line) {
        Ok(attributes) => entry::read(attributes, position, kind),
        Err(why) => Entry::Unreadable(why),
    }
}

fn object(line: &[u8]) -> Result<Map<String, Value>, String> {
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("not UTF-8 after byte {}", error.valid_up_to()))?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("not JSON at column {}", error.column()))?;
    match value {
        Value::Object(attributes) => Ok(attributes),
        _ => Err("not a JSON object".to_owned()),
    }
}
