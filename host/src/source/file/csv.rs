//! One row of a CSV file: the header gives the names, each cell is a text.
//!
//! A row with more or fewer cells than the header is set aside under the id in
//! its place. But somewhere a separator or a quotation mark is too much or
//! missing, so that cells may have moved and the id may be another's: such a
//! file proves no absence.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    FileKind,
    entry::{self, Entry},
    lines::End,
    records::Cells,
};

/// How a CSV file is written, beyond RFC 4180.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFormat {
    /// Between two cells: one ASCII character.
    pub separator: u8,
    /// Columns that hold several texts, and what stands between those.
    pub lists: BTreeMap<String, char>,
    /// What an empty cell says.
    pub empty_cells: EmptyCells,
}

impl Default for CsvFormat {
    fn default() -> Self {
        Self {
            separator: b',',
            lists: BTreeMap::new(),
            empty_cells: EmptyCells::default(),
        }
    }
}

/// What an empty cell says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmptyCells {
    /// That there is no value: it is cleared at the target. What people mean who empty a cell.
    #[default]
    Empty,
    /// Nothing, as if the column were not there: the target keeps what it has.
    Unknown,
}

/// The columns, by their place.
#[derive(Debug)]
pub(super) struct Header {
    columns: Vec<Column>,
    id: usize,
    empty_cells: EmptyCells,
}

#[derive(Debug)]
struct Column {
    /// Empty where the header has no name: such cells are passed over.
    name: String,
    list: Option<char>,
}

impl Header {
    /// Reads the first row; the error says what is wrong with it.
    pub(super) fn read(
        cells: Cells<'_>,
        kind: &FileKind,
        format: &CsvFormat,
    ) -> Result<Self, String> {
        let mut columns: Vec<Column> = Vec::with_capacity(cells.len());
        for (place, cell) in cells.iter().enumerate() {
            let name = std::str::from_utf8(cell).map_err(|error| {
                let (column, byte) = (place + 1, error.valid_up_to() + 1);
                format!(
                    "the name of column {column} is not UTF-8 at byte {byte}; save the file as UTF-8"
                )
            })?;
            let name = name.trim().to_owned();
            if !name.is_empty() && columns.iter().any(|column| column.name == name) {
                return Err(format!("two columns are called `{name}`"));
            }
            let list = format.lists.get(&name).copied();
            columns.push(Column { name, list });
        }
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let used = [kind.active.as_ref(), kind.roles.as_ref()];
        for name in used.into_iter().flatten().chain(format.lists.keys()) {
            if place(name).is_none() {
                return Err(missing(name, &columns));
            }
        }
        let Some(id) = place(&kind.id) else {
            return Err(missing(&kind.id, &columns));
        };
        Ok(Self {
            columns,
            id,
            empty_cells: format.empty_cells,
        })
    }

    /// Reads one row below it; `end` is how the row ended.
    pub(super) fn entry(
        &self,
        cells: Cells<'_>,
        position: u64,
        end: End,
        kind: &FileKind,
    ) -> Entry {
        let id = match cells.get(self.id).map(std::str::from_utf8) {
            Some(Ok(id)) if !id.trim().is_empty() => id,
            Some(Ok(_)) => return Entry::Unreadable(format!("the column `{}` is empty", kind.id)),
            Some(Err(error)) => return Entry::Unreadable(not_text(&kind.id, error)),
            None => return Entry::Unreadable(self.moved(cells)),
        };
        if cells.len() != self.columns.len() {
            let why = self.moved(cells);
            return Entry::Doubtful(entry::broken(id, position, kind, why.clone()), why);
        }
        // Cut off in its last cell, a row looks whole; here the id would be another's.
        if end == End::File && self.id + 1 == self.columns.len() {
            let why = "the id is its last cell, and no line end says that it is whole".to_owned();
            return Entry::Doubtful(entry::broken(id, position, kind, why.clone()), why);
        }
        match self.attributes(cells) {
            Ok(attributes) => entry::read(attributes, position, kind),
            Err(why) => Entry::Row(entry::broken(id, position, kind, why)),
        }
    }

    fn attributes(&self, cells: Cells<'_>) -> Result<Map<String, Value>, String> {
        let mut attributes = Map::new();
        for (column, cell) in self.columns.iter().zip(cells.iter()) {
            let left_out = cell.is_empty() && self.empty_cells == EmptyCells::Unknown;
            if column.name.is_empty() || left_out {
                continue;
            }
            let text = std::str::from_utf8(cell).map_err(|error| not_text(&column.name, error))?;
            let value = match column.list {
                Some(separator) => text
                    .split(separator)
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .collect(),
                None => Value::from(text),
            };
            attributes.insert(column.name.clone(), value);
        }
        Ok(attributes)
    }

    fn moved(&self, cells: Cells<'_>) -> String {
        let (found, named) = (cells.len(), self.columns.len());
        format!("the row has {found} cells, the header names {named}")
    }
}

fn missing(name: &str, columns: &[Column]) -> String {
    let names: Vec<String> = columns
        .iter()
        .filter(|column| !column.name.is_empty())
        .map(|column| format!("`{}`", column.name))
        .collect();
    format!("no column is called `{name}`, but {}", names.join(", "))
}

fn not_text(column: &str, error: std::str::Utf8Error) -> String {
    let byte = error.valid_up_to() + 1;
    format!("the column `{column}` is not UTF-8 at byte {byte} of the cell; save the file as UTF-8")
}
