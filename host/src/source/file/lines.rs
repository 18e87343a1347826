//! Where a line ends. Memory stays flat, whatever the file holds.

use std::io::{self, BufRead};

/// Longer lines are not read: no account is that large, and somebody may have joined the lines.
pub(super) const MAX_LINE_BYTES: usize = 1 << 20;

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a line feed, as it should.
    Feed,
    /// With the file.
    File,
}

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'b> {
    /// 1-based.
    pub number: u64,
    /// Its bytes; nothing if there are more than [`MAX_LINE_BYTES`].
    pub bytes: Option<&'b [u8]>,
    pub end: End,
}

/// Lines of a reader.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// The number of the line that was read last.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The next line; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let mut too_long = false;
        let mut any = false;
        let end = loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                break End::File;
            }
            any = true;
            let feed = chunk.iter().position(|byte| *byte == b'\n');
            let (content, used) = match feed {
                Some(at) => (chunk.get(..at).unwrap_or_default(), at + 1),
                None => (chunk, chunk.len()),
            };
            // One byte more for the carriage return that is not part of the line.
            if self.buffer.len() + content.len() > MAX_LINE_BYTES + 1 {
                too_long = true;
                self.buffer.clear();
            } else if !too_long {
                self.buffer.extend_from_slice(content);
            }
            self.reader.consume(used);
            if feed.is_some() {
                break End::Feed;
            }
        };
        if !any {
            return Ok(None);
        }
        self.number += 1;
        let bytes = self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer);
        let bytes = match self.number {
            // A byte order mark is no part of the first line.
            1 => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            _ => bytes,
        };
        Ok(Some(Line {
            number: self.number,
            bytes: Some(bytes).filter(|bytes| !too_long && bytes.len() <= MAX_LINE_BYTES),
            end,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(text: &[u8], chunk: usize) -> Vec<(u64, Option<Vec<u8>>, End)> {
        let mut lines = Lines::new(BufReader::with_capacity(chunk, text));
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.bytes.map(<[u8]>::to_vec), line.end));
        }
        all
    }

    #[test]
    fn lines_end_with_a_feed_or_with_the_file_wherever_the_chunks_end() {
        for chunk in 1..12 {
            assert_eq!(read(b"", chunk), []);
            assert_eq!(
                read(b"\xef\xbb\xbfa\r\n\n\xef\xbb\xbfb", chunk),
                [
                    (1, Some(b"a".to_vec()), End::Feed),
                    (2, Some(b"".to_vec()), End::Feed),
                    (3, Some(b"\xef\xbb\xbfb".to_vec()), End::File),
                ]
            );
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over_and_the_next_is_read() {
        for (length, fits) in [
            (MAX_LINE_BYTES, true),
            (MAX_LINE_BYTES + 1, false),
            (3 * MAX_LINE_BYTES, false),
        ] {
            for line_end in ["\n", "\r\n"] {
                let mut text = vec![b'x'; length];
                text.extend_from_slice(line_end.as_bytes());
                text.extend_from_slice(b"next\n");
                let lines = read(&text, 8192);
                assert_eq!(lines[0].1.is_some(), fits, "{length}");
                assert_eq!(lines[1], (2, Some(b"next".to_vec()), End::Feed));
            }
        }
    }
}
