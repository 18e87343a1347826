//! Entries one by one, whatever the format.

use std::io::{self, BufRead};

use super::{
    FileKind, Format,
    csv::Header,
    entry::Entry,
    json,
    lines::{End, Lines, MAX_LINE_BYTES},
    records::Records,
};

/// The entries of a file.
pub(super) enum Rows<R> {
    Json(Lines<R>),
    Csv(Box<Records<R>>, Header),
}

/// One entry, and where it stands.
pub(super) struct Item {
    /// The line on which it begins, 1-based.
    pub line: u64,
    pub end: End,
    pub entry: Entry,
}

/// Why the rows of a file cannot be told.
pub(super) enum Unusable {
    Io(io::Error),
    /// The line of the header, and what is wrong with it.
    Header(u64, String),
}

impl<R: BufRead> Rows<R> {
    /// Reads as far as the first entry.
    pub(super) fn begin(reader: R, kind: &FileKind) -> Result<Self, Unusable> {
        let format = match &kind.format {
            Format::JsonLines => return Ok(Self::Json(Lines::new(reader))),
            Format::Csv(format) => format,
        };
        let mut records = Records::new(reader, format.separator);
        let record = match records.next() {
            Ok(Some(record)) => record,
            Ok(None) => return Err(Unusable::Header(1, "the header is missing".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(Unusable::Header(1, error.to_string()));
            }
            Err(error) => return Err(Unusable::Io(error)),
        };
        let line = record.line;
        let header = record
            .cells
            .and_then(|cells| Header::read(cells, kind, format))
            .map_err(|why| Unusable::Header(line, why))?;
        Ok(Self::Csv(Box::new(records), header))
    }

    /// The next entry; none at the end.
    pub(super) fn next(&mut self, kind: &FileKind) -> io::Result<Option<Item>> {
        Ok(match self {
            Self::Json(lines) => lines.next()?.map(|line| Item {
                line: line.number,
                end: line.end,
                entry: match line.bytes {
                    Some(bytes) => json::read(bytes, line.number, kind),
                    None => Entry::Unreadable(format!("longer than {MAX_LINE_BYTES} bytes")),
                },
            }),
            Self::Csv(records, header) => records.next()?.map(|record| Item {
                line: record.line,
                end: record.end,
                entry: match record.cells {
                    Ok(cells) => header.entry(cells, record.line, record.end, kind),
                    Err(why) => Entry::Unreadable(why),
                },
            }),
        })
    }

    /// The line that was reached.
    pub(super) fn line(&self) -> u64 {
        match self {
            Self::Json(lines) => lines.number(),
            Self::Csv(records, _) => records.line(),
        }
    }

    pub(super) fn get_ref(&self) -> &R {
        match self {
            Self::Json(lines) => lines.get_ref(),
            Self::Csv(records, _) => records.get_ref(),
        }
    }
}
