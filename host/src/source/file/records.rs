//! Where a row of a CSV file ends (RFC 4180), and what its cells are.
//!
//! Cells are parsed by `csv-core`. Two things it leaves to its caller: a bound
//! (a quotation mark that is never closed would make one cell of all that
//! follows), and to notice that such a mark is still open where the file ends.

use std::io::{self, BufRead};

use super::lines::{End, MAX_LINE_BYTES};

/// More cells than any header has names.
const MAX_CELLS: usize = 1 << 14;

/// What a buffer begins with; it grows with what the file holds.
const FIRST_BYTES: usize = 1 << 12;
const FIRST_CELLS: usize = 64;

/// Rows of a reader.
pub(crate) struct Records<R> {
    reader: R,
    parser: csv_core::Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Line feeds passed until now, those inside of cells as well.
    feeds: u64,
    begun: bool,
}

/// One row. Empty lines are none.
#[derive(Debug)]
pub(crate) struct Record<'b> {
    /// The line on which it begins, 1-based: a cell may hold line ends.
    pub line: u64,
    pub end: End,
    /// Its cells, or what is wrong with it as a whole.
    pub cells: Result<Cells<'b>, String>,
}

/// The cells of a row, without quotation marks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells<'b> {
    bytes: &'b [u8],
    ends: &'b [usize],
}

impl<'b> Cells<'b> {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, place: usize) -> Option<&'b [u8]> {
        let end = *self.ends.get(place)?;
        let start = match place.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..end)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'b [u8]> {
        (0..self.len()).filter_map(move |place| self.get(place))
    }
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(reader: R, separator: u8) -> Self {
        Self {
            reader,
            parser: csv_core::ReaderBuilder::new().delimiter(separator).build(),
            bytes: vec![0; FIRST_BYTES],
            ends: vec![0; FIRST_CELLS],
            feeds: 0,
            begun: false,
        }
    }

    /// The line that was reached.
    pub(super) fn line(&self) -> u64 {
        self.feeds + 1
    }

    pub(crate) fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The next row; none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        if !self.begun {
            self.begun = true;
            self.begin()?;
        }
        if !self.skip_line_ends()? {
            return Ok(None);
        }
        let line = self.line();
        let (mut length, mut count, mut too_long) = (0, 0, false);
        let fault = |end, why: String| {
            Ok(Some(Record {
                line,
                end,
                cells: Err(why),
            }))
        };
        let end = loop {
            let chunk = fill(&mut self.reader)?;
            let over = chunk.is_empty();
            // After the last byte one line end more: outside of quotation marks
            // it ends the row, inside it is one more character of the cell.
            let input = if over { b"\n".as_slice() } else { chunk };
            let (result, taken, written, ended) = self.parser.read_record(
                input,
                self.bytes.get_mut(length..).unwrap_or_default(),
                self.ends.get_mut(count..).unwrap_or_default(),
            );
            length += written;
            count += ended;
            if !over {
                self.feeds += feeds(input.get(..taken).unwrap_or_default());
                self.reader.consume(taken);
            }
            match result {
                csv_core::ReadRecordResult::Record => {
                    break if over { End::File } else { End::Feed };
                }
                csv_core::ReadRecordResult::InputEmpty if over => {
                    return fault(End::File, "a quotation mark is never closed".to_owned());
                }
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::OutputFull if self.bytes.len() < MAX_LINE_BYTES => {
                    self.bytes.resize(self.bytes.len() * 2, 0);
                }
                csv_core::ReadRecordResult::OutputEndsFull if self.ends.len() < MAX_CELLS => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                csv_core::ReadRecordResult::OutputFull
                | csv_core::ReadRecordResult::OutputEndsFull => {
                    // To its end, so that the next row begins where it should.
                    (length, count, too_long) = (0, 0, true);
                }
                // Only said when there is no input.
                csv_core::ReadRecordResult::End => break End::File,
            }
        };
        if too_long {
            let why = format!("longer than {MAX_LINE_BYTES} bytes or {MAX_CELLS} cells");
            return fault(end, why);
        }
        Ok(Some(Record {
            line,
            end,
            cells: Ok(Cells {
                bytes: self.bytes.get(..length).unwrap_or_default(),
                ends: self.ends.get(..count).unwrap_or_default(),
            }),
        }))
    }

    /// Passes over a byte order mark; refuses those of another encoding.
    fn begin(&mut self) -> io::Result<()> {
        // A buffer gets more than three bytes of a file that has them.
        let chunk = fill(&mut self.reader)?;
        if chunk.starts_with(b"\xff\xfe") || chunk.starts_with(b"\xfe\xff") {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "UTF-16 from byte 1 on; save the file as UTF-8",
            ));
        }
        if chunk.starts_with(b"\xef\xbb\xbf") {
            self.reader.consume(3);
        }
        Ok(())
    }

    /// Passes over empty lines; false at the end.
    fn skip_line_ends(&mut self) -> io::Result<bool> {
        loop {
            let chunk = fill(&mut self.reader)?;
            let ends = chunk
                .iter()
                .take_while(|byte| matches!(**byte, b'\r' | b'\n'))
                .count();
            let over = chunk.is_empty();
            let more = chunk.len() > ends;
            self.feeds += feeds(chunk.get(..ends).unwrap_or_default());
            self.reader.consume(ends);
            if over || more {
                return Ok(!over);
            }
        }
    }
}

/// What the buffer holds; filled again where that is nothing.
fn fill<R: BufRead>(reader: &mut R) -> io::Result<&[u8]> {
    while let Err(error) = reader.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    reader.fill_buf()
}

fn feeds(bytes: &[u8]) -> u64 {
    let count = bytes.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// Line, cells joined by `·` or the fault, and whether the file ended there.
    fn read(text: &[u8], chunk: usize) -> Vec<(u64, String, bool)> {
        let mut records = Records::new(BufReader::with_capacity(chunk, text), b',');
        let mut all = Vec::new();
        while let Some(record) = records.next().unwrap() {
            let text = match record.cells {
                Ok(cells) => cells
                    .iter()
                    .map(|cell| String::from_utf8_lossy(cell).into_owned())
                    .collect::<Vec<_>>()
                    .join("·"),
                Err(why) => format!("! {why}"),
            };
            all.push((record.line, text, record.end == End::File));
        }
        all
    }

    #[test]
    fn rows_know_their_line_wherever_the_chunks_end() {
        let text = "\u{feff}a,b\r\n\r\n1,\"x\r\ny, \"\"z\"\"\"\n\n\n2,\n3,\"\"\r\n,ü";
        let expected = [
            (1, "a·b", false),
            (3, "1·x\r\ny, \"z\"", false),
            (7, "2·", false),
            (8, "3·", false),
            (9, "·ü", true),
        ];
        for chunk in 4..40 {
            let found = read(text.as_bytes(), chunk);
            let found: Vec<(u64, &str, bool)> = found
                .iter()
                .map(|(line, text, end)| (*line, text.as_str(), *end))
                .collect();
            assert_eq!(found, expected, "{chunk}");
        }
        assert_eq!(read(b"", 8), []);
        assert_eq!(read(b"\n\r\n\n", 8), []);
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_noticed() {
        for tail in ["", "\n", "x", "\nx\n3,y\n", "\"\"", "\"\"\n"] {
            let text = format!("a,b\n1,x\n2,\"open{tail}");
            for chunk in [4, 7, 4096] {
                let found = read(text.as_bytes(), chunk);
                assert_eq!(found.len(), 3, "{tail:?}");
                let last = (3, "! a quotation mark is never closed".to_owned(), true);
                assert_eq!(found[2], last, "{tail:?}");
            }
        }
        // Closed by the last byte of the file.
        assert_eq!(read(b"1,\"a\"", 8), [(1, "1·a".to_owned(), true)]);
    }

    #[test]
    fn a_row_beyond_the_limit_is_passed_over_and_the_next_is_read() {
        for (long, fault) in [
            ("x".repeat(MAX_LINE_BYTES - 10), false),
            ("x".repeat(3 * MAX_LINE_BYTES), true),
            (",".repeat(3 * MAX_CELLS), true),
        ] {
            let found = read(format!("{long},1\nnext,2\n").as_bytes(), 8192);
            assert_eq!(found[0].1.starts_with("! longer than"), fault);
            assert_eq!(found[1], (2, "next·2".to_owned(), false));
        }
    }

    #[test]
    fn another_encoding_is_refused_by_name() {
        let mut records = Records::new(b"\xff\xfea\0,\0".as_slice(), b',');
        let error = records.next().unwrap_err().to_string();
        assert_eq!(error, "UTF-16 from byte 1 on; save the file as UTF-8");
    }
}
