//! A source of files: JSON lines, one file a kind, one object a line.
//!
//! A file proves little about who is *not* in it: an export that was cut off
//! looks like one of a smaller site. So the enumeration gathers evidence
//! against itself (did the file change, was every line readable, is it as long
//! as it said), and the only proof of completeness is a number of rows that
//! comes from elsewhere.
//!
//! What can be read is read leniently: a byte order mark, blank lines and
//! Windows line ends are fine, and one bad line never spoils the others.
//!
//! | file | question |
//! |---|---|
//! | `lines.rs` | where does a line end? |
//! | `entry.rs` | whose line is it, and is it sound? |
//! | `stamp.rs` | is it still the same file? |
//! | `enumeration.rs` | what was seen, all in all? |

mod entry;
mod enumeration;
mod lines;
mod stamp;

use std::path::PathBuf;

use async_trait::async_trait;
use purser_engine::ids::Kind;

use self::enumeration::FileEnumeration;
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
    /// The attribute that identifies an object within its kind: a string or an integer.
    pub id: String,
    /// The attribute that says whether an object is active; without it all are.
    pub active: Option<String>,
    /// The attribute that lists an object's roles; without it nobody has any.
    pub roles: Option<String>,
    /// How many objects the file must hold: the proof of completeness.
    pub expected_rows: Option<u64>,
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
