//! `[mapping.NAME.settings]`: handed to the plugin as JSON. What they mean is
//! the plugin's business; the host checks them against its schema.

use serde_json::{Map, Number, Value};
use toml::Spanned;

use crate::config::reader::Reader;

/// The settings as a JSON object, keys in the order of the file.
pub(super) fn to_json(settings: Option<Spanned<toml::Table>>, reader: &mut Reader<'_>) -> Value {
    let Some(settings) = settings else {
        return Value::Object(Map::new());
    };
    let span = settings.span();
    let mut without_json = false;
    let value = table(settings.into_inner(), &mut without_json);
    if without_json {
        reader.problem(
            span,
            "`nan` and `inf` cannot be handed to a plugin",
            "JSON knows finite numbers only",
        );
    }
    value
}

fn table(table: toml::Table, without_json: &mut bool) -> Value {
    let items = table
        .into_iter()
        .map(|(key, item)| (key, value(item, without_json)));
    Value::Object(items.collect())
}

fn value(item: toml::Value, without_json: &mut bool) -> Value {
    match item {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Number::from_f64(number).map_or_else(
            || {
                *without_json = true;
                Value::Null
            },
            Value::Number,
        ),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        // RFC 3339, as everywhere in JSON.
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => items
            .into_iter()
            .map(|item| value(item, without_json))
            .collect(),
        toml::Value::Table(items) => table(items, without_json),
    }
}
