//! `[lookup.NAME]`: read-only tables for plugins.

use std::{collections::BTreeMap, path::PathBuf};

use purser_plugin::Table;
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use toml::{Spanned, de::DeValue};

use super::{
    reader::{Name, Pairs, Reader},
    source::{between_cells, between_items},
};

/// `[lookup.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct LookupConfig {
    /// Its name.
    pub name: String,
    /// Where its entries are.
    pub content: LookupContent,
}

/// Where the entries of a table are.
#[derive(Clone, Debug, PartialEq)]
pub enum LookupContent {
    /// In the configuration itself.
    Entries(Table),
    /// In a CSV file, read whenever a mapping that may read it is loaded.
    File(LookupFile),
}

/// A table in a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupFile {
    /// The file.
    pub path: PathBuf,
    /// The column of the keys.
    pub key: String,
    /// The column of the values.
    pub value: String,
    /// Between two cells: one ASCII character. A comma.
    pub separator: u8,
    /// Between the values of one key. Left out: a cell is one value.
    pub values_separator: Option<char>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    entries: Option<Spanned<Pairs<Spanned<Values>>>>,
    file: Option<Spanned<PathBuf>>,
    key: Option<Spanned<String>>,
    value: Option<Spanned<String>>,
    separator: Option<Spanned<String>>,
    values_separator: Option<Spanned<String>>,
}

/// Reads one section.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<LookupConfig> {
    let raw: Raw = reader.read(section, name.span.clone())?;
    let only_file = [
        ("key", raw.key.as_ref().map(Spanned::span)),
        ("value", raw.value.as_ref().map(Spanned::span)),
        ("separator", raw.separator.as_ref().map(Spanned::span)),
        (
            "values_separator",
            raw.values_separator.as_ref().map(Spanned::span),
        ),
    ];
    let content = match (raw.entries, raw.file) {
        (Some(entries), None) => {
            for (key, span) in only_file {
                if let Some(span) = span {
                    reader.problem(
                        span,
                        format!("`{key}` is about a file, and this table has `entries`"),
                        "leave the key out, or name the `file`",
                    );
                }
            }
            LookupContent::Entries(table(entries.into_inner(), reader))
        }
        (None, Some(path)) => {
            let mut column = |given: Option<Spanned<String>>, what: &str| {
                let Some(given) = given else {
                    reader.problem(
                        name.span.clone(),
                        format!("the key `{what}` is missing"),
                        format!("add `{what} = \"…\"`: the name of a column of the file"),
                    );
                    return None;
                };
                reader.is_given(&given, "the name of a column of the file");
                Some(given.into_inner())
            };
            let key = column(raw.key, "key");
            let value = column(raw.value, "value");
            let separator = raw
                .separator
                .map_or(Some(b','), |text| between_cells(&text, reader));
            let values_separator = raw
                .values_separator
                .map(|text| between_items(&text, reader).unwrap_or_default());
            LookupContent::File(LookupFile {
                path: reader.path(&path),
                key: key?,
                value: value?,
                separator: separator?,
                values_separator,
            })
        }
        (entries, _) => {
            let span = entries.map_or_else(|| name.span.clone(), |entries| entries.span());
            reader.problem(
                span,
                "a lookup table has either `entries` or a `file`",
                "write `entries = { KEY = \"VALUE\" }`, or `file = \"FILE.csv\"` with the columns `key` and `value`",
            );
            return None;
        }
    };
    Some(LookupConfig {
        name: name.text.clone(),
        content,
    })
}

fn table(entries: Pairs<Spanned<Values>>, reader: &mut Reader<'_>) -> Table {
    let mut table = Table::default();
    for (key, values) in entries.0 {
        let span = key.span();
        if let Err(why) = table.insert(key.into_inner(), values.into_inner().0) {
            reader.problem(
                span,
                why.to_string(),
                "write `KEY = \"VALUE\"`, or `KEY = [\"VALUE\", …]`; neither may be empty",
            );
        }
    }
    table
}

/// The tables that a mapping's grants are about. Names of others are reported.
pub(super) fn granted(
    grants: &[Spanned<String>],
    lookups: &BTreeMap<&str, Option<&LookupConfig>>,
    reader: &mut Reader<'_>,
) -> Vec<LookupConfig> {
    let mut granted = Vec::new();
    for grant in grants {
        let Some(table) = purser_plugin::table_of(grant.get_ref()) else {
            continue;
        };
        match lookups.get(table) {
            Some(Some(lookup)) => granted.push((*lookup).clone()),
            // What is wrong with it was said where it stands.
            Some(None) => {}
            None => {
                let known: Vec<&str> = lookups.keys().copied().collect();
                let hint = if known.is_empty() {
                    format!("add a section `[lookup.{table}]`")
                } else {
                    super::explain::suggest(table, &known, "configured as `[lookup.…]`")
                };
                reader.problem(
                    grant.span(),
                    format!("there is no lookup table `{table}`"),
                    hint,
                );
            }
        }
    }
    granted
}

/// One text, or several.
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a text in quotes or a list of such texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Values, E> {
        Ok(Values(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Values(values))
    }
}
