//! The sample exports as CSV (RFC 4180), with a manifest beside them.
//!
//! Made from the JSON lines, so that the same results must come of it. The data
//! holds what CSV has to quote: commas, quotation marks, line ends, other scripts.

use std::{fmt::Write as _, fs};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use toml::Table;

use crate::{
    dataset::{Dataset, Version},
    purser::Purser,
};

/// The name of the manifest in the folder of the export.
pub const MANIFEST: &str = "manifest.json";

/// Kind, file, and the columns that hold several texts.
const FILES: [(&str, &str, &[&str]); 3] = [
    ("user", "users", &["roles"]),
    ("group", "groups", &["members"]),
    ("role", "roles", &[]),
];

/// Turns JSON lines into CSV: the columns in the order in which names turn up.
/// `null` and an absent name both become an empty cell.
///
/// # Errors
/// A line is no JSON object.
pub fn from_json_lines(lines: &[String]) -> Result<String> {
    let mut columns: Vec<String> = Vec::new();
    let mut objects: Vec<Map<String, Value>> = Vec::new();
    for line in lines {
        let object: Map<String, Value> = serde_json::from_str(line)?;
        for name in object.keys() {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        objects.push(object);
    }
    let mut text = row(columns.iter().map(String::clone));
    for object in &objects {
        text += &row(columns.iter().map(|name| cell(object.get(name))));
    }
    Ok(text)
}

fn row(cells: impl Iterator<Item = String>) -> String {
    let quoted = |cell: String| {
        if cell.contains(['"', ',', '\r', '\n']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    };
    cells.map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| cell(Some(item))).collect();
            items.join("|")
        }
        Some(other) => other.to_string(),
    }
}

/// Points the configuration at CSV files that a manifest proves.
///
/// # Errors
/// The example has other kinds.
pub fn configure(purser: &mut Purser) -> Result<()> {
    for (kind, file, lists) in FILES {
        let table = purser.kind(kind)?;
        table.remove("expected_rows");
        table.insert("path".to_owned(), format!("{file}.csv").into());
        table.insert("format".to_owned(), "csv".into());
        table.insert("manifest".to_owned(), MANIFEST.into());
        let lists = lists
            .iter()
            .map(|column| ((*column).to_owned(), "|".into()));
        table.insert("lists".to_owned(), Table::from_iter(lists).into());
    }
    // Every cell is a text.
    purser.set(&["mapping", "people", "scope", "user"], "uid ne \"0\"")?;
    purser.write_config()
}

/// Writes the files of an export and their manifest.
///
/// # Errors
/// The disk.
pub fn put(purser: &Purser, dataset: &Dataset, version: Version) -> Result<()> {
    let mut manifest = Map::new();
    for (_, file, _) in FILES {
        let lines = dataset.lines(file, version)?;
        let text = from_json_lines(&lines)?;
        let name = format!("{file}.csv");
        fs::write(purser.folder().join(&name), &text)?;
        let digest = sha256(&text)?;
        manifest.insert(name, json!({ "rows": lines.len(), "sha256": digest }));
    }
    let manifest = json!({ "generated_at": "2026-11-23T09:30:00Z", "files": manifest });
    fs::write(purser.folder().join(MANIFEST), manifest.to_string())
        .context("cannot write the manifest")
}

fn sha256(text: &str) -> Result<String> {
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        write!(hex, "{byte:02x}")?;
    }
    Ok(hex)
}
