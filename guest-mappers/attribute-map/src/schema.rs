//! The JSON Schema of the settings: for editors and documentation. What a schema
//! says badly (which keys exclude each other, what is a path) is left to the
//! reading of the settings, whose words are better.

use purser_guest::json::{Value, json};

/// The schema, 2020-12.
#[must_use]
pub fn settings() -> Value {
    let plain = json!({ "type": ["string", "number", "boolean"] });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "transform": {
                "description": "On each text that any rule reads: strip_control, trim.",
                "type": "array",
                "items": { "type": "string" },
            },
        },
        "additionalProperties": {
            "description": "The rules for one kind of object: SCIM path → rule.",
            "type": "object",
            "additionalProperties": { "$ref": "#/$defs/rule" },
        },
        "$defs": {
            "rule": {
                "description": "Exactly one of from, template, constant and first_of.",
                "type": "object",
                "properties": {
                    "from": { "description": "The name of a source attribute.", "type": "string" },
                    "template": { "description": "Text with the names of source attributes in braces. Empty parts vanish.", "type": "string" },
                    "constant": { "description": "The same for everybody.", "$ref": "#/$defs/plain" },
                    "first_of": {
                        "description": "The first of these that has a value.",
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "properties": {
                                "from": { "type": "string" },
                                "template": { "type": "string" },
                                "constant": { "$ref": "#/$defs/plain" },
                            },
                            "additionalProperties": false,
                        },
                    },
                    "transform": {
                        "description": "Any of trim, strip_control, lower, bcp47, email_or_drop, bool, first. The order is fixed.",
                        "type": "array",
                        "items": { "type": "string" },
                    },
                    "except": {
                        "description": "Source values to leave out.",
                        "type": "array",
                        "items": { "$ref": "#/$defs/plain" },
                    },
                    "lookup": { "description": "The name of a lookup table: each value is replaced by what the table has for it. Needs the grant `lookup:<table>`.", "type": "string" },
                    "missing": {
                        "description": "What becomes of a value that the table does not have: `problem` sets the object aside, `drop` leaves the value out. By default `problem`, and `drop` where there is a `default`.",
                        "enum": ["problem", "drop"],
                    },
                    "join": { "description": "Makes one text of several values, with this between them.", "type": "string" },
                    "default": { "description": "Stands in for an empty and for an absent value.", "$ref": "#/$defs/plain" },
                    "on_create_only": { "description": "Sent only when the resource is created.", "type": "boolean" },
                },
                "additionalProperties": false,
            },
            "plain": plain,
        },
    })
}
