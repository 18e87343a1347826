//! Whose entry it is, and whether it is sound. Reasons name attributes and never
//! show values: they are stored and read by administrators.

use purser_engine::{
    ids::{ObjectKey, SourceId},
    imprint::Imprint,
    object::SourceObject,
};
use serde_json::{Map, Value};

use super::FileKind;
use crate::source::Row;

/// What became of an entry of a file.
#[derive(Debug, PartialEq)]
pub(super) enum Entry {
    /// Nothing stands there.
    Blank,
    /// What stood there the last time.
    Same,
    /// An object whose id could be read.
    Row(Box<Row>),
    /// It may be anybody.
    Unreadable(String),
    /// Set aside under the id in its place, but that may be somebody else's.
    Doubtful(Box<Row>, String),
}

impl Entry {
    /// Known by this from now on. What may be somebody else's is read each time.
    pub(super) fn known_by(mut self, imprint: Imprint) -> Self {
        if let Self::Row(row) = &mut self {
            row.imprint = Some(imprint);
        }
        self
    }
}

/// An entry by its attributes.
pub(super) fn read(attributes: Map<String, Value>, position: u64, kind: &FileKind) -> Entry {
    let id = match identify(&attributes, &kind.id) {
        Ok(id) => id,
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
    Entry::Row(Box::new(row(key, position, kind, content)))
}

/// An entry whose content cannot be used.
pub(super) fn broken(id: &str, position: u64, kind: &FileKind, why: String) -> Box<Row> {
    let key = ObjectKey::new(kind.info.kind.clone(), SourceId::new(id));
    Box::new(row(key, position, kind, Err(why)))
}

fn row(
    key: ObjectKey,
    position: u64,
    kind: &FileKind,
    content: Result<SourceObject, String>,
) -> Row {
    Row {
        key,
        resource_type: kind.info.resource_type.clone(),
        position,
        content,
        imprint: None,
    }
}

fn identify(attributes: &Map<String, Value>, attribute: &str) -> Result<SourceId, String> {
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
    Ok(SourceId::new(id))
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
            Some(value) => kind.words.truth(value).ok_or_else(|| {
                format!("the attribute `{name}` is none of the words for active and inactive")
            })?,
        },
    };
    let roles = match &kind.roles {
        None => Vec::new(),
        Some(name) => match attributes.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => texts(value)
                .ok_or_else(|| format!("the attribute `{name}` is not a list of texts"))?,
        },
    };
    Ok((active, roles))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(word) => Some(vec![word.clone()]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}
