//! How an object stands to the target.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The situations that a policy answers. Names follow the plugin contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// No link, and nothing at the target matches.
    Absent,
    /// No link, and one resource at the target matches.
    Found,
    /// No link, and the one resource that matches belongs to another object.
    FoundAlreadyLinked,
    /// No link, and several resources match.
    Ambiguous,
    /// Linked, and both sides are there.
    Linked,
    /// Linked, but the target's resource is gone.
    LinkBroken,
    /// Linked, and the source's object is proven to be gone.
    SourceMissing,
    /// The object is there, but its mapping or its scope excludes it.
    OutOfScope,
    /// A create whose answer was lost and that cannot be found again.
    UnknownOutcome,
    /// A resource at the target that belongs to no object of ours.
    Orphan,
}

impl Situation {
    /// The word used in output and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Found => "found",
            Self::FoundAlreadyLinked => "found-already-linked",
            Self::Ambiguous => "ambiguous",
            Self::Linked => "linked",
            Self::LinkBroken => "link-broken",
            Self::SourceMissing => "source-missing",
            Self::OutOfScope => "out-of-scope",
            Self::UnknownOutcome => "unknown-outcome",
            Self::Orphan => "orphan",
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
