//! Where objects come from.
//!
//! # Adding a kind of source
//!
//! 1. One file in `source/` that implements [`Source`] and [`Enumeration`].
//! 2. One arm in [`crate::config`]'s source enum, with its documented settings.
//! 3. An example under `examples/`, and the source contract tests over it.
//!
//! A source never says that an object is gone. It hands over [`Evidence`] of
//! what it read; the engine draws the conclusion.

use async_trait::async_trait;
use purser_engine::{
    absence::{Evidence, Tombstone},
    ids::{Kind, ObjectKey, ResourceType},
    imprint::{Imprint, Known},
    object::SourceObject,
};

pub mod directory;
pub mod file;
pub mod wordpress;

/// One kind of object that a source offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// Its name: `user`, `role`, `group` …
    pub kind: Kind,
    /// The SCIM resource type that its objects become.
    pub resource_type: ResourceType,
}

/// One entry of an enumeration whose id could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose entry it is.
    pub key: ObjectKey,
    /// The SCIM resource type of its kind; broken content does not change that.
    pub resource_type: ResourceType,
    /// Where it stands in the source, 1-based (the line number of a file). Gives the order of objects.
    pub position: u64,
    /// The object, or what is wrong with its content: one sentence without personal data.
    pub content: Result<SourceObject, String>,
    /// The imprint of the entry as it came; none: it is to be read anew the next time as well.
    pub imprint: Option<Imprint>,
}

/// A part of an enumeration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Entries that are not what was known of their place.
    pub rows: Vec<Row>,
    /// Places of those that are.
    pub same: Vec<u64>,
    /// The last place that was read.
    pub last: u64,
}

impl Page {
    /// Entries on it.
    pub fn len(&self) -> usize {
        self.rows.len() + self.same.len()
    }

    /// Whether there is none: the end.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why a source could not be read at all. Nothing is concluded from it.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file or server cannot be read.
    #[error("cannot read {what}")]
    Read {
        /// The file's path, or the address.
        what: String,
        /// The reason.
        #[source]
        cause: std::io::Error,
    },
    /// The header of a file does not fit the configuration: nothing below it can be told.
    #[error("cannot read {what}, line {line}: {why}")]
    Header {
        /// The file's path.
        what: String,
        /// The line of the header, 1-based.
        line: u64,
        /// A fragment.
        why: String,
    },
    /// The kind is not among those configured.
    #[error("the source has no kind `{0}`")]
    UnknownKind(Kind),
}

/// A configured instance of a source connector.
#[async_trait]
pub trait Source: Send + Sync {
    /// The kinds in the order in which they are to be provisioned.
    fn kinds(&self) -> &[KindInfo];

    /// Starts to enumerate one kind.
    ///
    /// # Errors
    /// The source cannot be read.
    async fn enumerate(&self, kind: &Kind) -> Result<Box<dyn Enumeration>, SourceError>;

    /// Looks at one object by itself, of which somebody who may say so has said that it
    /// has changed. A source that cannot says nothing.
    ///
    /// # Errors
    /// The source cannot be read.
    async fn look(&self, _key: &ObjectKey) -> Result<Looked, SourceError> {
        Ok(Looked::Unknown)
    }
}

/// How one object stands.
#[derive(Clone, Debug)]
pub enum Looked {
    /// It is there.
    There(Box<Row>),
    /// It was deleted, and the source confirms it.
    Gone(Tombstone),
    /// The source cannot tell.
    Unknown,
}

/// An enumeration that is under way. Dropping it early leaves incomplete evidence.
#[async_trait]
pub trait Enumeration: Send {
    /// The next entries, at most `max`; empty at the end. Those that are `known`
    /// need not be read. Entries whose id cannot be read are left out and stand in
    /// the evidence.
    ///
    /// # Errors
    /// Reading failed; what came before stays good, the evidence is incomplete.
    async fn page(&mut self, max: usize, known: Known) -> Result<Page, SourceError>;

    /// What was seen until now; only after an empty page can it be whole.
    async fn evidence(&mut self) -> Evidence;
}
