//! Entries one by one, whatever the format.

use std::io::{self, BufRead};

use purser_engine::imprint::{Imprint, Known};

use super::{
    FileKind, Format,
    csv::Header,
    entry::Entry,
    json,
    lines::{End, Lines, MAX_LINE_BYTES},
    records::Records,
};

/// The entries of a file.
pub(super) struct Rows<R> {
    format: Reader<R>,
    /// What decides, beside its bytes, how an entry is read.
    about: Imprint,
}

enum Reader<R> {
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
        // Whatever a change of these makes of it, the next run reads all of it anew.
        let about = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            kind.info, kind.format, kind.id, kind.active, kind.words, kind.roles
        );
        let format = match &kind.format {
            Format::JsonLines => {
                let format = Reader::Json(Lines::new(reader));
                return Ok(Self {
                    format,
                    about: Imprint::of([about.as_bytes()]),
                });
            }
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
        Ok(Self {
            about: Imprint::of([format!("{about} {header:?}").as_bytes()]),
            format: Reader::Csv(Box::new(records), header),
        })
    }

    /// The next entry; none at the end.
    pub(super) fn next(&mut self, kind: &FileKind, known: &Known) -> io::Result<Option<Item>> {
        let about = self.about.as_bytes();
        Ok(match &mut self.format {
            Reader::Json(lines) => lines.next()?.map(|line| Item {
                line: line.number,
                end: line.end,
                entry: match line.bytes {
                    Some(bytes) => {
                        let imprint = Imprint::of([about, bytes]);
                        seen(known, imprint, line.number, line.end)
                            .unwrap_or_else(|| json::read(bytes, line.number, kind))
                            .known_by(imprint)
                    }
                    None => Entry::Unreadable(format!("longer than {MAX_LINE_BYTES} bytes")),
                },
            }),
            Reader::Csv(records, header) => records.next()?.map(|record| Item {
                line: record.line,
                end: record.end,
                entry: match record.cells {
                    Ok(cells) => {
                        let imprint = Imprint::of([about].into_iter().chain(cells.iter()));
                        seen(known, imprint, record.line, record.end)
                            .unwrap_or_else(|| header.entry(cells, record.line, record.end, kind))
                            .known_by(imprint)
                    }
                    Err(why) => Entry::Unreadable(why),
                },
            }),
        })
    }

    /// The line that was reached.
    pub(super) fn line(&self) -> u64 {
        match &self.format {
            Reader::Json(lines) => lines.number(),
            Reader::Csv(records, _) => records.line(),
        }
    }

    pub(super) fn get_ref(&self) -> &R {
        match &self.format {
            Reader::Json(lines) => lines.get_ref(),
            Reader::Csv(records, _) => records.get_ref(),
        }
    }
}

/// An entry that is what is known of its line need not be read, but for one that
/// ends with the file: it may be cut off.
fn seen(known: &Known, imprint: Imprint, line: u64, end: End) -> Option<Entry> {
    (end == End::Feed && known.is_same(line, imprint)).then_some(Entry::Same)
}
