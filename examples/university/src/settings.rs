//! The table of affiliations, as the administrator writes it.

use std::collections::BTreeMap;

use purser_guest::{
    date::Offset,
    json::{self, Value, json},
};
use serde::Deserialize;

/// The settings, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What each affiliation gives.
    pub affiliations: BTreeMap<String, Gives>,
    /// Affiliations that give no account, such as `alum`.
    pub leavers: Vec<String>,
    /// When a day begins here.
    pub utc_offset: Offset,
}

/// What an affiliation gives to a person.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Gives {
    /// Ids of groups of the source.
    pub groups: Vec<String>,
    /// Entitlements.
    pub entitlements: Vec<String>,
    /// It ends with the contract, on the day in `contract_end`.
    pub until_contract_end: bool,
}

#[derive(Deserialize)]
#[serde(default)]
struct Written {
    affiliations: BTreeMap<String, Gives>,
    leavers: Vec<String>,
    utc_offset: String,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            affiliations: BTreeMap::new(),
            leavers: Vec::new(),
            utc_offset: "Z".to_owned(),
        }
    }
}

impl Settings {
    /// Reads them. The host has held them against [`schema`] before.
    ///
    /// # Errors
    /// One sentence that names the setting at fault.
    pub fn read(settings: &Value) -> Result<Self, String> {
        let written: Written = json::from_value(settings.clone())
            .map_err(|_| "the settings are not as their schema says".to_owned())?;
        let utc_offset =
            Offset::parse(&written.utc_offset).ok_or("`utc_offset` is not of the form +01:00")?;
        if let Some(both) = written
            .leavers
            .iter()
            .find(|leaver| written.affiliations.contains_key(*leaver))
        {
            return Err(format!(
                "`{both}` stands in `affiliations` and in `leavers`; it can be one of them"
            ));
        }
        Ok(Self {
            affiliations: written.affiliations,
            leavers: written.leavers,
            utc_offset,
        })
    }
}

/// Their JSON Schema: shown to people, and checked by the host.
#[must_use]
pub fn schema() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string", "minLength": 1 } });
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "utc_offset": {
                "description": "How much clocks here are ahead of UTC: a contract ends at midnight here.",
                "type": "string",
                "pattern": "^(Z|[+-][0-9]{2}:[0-9]{2})$",
                "default": "Z",
            },
            "leavers": {
                "description": "Affiliations that give no account. Who has no other is out of scope.",
                "$ref": "#/$defs/texts",
            },
            "affiliations": {
                "description": "What each affiliation gives.",
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                        "groups": {
                            "description": "Ids of groups of the source.",
                            "$ref": "#/$defs/texts",
                        },
                        "entitlements": { "$ref": "#/$defs/texts" },
                        "until_contract_end": {
                            "description": "It ends with the day in `contract_end`.",
                            "type": "boolean",
                        },
                    },
                },
            },
        },
        "$defs": { "texts": texts },
    })
}
