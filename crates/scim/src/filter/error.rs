//! Why a filter cannot be used. All of it is `invalidFilter` on the wire (RFC 7644 §3.12).

use crate::path::AttrPath;

/// A filter cannot be read, or does not fit the schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The text is not a filter. `at` is a byte offset into the text.
    #[error("not a filter: expected {expected} at byte {at}")]
    Syntax {
        /// Where reading stopped, in bytes from the start.
        at: usize,
        /// What would have been right there.
        expected: String,
    },
    /// The text may be a filter, but a larger one than is accepted.
    #[error("the filter exceeds {budget} ({limit})")]
    TooLarge {
        /// Which limit.
        budget: Budget,
        /// Its value.
        limit: usize,
    },
    /// The attribute's type does not allow this comparison (RFC 7644 §3.4.2.2).
    #[error("\"{op}\" cannot be used on {path}: {reason}")]
    Unsupported {
        /// The attribute.
        path: AttrPath,
        /// The operator as written in a filter.
        op: &'static str,
        /// Why not, as a fragment.
        reason: &'static str,
    },
}

/// What a filter may use up while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Brackets within brackets.
    Depth,
    /// Attribute expressions.
    Terms,
    /// Length of the text in bytes.
    Bytes,
}

impl std::fmt::Display for Budget {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Depth => "the allowed depth of brackets",
            Self::Terms => "the allowed number of terms",
            Self::Bytes => "the allowed length in bytes",
        })
    }
}
