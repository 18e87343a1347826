//! Reading a schema that an administrator wrote.
//!
//! `Deserialize` of [`Schema`] takes what servers publish, and a misspelt characteristic becomes
//! its default. In a file of one's own that would be a `"multivalued": true` that does nothing, or
//! a `"mutability": "readonly "` that lets clients write. So here everything that would not mean
//! what it says is an error, and all errors are told at once, each with its place and a way out.
//!
//! To check one more thing: a line in [`Reader::attribute`], and a case in the tests.

use std::fmt;

use serde_json::{Map, Value};

use super::{AttributeType, Mutability, Returned, Schema, Uniqueness};
use crate::{path::is_path_char, resource::json_type, urn};

/// A text is no schema that could be used as it stands.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFileError {
    /// The text is not JSON.
    #[error("the schema is not JSON")]
    Json(#[source] serde_json::Error),
    /// JSON, but with faults; there is one at least.
    #[error("the schema has faults: {}", joined(.0))]
    Faults(Vec<SchemaFault>),
}

/// One thing that is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaFault {
    /// The attribute, as `emails` or `emails.value`; by its place, as `attributes[2]`, where it
    /// has no name; empty for the schema itself.
    pub at: String,
    /// What is wrong and what to write instead.
    pub what: String,
}

impl fmt::Display for SchemaFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at.as_str() {
            "" => out.write_str(&self.what),
            at => write!(out, "{at}: {}", self.what),
        }
    }
}

fn joined(faults: &[SchemaFault]) -> String {
    let faults: Vec<String> = faults.iter().map(SchemaFault::to_string).collect();
    faults.join("; ")
}

impl Schema {
    /// Reads a schema of one's own (RFC 7643 §7): nothing misspelt, nothing unknown, nothing that
    /// RFC 7643 §2.1 and §2.3 forbid. What may be left out takes the default of RFC 7643 §2.2.
    ///
    /// # Errors
    ///
    /// [`SchemaFileError`], with every fault that was found.
    pub fn parse_strict(text: &str) -> Result<Self, SchemaFileError> {
        let value: Value = serde_json::from_str(text).map_err(SchemaFileError::Json)?;
        let mut reader = Reader { faults: Vec::new() };
        reader.schema(&value);
        if !reader.faults.is_empty() {
            return Err(SchemaFileError::Faults(reader.faults));
        }
        serde_json::from_value(value).map_err(SchemaFileError::Json)
    }
}

const SCHEMA_MEMBERS: [&str; 6] = ["schemas", "id", "name", "description", "attributes", "meta"];

const ATTRIBUTE_MEMBERS: [&str; 12] = [
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
];

struct Reader {
    faults: Vec<SchemaFault>,
}

impl Reader {
    fn fault(&mut self, at: &str, what: impl Into<String>) {
        self.faults.push(SchemaFault {
            at: at.to_owned(),
            what: what.into(),
        });
    }

    fn schema(&mut self, value: &Value) {
        let Value::Object(map) = value else {
            return self.fault(
                "",
                format!("a schema is an object, not {}", json_type(value)),
            );
        };
        self.members("", map, &SCHEMA_MEMBERS);
        match map.get("id") {
            Some(Value::String(id)) if is_urn(id) => {}
            Some(Value::String(_)) => self.fault(
                "",
                "\"id\" is no URN: write one such as urn:example:schemas:2.0:Badge",
            ),
            _ => self.fault("", "\"id\" is missing: give the schema a URN of its own"),
        }
        let claims_schema = |urns: &Value| {
            urns.as_array().is_some_and(|urns| {
                let mut urns = urns.iter().filter_map(Value::as_str);
                urns.any(|known| urn::same(known, urn::SCHEMA))
            })
        };
        if !map.get("schemas").is_none_or(claims_schema) {
            self.fault(
                "",
                format!("\"schemas\" must hold {}, or be left out", urn::SCHEMA),
            );
        }
        self.texts("", map, &["name", "description"]);
        self.attributes("", map.get("attributes"), "attributes");
    }

    /// The list of attributes or of sub-attributes of `parent`.
    fn attributes(&mut self, parent: &str, list: Option<&Value>, member: &str) {
        let Some(Value::Array(entries)) = list else {
            return self.fault(parent, format!("\"{member}\" must be a list of attributes"));
        };
        if entries.is_empty() {
            self.fault(
                parent,
                format!("\"{member}\" is empty: list an attribute at least"),
            );
        }
        let mut names: Vec<String> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let name = entry.get("name").and_then(Value::as_str);
            let own = name.map_or_else(|| format!("{member}[{index}]"), str::to_owned);
            let at = match parent {
                "" => own,
                parent => format!("{parent}.{own}"),
            };
            if let Some(name) = name {
                if names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    self.fault(
                        &at,
                        "the name stands twice, in whatever case: keep one of both",
                    );
                }
                names.push(name.to_owned());
            }
            self.attribute(&at, entry, !parent.is_empty());
        }
    }

    fn attribute(&mut self, at: &str, entry: &Value, is_sub: bool) {
        let Value::Object(map) = entry else {
            return self.fault(
                at,
                format!("an attribute is an object, not {}", json_type(entry)),
            );
        };
        self.members(at, map, &ATTRIBUTE_MEMBERS);
        match map.get("name") {
            Some(Value::String(name)) if is_attribute_name(name) => {}
            Some(Value::String(_)) => self.fault(
                at,
                "the name must be a letter, then letters, digits, \"-\", \"_\" or \"$\"",
            ),
            _ => self.fault(at, "\"name\" is missing"),
        }
        self.texts(at, map, &["description"]);
        for name in ["multiValued", "required", "caseExact"] {
            if !map.get(name).is_none_or(Value::is_boolean) {
                self.fault(at, format!("\"{name}\" is true or false"));
            }
        }
        for name in ["canonicalValues", "referenceTypes"] {
            let is_texts = |value: &Value| {
                value
                    .as_array()
                    .is_some_and(|items| items.iter().all(Value::is_string))
            };
            if !map.get(name).is_none_or(is_texts) {
                self.fault(at, format!("\"{name}\" is a list of texts"));
            }
        }
        self.keyword(at, map, "mutability", Mutability::WORDS);
        self.keyword(at, map, "returned", Returned::WORDS);
        self.keyword(at, map, "uniqueness", Uniqueness::WORDS);
        self.keyword(at, map, "type", AttributeType::WORDS);
        self.parts(at, map, is_sub);
    }

    /// What depends on the type.
    fn parts(&mut self, at: &str, map: &Map<String, Value>, is_sub: bool) {
        let is_of_type = |type_: AttributeType| {
            let word = map.get("type").and_then(Value::as_str);
            word.is_some_and(|word| word.eq_ignore_ascii_case(type_.word()))
        };
        if map.contains_key("referenceTypes") && !is_of_type(AttributeType::Reference) {
            self.fault(
                at,
                "\"referenceTypes\" is for the type reference only (RFC 7643 §7)",
            );
        }
        match (is_of_type(AttributeType::Complex), map.get("subAttributes")) {
            (true, _) if is_sub => self.fault(
                at,
                "a sub-attribute cannot be complex (RFC 7643 §2.3.8): \
                 make it an attribute of its own, or its parts texts",
            ),
            (true, subs) => self.attributes(at, subs, "subAttributes"),
            (false, Some(_)) => {
                self.fault(at, "\"subAttributes\" is for the type complex only");
            }
            (false, None) => {}
        }
    }

    fn members(&mut self, at: &str, map: &Map<String, Value>, known: &[&str]) {
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            let meant = known.iter().find(|known| is_near(known, name));
            self.fault(
                at,
                match meant {
                    Some(meant) => format!("\"{name}\" is unknown: write \"{meant}\""),
                    None => format!("\"{name}\" is unknown: leave it out"),
                },
            );
        }
    }

    fn texts(&mut self, at: &str, map: &Map<String, Value>, names: &[&str]) {
        for name in names {
            if !map.get(*name).is_none_or(Value::is_string) {
                self.fault(at, format!("\"{name}\" is a text"));
            }
        }
    }

    fn keyword(&mut self, at: &str, map: &Map<String, Value>, name: &str, words: &[&str]) {
        let is_known = |value: &Value| {
            let word = value.as_str();
            word.is_some_and(|word| words.iter().any(|known| known.eq_ignore_ascii_case(word)))
        };
        if !map.get(name).is_none_or(is_known) {
            self.fault(at, format!("\"{name}\" is one of {}", words.join(", ")));
        }
    }
}

/// A URN that can stand before an attribute in a path.
fn is_urn(id: &str) -> bool {
    let mut parts = id.split(':');
    parts
        .next()
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"))
        && parts.next().is_some_and(|namespace| !namespace.is_empty())
        && parts.next().is_some()
        && !id.ends_with(':')
        && id.chars().all(is_path_char)
}

/// `ATTRNAME` (RFC 7643 §2.1), and `$ref`, which RFC 7643 §2.4 itself defines.
fn is_attribute_name(name: &str) -> bool {
    name == "$ref"
        || (name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte)))
}

/// Whether `name` is `known` in another case, or one slip away from it.
fn is_near(known: &str, name: &str) -> bool {
    let (known, name) = (known.to_ascii_lowercase(), name.to_ascii_lowercase());
    let (known, name) = (known.as_bytes(), name.as_bytes());
    let same = |(left, right): &(&u8, &u8)| left == right;
    let before = known.iter().zip(name).take_while(same).count();
    let behind = known
        .iter()
        .rev()
        .zip(name.iter().rev())
        .take_while(same)
        .count();
    let longer = known.len().max(name.len());
    // What differs between the common beginning and the common end is a letter or two.
    before + behind > 0 && longer <= before + behind + 2 && known.len().abs_diff(name.len()) <= 1
}

#[cfg(test)]
mod tests;
