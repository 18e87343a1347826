//! What a plugin says about itself.

use crate::json::{Value, json};

/// What a plugin says about itself: shown to people, and enforced by the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Lower-case words joined by hyphens.
    pub name: String,
    /// A semantic version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// The JSON Schema (2020-12) of the settings. By default: no settings.
    pub settings_schema: Value,
    /// Names of the source's attributes that it reads, `*` for all. No others
    /// are passed.
    pub reads: Vec<String>,
    /// Paths of the SCIM attributes that it writes, `*` for all. The host refuses
    /// others.
    pub writes: Vec<String>,
    /// What it asks for beyond pure computing.
    pub capabilities: Vec<Capability>,
}

/// Something beyond pure computing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// `time`, or `lookup:<table>`.
    pub name: String,
    /// Why, in one sentence for the person who decides.
    pub reason: String,
}

impl Description {
    /// A plugin without settings that reads and writes nothing yet.
    #[must_use]
    pub fn new(name: &str, version: &str, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            summary: summary.to_owned(),
            settings_schema: json!({ "type": "object", "additionalProperties": false }),
            reads: Vec::new(),
            writes: Vec::new(),
            capabilities: Vec::new(),
        }
    }

    /// Sets the JSON Schema of the settings.
    #[must_use]
    pub fn settings(mut self, schema: Value) -> Self {
        self.settings_schema = schema;
        self
    }

    /// Adds attributes that it reads.
    #[must_use]
    pub fn reads<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.reads.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds attributes that it writes.
    #[must_use]
    pub fn writes<S: Into<String>>(mut self, paths: impl IntoIterator<Item = S>) -> Self {
        self.writes.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Asks for a lookup table of the configuration, with the reason in one
    /// sentence for the person who decides.
    #[must_use]
    pub fn looks_up(self, table: &str, reason: &str) -> Self {
        self.asks_for(&format!("lookup:{table}"), reason)
    }

    /// Asks for a capability.
    #[must_use]
    pub fn asks_for(mut self, name: &str, reason: &str) -> Self {
        self.capabilities.push(Capability {
            name: name.to_owned(),
            reason: reason.to_owned(),
        });
        self
    }
}
