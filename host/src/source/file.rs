//! A source of files: JSON lines or CSV, one file a kind, one object an entry.
//!
//! A file proves little about who is *not* in it: an export that was cut off
//! looks like one of a smaller site. So the enumeration gathers evidence
//! against itself (did the file change, was every entry readable, is it as long
//! as it said), and a proof of completeness must come from elsewhere: a number
//! of rows, a manifest, a done-file.
//!
//! What can be read is read leniently: a byte order mark, blank lines and
//! Windows line ends are fine, and one bad entry never spoils the others.
//!
//! | file | question |
//! |---|---|
//! | `lines.rs`, `records.rs` | where does a line end, where a CSV row? |
//! | `json.rs`, `csv.rs` | which attributes does it hold? |
//! | `entry.rs`, `words.rs` | whose entry is it, and is it sound? |
//! | `rows.rs` | what comes next, whatever the format? |
//! | `stamp.rs`, `tally.rs` | is it still the same file, and which bytes were read? |
//! | `proof.rs` | does what the export's maker says hold? |
//! | `enumeration.rs` | what was seen, all in all? |
//!
//! To add a format: one file like `csv.rs`, one arm in [`Format`] and in `rows.rs`.

mod csv;
mod entry;
mod enumeration;
mod json;
mod lines;
mod proof;
mod records;
mod rows;
mod stamp;
mod tally;
mod words;

use std::path::PathBuf;

use async_trait::async_trait;
use purser_engine::ids::Kind;

use self::enumeration::FileEnumeration;
pub(crate) use self::records::{Cells, Records};
pub use self::{
    csv::{CsvFormat, EmptyCells},
    words::{ACTIVE, INACTIVE, Words},
};
use super::{Enumeration, KindInfo, Source, SourceError};

/// What a file source needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// In the order of provisioning.
    pub kinds: Vec<FileKind>,
}

/// One kind and its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKind {
    /// Its name, and what its objects become.
    pub info: KindInfo,
    /// The file.
    pub path: PathBuf,
    /// How it is written.
    pub format: Format,
    /// The attribute that identifies an object within its kind: a string or an integer.
    pub id: String,
    /// The attribute that says whether an object is active; without it all are.
    pub active: Option<String>,
    /// What that attribute says.
    pub words: Words,
    /// The attribute that lists an object's roles; without it nobody has any.
    pub roles: Option<String>,
    /// How many objects the file must hold: a proof of completeness.
    pub expected_rows: Option<u64>,
    /// A JSON file with rows and digest of this one: a proof of completeness.
    pub manifest: Option<PathBuf>,
    /// A file that is written once this one is whole: a proof of completeness.
    pub done_file: Option<PathBuf>,
}

/// How a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// A header, then one row an object.
    Csv(CsvFormat),
}

/// Files as a source.
#[derive(Clone, Debug)]
pub struct FileSource {
    settings: FileSettings,
    kinds: Vec<KindInfo>,
}

impl FileSource {
    /// Opens nothing yet.
    pub fn new(settings: FileSettings) -> Self {
        let kinds = settings
            .kinds
            .iter()
            .map(|kind| kind.info.clone())
            .collect();
        Self { settings, kinds }
    }
}

#[async_trait]
impl Source for FileSource {
    fn kinds(&self) -> &[KindInfo] {
        &self.kinds
    }

    async fn enumerate(&self, kind: &Kind) -> Result<Box<dyn Enumeration>, SourceError> {
        let settings = self
            .settings
            .kinds
            .iter()
            .find(|settings| settings.info.kind == *kind)
            .ok_or_else(|| SourceError::UnknownKind(kind.clone()))?;
        let enumeration = FileEnumeration::open(settings.clone()).await?;
        Ok(Box::new(enumeration))
    }
}
