//! What a plugin says about itself: asked, checked, and held against the
//! settings and the grants.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;
use wasmtime::component::InstancePre;

use crate::{
    bindings::v0_1::exports::purser::plugin::metadata,
    call::{self, State},
    error::{CallError, ConfigureError, DescriptionError, SettingsFault},
    grants::{self, Grants},
    runtime::Inner,
    text,
    writes::Writes,
};

/// What a plugin says about itself, under certain settings.
#[derive(Debug, Clone)]
pub struct Description {
    /// Lower-case words joined by hyphens.
    pub name: String,
    /// The plugin's own version, for people.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// The JSON Schema (2020-12) of its settings.
    pub settings_schema: Value,
    /// The source's attributes that it is sent.
    pub reads: Reads,
    /// The SCIM attributes that it may write.
    pub writes: Writes,
    /// What it asks for beyond pure computing.
    pub capabilities: Vec<Capability>,
}

/// The source's attributes that a plugin is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reads {
    /// All there are.
    All,
    /// Those of these names, compared exactly.
    Names(BTreeSet<String>),
}

impl Reads {
    /// Whether an attribute of that name is sent.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.contains(name),
        }
    }
}

/// Something beyond pure computing that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// `time`, or `lookup:<table>`.
    pub name: String,
    /// Why, in one sentence.
    pub reason: String,
}

/// Calls `describe`. The inner error is the plugin's refusal of the settings.
pub(crate) fn ask(
    runtime: &Inner,
    plugin: &str,
    pre: &InstancePre<State>,
    indices: &metadata::GuestIndices,
    settings: String,
) -> Result<Result<metadata::Description, String>, CallError> {
    let answer = call::fresh(
        runtime,
        plugin,
        pre,
        runtime.limits.document_out_bytes,
        // Nothing is granted yet.
        Arc::default(),
        |store, instance| {
            indices
                .load(&mut *store, instance)?
                .call_describe(&mut *store, &settings)
        },
    )?;
    Ok(answer.map_err(|refusal| text::clean(&refusal)))
}

/// Takes a description over, if it can be used.
pub(crate) fn check(raw: metadata::Description) -> Result<Description, DescriptionError> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if raw.name.is_empty() || raw.name.len() > 64 || !raw.name.chars().all(word) {
        return Err(DescriptionError::Name);
    }
    let reads = if raw.reads.iter().any(|name| name == "*") {
        Reads::All
    } else {
        Reads::Names(raw.reads.into_iter().collect())
    };
    Ok(Description {
        name: raw.name,
        version: text::clean(&raw.version),
        summary: text::clean(&raw.summary),
        settings_schema: serde_json::from_str(&raw.settings_schema)
            .map_err(|_| DescriptionError::Schema)?,
        reads,
        writes: Writes::parse(&raw.writes)
            .map_err(|path| DescriptionError::Path(text::clean(path)))?,
        capabilities: raw
            .capabilities
            .into_iter()
            .map(|capability| Capability {
                name: text::clean(&capability.name),
                reason: text::clean(&capability.reason),
            })
            .collect(),
    })
}

/// The checker of the plugin's settings. Nothing is fetched: a schema that
/// refers to another document is refused.
pub(crate) fn validator(
    description: &Description,
) -> Result<jsonschema::Validator, DescriptionError> {
    jsonschema::draft202012::new(&description.settings_schema).map_err(|_| DescriptionError::Schema)
}

/// Holds settings against the schema.
pub(crate) fn fits(schema: &jsonschema::Validator, settings: &Value) -> Result<(), ConfigureError> {
    let faults: Vec<SettingsFault> = schema
        .iter_errors(settings)
        .map(|error| SettingsFault {
            pointer: error.instance_path().to_string(),
            // Masked: settings may hold what is nobody's business.
            message: text::clean(&error.masked_with("the value").to_string()),
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(ConfigureError::Schema(faults))
    }
}

/// Holds what it asks for against what is granted.
pub(crate) fn granted(
    description: &Description,
    grants: &Grants,
    mapping: &str,
) -> Result<(), ConfigureError> {
    for capability in &description.capabilities {
        if !grants::known(&capability.name) {
            return Err(ConfigureError::UnknownCapability {
                capability: capability.name.clone(),
            });
        }
        if !grants.contains(&capability.name) {
            return Err(ConfigureError::NotGranted {
                capability: capability.name.clone(),
                reason: capability.reason.clone(),
                mapping: mapping.to_owned(),
            });
        }
    }
    Ok(())
}
