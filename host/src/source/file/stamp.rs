//! Whether a file is still the one that was opened.

use std::{fs::Metadata, time::SystemTime};

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Bytes.
    pub size: u64,
    modified: Option<SystemTime>,
    /// Device and inode: another file of that name has others.
    identity: Option<(u64, u64)>,
}

impl Stamp {
    /// Whether it was written last at the same time as `other`, or later. Where
    /// the system keeps no times, nobody can say so.
    pub(super) fn is_not_before(&self, other: &Self) -> bool {
        match (self.modified, other.modified) {
            (Some(own), Some(other)) => own >= other,
            _ => false,
        }
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity: identity(metadata),
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}
