//! What a plugin is given.

#[cfg(not(target_arch = "wasm32"))]
use std::collections::BTreeMap;

use crate::json::{Map, Value};

/// What all objects of a call have in common.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// The plugin's settings for this mapping, checked by the host.
    pub settings: Value,
    /// The configured name of the mapping.
    pub mapping: String,
    /// The configured name of the target.
    pub target: String,
    /// The time of the run, RFC 3339 in UTC; only with the capability `time`.
    pub now: Option<String>,
    /// What [`Context::lookup`] reads in tests: table → key → values.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) tables: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Context {
    /// Whether the run takes place before a moment (RFC 3339 in UTC, compared to
    /// the second). None without the capability `time`.
    #[must_use]
    pub fn is_before(&self, moment: &str) -> Option<bool> {
        let seconds = |text: &str| text.get(..19).unwrap_or(text).to_owned();
        Some(seconds(self.now.as_deref()?) < seconds(moment))
    }

    /// A context with settings, for tests.
    #[must_use]
    pub fn with_settings(settings: Value) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// The same at a time (RFC 3339 in UTC), for tests.
    #[must_use]
    pub fn at(mut self, now: &str) -> Self {
        self.now = Some(now.to_owned());
        self
    }
}

/// One object as the source has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceObject {
    /// The kind of object: `user`, `role` …
    pub kind: String,
    /// The source's own stable identifier within the kind.
    pub id: String,
    /// The SCIM resource type that it becomes.
    pub resource_type: String,
    /// Whether the source counts it as active.
    pub active: bool,
    /// Its roles at the source.
    pub roles: Vec<String>,
    /// The attributes that the plugin declared to read. An absent name is an
    /// unknown value; `null` or `[]` is a value known to be empty.
    pub attributes: Map<String, Value>,
}

impl SourceObject {
    /// An active object that becomes a User, for tests.
    #[must_use]
    pub fn new(kind: &str, id: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            id: id.to_owned(),
            resource_type: "User".to_owned(),
            active: true,
            ..Self::default()
        }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// An attribute that is text and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = self.attributes.get(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }
}
