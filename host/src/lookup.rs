//! Lookup tables, read: from the configuration itself, or from the CSV files
//! that it names.
//!
//! A table is all or nothing. One bad row makes it unusable, and with it every
//! mapping that may read it: with half a table people would lose what the other
//! half gives them. So each error names the file, the line and what to do, and
//! never a key or a value, which may be a person's.

use std::{
    fs::File,
    io::{self, BufReader, Read as _},
};

use purser_plugin::{Table, TableError};

use crate::{
    config::{LookupConfig, LookupContent, LookupFile},
    source::file::{Cells, Records},
};

/// Larger files are not read: tables are kept in memory.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the lookup table `{table}` cannot be used: {file}")]
pub struct LookupError {
    table: String,
    file: String,
    #[source]
    cause: Fault,
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("it cannot be read; check `file` under `[lookup.…]` and who may read the file")]
    Read(#[source] io::Error),
    #[error("it is not a file; name a CSV file in `file` under `[lookup.…]`")]
    NoFile,
    #[error(
        "it has more than {} MiB, which is more than a lookup table may have; leave out what no mapping needs",
        MAX_FILE_BYTES >> 20
    )]
    TooLarge,
    #[error("it is empty; its first line names the columns")]
    Empty,
    #[error("line {line}: {why}")]
    Row { line: u64, why: String },
    #[error("line {line}: {why}; {remedy}")]
    Entry {
        line: u64,
        why: TableError,
        remedy: &'static str,
    },
}

/// Reads a table.
///
/// # Errors
/// Its file cannot be read, or a row of it cannot be used; see [`LookupError`].
pub fn load(config: &LookupConfig) -> Result<Table, LookupError> {
    match &config.content {
        LookupContent::Entries(table) => Ok(table.clone()),
        LookupContent::File(file) => read(file).map_err(|cause| LookupError {
            table: config.name.clone(),
            file: file.path.display().to_string(),
            cause,
        }),
    }
}

fn read(config: &LookupFile) -> Result<Table, Fault> {
    // Looked at before it is opened: to open a pipe is to wait for its other end.
    let found = std::fs::metadata(&config.path).map_err(Fault::Read)?;
    if !found.is_file() {
        return Err(Fault::NoFile);
    }
    if found.len() > MAX_FILE_BYTES {
        return Err(Fault::TooLarge);
    }
    let file = File::open(&config.path).map_err(Fault::Read)?;
    // It may have grown meanwhile.
    let bounded = BufReader::new(file.take(MAX_FILE_BYTES + 1));
    let mut records = Records::new(bounded, config.separator);
    let columns = match records.next().map_err(Fault::Read)? {
        None => return Err(Fault::Empty),
        Some(record) => {
            let line = record.line;
            let columns = record.cells.and_then(|cells| Columns::find(cells, config));
            columns.map_err(|why| Fault::Row { line, why })?
        }
    };
    let mut table = Table::default();
    while let Some(record) = records.next().map_err(Fault::Read)? {
        let line = record.line;
        let row = record.cells.and_then(|cells| columns.row(cells, config));
        let (key, values) = row.map_err(|why| Fault::Row { line, why })?;
        table.insert(key, values).map_err(|why| Fault::Entry {
            line,
            why,
            remedy: remedy(why),
        })?;
    }
    if records.get_ref().get_ref().limit() == 0 {
        return Err(Fault::TooLarge);
    }
    Ok(table)
}

fn remedy(why: TableError) -> &'static str {
    match why {
        TableError::Duplicate => {
            "leave one of the two rows, or put both values into one cell and set `values_separator`"
        }
        TableError::NoKey | TableError::NoValue => "fill the cell, or take the row out",
        TableError::KeyTooLong | TableError::ValueTooLong => "shorten the cell",
    }
}

/// Where the two columns are.
struct Columns {
    count: usize,
    key: usize,
    value: usize,
}

impl Columns {
    fn find(header: Cells<'_>, config: &LookupFile) -> Result<Self, String> {
        let place = |name: &str| {
            let is = |cell: &[u8]| std::str::from_utf8(cell).is_ok_and(|cell| cell.trim() == name);
            let mut places = header
                .iter()
                .enumerate()
                .filter_map(|(place, cell)| is(cell).then_some(place));
            match (places.next(), places.next()) {
                (Some(place), None) => Ok(place),
                (Some(_), Some(_)) => Err(format!("two columns are called `{name}`")),
                (None, _) => Err(format!(
                    "no column is called `{name}`; correct `key` or `value` under `[lookup.…]`, or its `separator`"
                )),
            }
        };
        Ok(Self {
            count: header.len(),
            key: place(&config.key)?,
            value: place(&config.value)?,
        })
    }

    fn row(&self, cells: Cells<'_>, config: &LookupFile) -> Result<(String, Vec<String>), String> {
        if cells.len() != self.count {
            return Err(format!(
                "the row has {} cells, the header names {}; put quotation marks around a cell that holds a separator",
                cells.len(),
                self.count
            ));
        }
        let text = |place: usize| {
            std::str::from_utf8(cells.get(place).unwrap_or_default())
                .map_err(|_| "the row is not UTF-8; save the file as UTF-8".to_owned())
        };
        let (key, value) = (text(self.key)?.to_owned(), text(self.value)?);
        let values = match config.values_separator {
            Some(separator) => value
                .split(separator)
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect(),
            None => vec![value.to_owned()],
        };
        Ok((key, values))
    }
}
