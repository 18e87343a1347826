//! How a transaction is answered, and for whom it waits.

use crate::failpoint::Step;

/// Whether an answer waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// What was done survives a power cut.
    OnDisk,
    /// A power cut may take it back, in the order in which it was done: what is
    /// on the disk later is so together with all that came before it.
    InOrder,
}

impl Answered {
    /// In WAL mode `NORMAL` writes in order and leaves the flush to the next commit
    /// under `FULL`, or to the next time that the log is folded into the file.
    pub(super) fn synchronous(self) -> &'static str {
        match self {
            Self::OnDisk => "PRAGMA synchronous = FULL",
            Self::InOrder => "PRAGMA synchronous = NORMAL",
        }
    }
}

/// Whether what is asked waits for others to share its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// It may: nobody sends a request before others have had their turn as well.
    Waits,
    /// Not by itself; but it may join who waits.
    Joins,
    /// Somebody has nothing else to do: whoever waits is committed with it.
    None,
}

impl Patience {
    pub(super) fn of(step: Step) -> Self {
        match step {
            Step::Settle => Self::Waits,
            Step::Claim => Self::Joins,
            _ => Self::None,
        }
    }
}
