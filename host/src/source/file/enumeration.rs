//! Reads one file from start to end, and gathers evidence on the way.

use std::{
    fs::{self, File},
    io::{self, BufReader},
};

use async_trait::async_trait;
use purser_engine::{absence::Evidence, imprint::Known};
use tokio::task::spawn_blocking;

use super::{
    FileKind,
    entry::Entry,
    lines::End,
    proof::Proofs,
    rows::{Rows, Unusable},
    stamp::Stamp,
    tally::Tally,
};
use crate::source::{Enumeration, Page, SourceError};

/// How many unreadable lines are named; all are counted.
const NAMED_UNREADABLE: usize = 20;

/// An enumeration of one file.
pub(super) struct FileEnumeration {
    // Lent to a blocking thread while a page is read; a page that was given up keeps it.
    reading: Option<Reading>,
}

impl FileEnumeration {
    /// Opens the file and remembers its state.
    pub(super) async fn open(kind: FileKind) -> Result<Self, SourceError> {
        let what = kind.path.display().to_string();
        let opened = blocking(move || Reading::open(kind)).await;
        match opened.map_err(Unusable::Io).and_then(|opened| opened) {
            Ok(reading) => Ok(Self {
                reading: Some(reading),
            }),
            Err(Unusable::Io(cause)) => Err(SourceError::Read { what, cause }),
            Err(Unusable::Header(line, why)) => Err(SourceError::Header { what, line, why }),
        }
    }
}

#[async_trait]
impl Enumeration for FileEnumeration {
    async fn page(&mut self, max: usize, known: Known) -> Result<Page, SourceError> {
        let lost = |cause| SourceError::Read {
            what: "the file: an earlier page was given up".to_owned(),
            cause,
        };
        let Some(mut reading) = self.reading.take() else {
            return Err(lost(io::ErrorKind::Interrupted.into()));
        };
        let (reading, page) = blocking(move || {
            let page = reading.page(max, &known);
            (reading, page)
        })
        .await
        .map_err(lost)?;
        let what = reading.kind.path.display().to_string();
        self.reading = Some(reading);
        page.map_err(|cause| SourceError::Read { what, cause })
    }

    async fn evidence(&mut self) -> Evidence {
        match &self.reading {
            Some(reading) => reading.evidence.clone(),
            None => Evidence {
                stopped: Some("a page was given up".to_owned()),
                ..Evidence::default()
            },
        }
    }
}

/// Disks block; the runtime's own threads must not.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)
}

struct Reading {
    kind: FileKind,
    rows: Rows<BufReader<Tally<File>>>,
    opened: Stamp,
    proofs: Proofs,
    evidence: Evidence,
}

impl Reading {
    fn open(kind: FileKind) -> Result<Self, Unusable> {
        // Before the file: a proof that comes later is about a later file.
        let proofs = Proofs::read(&kind);
        let (file, opened) = Self::open_file(&kind).map_err(Unusable::Io)?;
        let tally = Tally::new(file, proofs.want_digest());
        let rows = Rows::begin(BufReader::new(tally), &kind)?;
        let evidence = Evidence {
            expected: kind.expected_rows,
            ..Evidence::default()
        };
        Ok(Self {
            kind,
            rows,
            opened,
            proofs,
            evidence,
        })
    }

    fn open_file(kind: &FileKind) -> io::Result<(File, Stamp)> {
        // Opening a pipe would wait for a writer.
        if !fs::metadata(&kind.path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
        }
        let file = File::open(&kind.path)?;
        let opened = Stamp::from(&file.metadata()?);
        Ok((file, opened))
    }

    fn page(&mut self, max: usize, known: &Known) -> io::Result<Page> {
        let mut page = Page::default();
        while page.len() < max && !self.evidence.reached_end {
            let item = match self.rows.next(&self.kind, known) {
                Ok(Some(item)) => item,
                Ok(None) => break,
                Err(error) => {
                    let why = format!("the file cannot be read after line {}", self.rows.line());
                    self.evidence.stopped = Some(why);
                    return Err(error);
                }
            };
            page.last = item.line;
            match item.entry {
                Entry::Blank => {}
                Entry::Same => {
                    self.evidence.counted += 1;
                    page.same.push(item.line);
                }
                Entry::Row(row) => {
                    self.evidence.counted += 1;
                    page.rows.push(*row);
                }
                Entry::Unreadable(why) => self.unreadable(item.line, item.end, why),
                Entry::Doubtful(row, why) => {
                    self.evidence.counted += 1;
                    page.rows.push(*row);
                    self.unreadable(item.line, item.end, why);
                }
            }
        }
        if page.is_empty() && max > 0 && !self.evidence.reached_end {
            self.finish();
        }
        Ok(page)
    }

    fn unreadable(&mut self, number: u64, end: End, why: String) {
        if end == End::File {
            // The usual trace of an export that is still being written, or was cut off.
            self.evidence.stopped = Some(format!("the last line, {number}, is cut off ({why})"));
        }
        self.evidence.unreadable_count += 1;
        if self.evidence.unreadable.len() < NAMED_UNREADABLE {
            self.evidence.unreadable.push((number, why));
        }
    }

    fn finish(&mut self) {
        let tally = self.rows.get_ref().get_ref();
        let handle = tally.inner().metadata();
        // By name, too: exports are often replaced by renaming another file.
        let name = fs::metadata(&self.kind.path);
        let same =
            |now: io::Result<fs::Metadata>| now.is_ok_and(|now| Stamp::from(&now) == self.opened);
        let unchanged = same(handle) && same(name) && tally.bytes() == self.opened.size;
        self.evidence.unchanged = unchanged;
        self.evidence.attested = self.proofs.judge(
            &self.opened,
            self.evidence.counted,
            tally.digest().as_deref(),
        );
        self.evidence.reached_end = true;
    }
}
