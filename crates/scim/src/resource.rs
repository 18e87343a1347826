//! A SCIM resource as it came: lossless.
//!
//! [`Resource`] wraps the JSON object itself instead of mapping it to fields, because a target's
//! unknown attributes, extension URNs and key order must survive a read and a write. Names are
//! looked up without regard to case (RFC 7643 §2.1); spelling and position that are there stay.

mod paths;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::value::{get_in, key_in, remove_in, set_in};

/// A text or value is not a SCIM resource.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// The text is not JSON (or nests too deep to be read).
    #[error("the resource is not JSON")]
    Json(#[source] serde_json::Error),
    /// JSON, but not an object.
    #[error("the resource is {found}, not a JSON object")]
    NotAnObject {
        /// The JSON type that was found, with its article.
        found: &'static str,
    },
}

/// A SCIM resource (RFC 7643 §3): a JSON object with its order and every unknown attribute.
///
/// `==` compares the JSON exactly, apart from the order of object keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resource(Map<String, Value>);

impl Resource {
    /// A resource without attributes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a JSON object as a resource.
    pub fn from_value(value: Value) -> Result<Self, ResourceError> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            other => Err(ResourceError::NotAnObject {
                found: json_type(&other),
            }),
        }
    }

    /// Reads a resource from JSON text.
    pub fn parse(text: &str) -> Result<Self, ResourceError> {
        Self::from_value(serde_json::from_str(text).map_err(ResourceError::Json)?)
    }

    /// The JSON object.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The JSON object, to change at one's own risk.
    pub fn as_map_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    /// The JSON object, by value.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// A copy as a JSON value.
    #[must_use]
    pub fn as_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The resource as a JSON value.
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// The attribute or extension object called `name`, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        get_in(&self.0, name)
    }

    /// The attribute or extension object called `name`, in any case.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let key = key_in(&self.0, name)?.to_owned();
        self.0.get_mut(&key)
    }

    /// Sets an attribute. The existing spelling and position stay.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        set_in(&mut self.0, name, value.into());
    }

    /// Removes an attribute in whatever spelling; the others keep their order.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        remove_in(&mut self.0, name)
    }

    /// The identifier that the service provider gave (RFC 7643 §3.1). A number, which some
    /// servers send, is not seen here.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.get("id")?.as_str()
    }

    /// The identifier that the provisioning client gave (RFC 7643 §3.1).
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.get("externalId")?.as_str()
    }

    /// The schema URNs that the resource claims (RFC 7643 §3); also from a single string.
    #[must_use]
    pub fn schemas(&self) -> Vec<&str> {
        match self.get("schemas") {
            Some(Value::Array(urns)) => urns.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(urn)) => vec![urn],
            _ => Vec::new(),
        }
    }

    /// Adds a schema URN unless it is there; `schemas` becomes the first attribute if it is new.
    pub fn add_schema(&mut self, urn: &str) {
        if self
            .schemas()
            .iter()
            .any(|known| crate::urn::same(known, urn))
        {
            return;
        }
        let mut urns: Vec<Value> = self.schemas().into_iter().map(Value::from).collect();
        urns.push(Value::from(urn));
        if self.get("schemas").is_some() {
            self.set("schemas", urns);
        } else {
            self.0
                .shift_insert(0, "schemas".to_owned(), Value::from(urns));
        }
    }

    /// Takes a schema URN out of `schemas`; the extension's object is left alone.
    pub fn remove_schema(&mut self, urn: &str) {
        if let Some(Value::Array(urns)) = self.get_mut("schemas") {
            urns.retain(|known| {
                !known
                    .as_str()
                    .is_some_and(|known| crate::urn::same(known, urn))
            });
        }
    }
}

/// The JSON text, without spaces.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl From<Map<String, Value>> for Resource {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl From<Resource> for Value {
    fn from(resource: Resource) -> Self {
        resource.into_value()
    }
}

/// The JSON type of a value, with its article, for error texts.
pub(crate) fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
