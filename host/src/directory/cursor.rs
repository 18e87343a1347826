//! Cursors (RFC 9865): where a walk goes on.
//!
//! A cursor says behind which entry the next page begins, not how many came before.
//! So whatever is created or deleted meanwhile, nobody who stays is left out, and
//! nobody comes twice. It is no secret: whoever makes one up gets another page of
//! resources that he may read anyway. But it belongs to its query, and ends.

use jiff::Timestamp;
use purser_scim::{ScimError, ScimType};
use sha2::{Digest, Sha256};

use crate::store::EntryId;

/// Where a walk goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Which of the types that are walked, counted from 0.
    pub kind: usize,
    /// Behind this entry.
    pub after: EntryId,
    /// So many matches of a sorted walk are done; else 0.
    pub done: u64,
}

impl Cursor {
    /// As text; RFC 9865 §2.1 allows unreserved characters only.
    pub(super) fn print(&self, query: &str, until: Timestamp) -> String {
        format!(
            "{}.{}.{}.{}.{}",
            self.kind,
            self.after.0,
            self.done,
            until.as_second(),
            mark(query)
        )
    }

    /// Reads what a client brings back.
    pub(super) fn read(text: &str, query: &str, now: Timestamp) -> Result<Self, ScimError> {
        let invalid = || {
            ScimError::bad_request(
                ScimType::InvalidCursor,
                "the cursor is not one that this query was answered with",
            )
        };
        let parts: Vec<&str> = text.split('.').collect();
        let [kind, after, done, until, of] = parts.as_slice() else {
            return Err(invalid());
        };
        let cursor = Self {
            kind: kind.parse().map_err(|_| invalid())?,
            after: EntryId(after.parse().map_err(|_| invalid())?),
            done: done.parse().map_err(|_| invalid())?,
        };
        let until: i64 = until.parse().map_err(|_| invalid())?;
        if *of != mark(query) {
            return Err(invalid());
        }
        if until <= now.as_second() {
            return Err(ScimError::bad_request(
                ScimType::ExpiredCursor,
                "the cursor has expired: begin again without one",
            ));
        }
        Ok(cursor)
    }
}

/// A few letters that another query hardly has.
fn mark(query: &str) -> String {
    let digest = Sha256::digest(query.as_bytes());
    digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went_and_only_to_its_query() {
        let cursor = Cursor {
            kind: 1,
            after: EntryId(70),
            done: 3,
        };
        let now = Timestamp::from_second(1_000).unwrap();
        let text = cursor.print("a query", Timestamp::from_second(1_060).unwrap());
        assert!(
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)),
            "{text}"
        );
        assert_eq!(Cursor::read(&text, "a query", now), Ok(cursor));
        let word = |result: Result<Cursor, ScimError>| {
            result.unwrap_err().scim_type.unwrap().word().to_owned()
        };
        assert_eq!(word(Cursor::read(&text, "another", now)), "invalidCursor");
        let late = Timestamp::from_second(1_060).unwrap();
        assert_eq!(word(Cursor::read(&text, "a query", late)), "expiredCursor");
        for wrong in ["", "1.2", "a.b.c.d.e", "1.2.3.4.5", "-1.0.0.9999999999.00"] {
            assert_eq!(
                word(Cursor::read(wrong, "a query", now)),
                "invalidCursor",
                "{wrong}"
            );
        }
    }
}
