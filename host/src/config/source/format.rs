//! How the file of a kind is written.

use std::{collections::BTreeMap, ops::Range};

use serde::Deserialize;
use toml::Spanned;

use crate::{
    config::reader::{Pairs, Reader},
    source::file::{CsvFormat, EmptyCells, Format},
};

/// The words of `format`.
#[derive(Clone, Copy, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawFormat {
    #[default]
    JsonLines,
    Csv,
}

/// Puts the format together; keys that are about CSV alone are refused elsewhere.
pub(super) fn check(
    format: RawFormat,
    separator: Option<Spanned<String>>,
    lists: Option<Spanned<Pairs<Spanned<String>>>>,
    empty_cells: Option<Spanned<EmptyCells>>,
    reader: &mut Reader<'_>,
) -> Format {
    if matches!(format, RawFormat::JsonLines) {
        let keys: [(&str, Option<Range<usize>>); 3] = [
            ("separator", separator.map(|key| key.span())),
            ("lists", lists.map(|key| key.span())),
            ("empty_cells", empty_cells.map(|key| key.span())),
        ];
        for (key, span) in keys {
            if let Some(span) = span {
                let message = format!("`{key}` is about CSV, and this file is JSON lines");
                reader.problem(
                    span,
                    message,
                    "add `format = \"csv\"`, or leave the key out",
                );
            }
        }
        return Format::JsonLines;
    }
    let default = CsvFormat::default();
    Format::Csv(CsvFormat {
        separator: match separator {
            Some(text) => between_cells(&text, reader).unwrap_or(default.separator),
            None => default.separator,
        },
        lists: lists.map_or_else(BTreeMap::new, |lists| {
            let lists = lists.into_inner().0.into_iter();
            lists
                .filter_map(|(column, text)| {
                    reader.is_given(&column, "the name of a column");
                    Some((column.into_inner(), between_items(&text, reader)?))
                })
                .collect()
        }),
        empty_cells: empty_cells.map_or(default.empty_cells, Spanned::into_inner),
    })
}

/// What may stand between two cells.
pub(in crate::config) fn between_cells(
    text: &Spanned<String>,
    reader: &mut Reader<'_>,
) -> Option<u8> {
    match text.get_ref().as_bytes() {
        [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Some(*byte),
        _ => {
            reader.problem(
                text.span(),
                "this cannot stand between cells",
                "write one ASCII character: \",\", \";\", \"|\" or \"\\t\"",
            );
            None
        }
    }
}

/// What may stand between the texts of one cell.
pub(in crate::config) fn between_items(
    text: &Spanned<String>,
    reader: &mut Reader<'_>,
) -> Option<char> {
    let mut characters = text.get_ref().chars();
    match (characters.next(), characters.next()) {
        (Some(separator), None) => Some(separator),
        _ => {
            reader.problem(
                text.span(),
                "this cannot stand between the texts of a cell",
                "write one character, such as \"|\"",
            );
            None
        }
    }
}
