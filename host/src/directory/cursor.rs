//! Cursors (RFC 9865): where a walk goes on.
//!
//! A cursor says behind which entry the next page begins, not how many came before.
//! So whatever is created or deleted meanwhile, nobody who stays is left out, and
//! nobody comes twice. For the same reason it says in a sorted walk where that entry
//! stood: it may be gone, or stand elsewhere, when the next page is asked for. A cursor
//! is no secret: whoever makes one up gets another page of resources that he may read
//! anyway. But it belongs to its query, and ends.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use purser_scim::{ScimError, ScimType};
use sha2::{Digest, Sha256};

use crate::store::EntryId;

/// Where a walk goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// On which of the query's ways, counted from 0.
    pub way: usize,
    /// Behind this entry.
    pub after: EntryId,
    /// The value by which that is sorted: none if it has none, or nothing is sorted.
    pub key: Option<String>,
}

impl Cursor {
    /// As text; RFC 9865 §2.1 allows unreserved characters only.
    pub(super) fn print(&self, query: &str, until: Timestamp) -> String {
        let (way, after, until) = (self.way, self.after.0, until.as_second());
        let mut text = format!("{way}.{after}.{until}.{}", mark(query));
        if let Some(key) = &self.key {
            text.push('.');
            BASE64_URL_SAFE_NO_PAD.encode_string(key, &mut text);
        }
        text
    }

    /// Reads what a client brings back.
    pub(super) fn read(text: &str, query: &str, now: Timestamp) -> Result<Self, ScimError> {
        let parts: Vec<&str> = text.split('.').collect();
        let (way, after, until, of, key) = match parts.as_slice() {
            [way, after, until, of] => (way, after, until, of, None),
            [way, after, until, of, key] => (way, after, until, of, Some(key)),
            _ => return Err(invalid()),
        };
        let key = match key {
            Some(key) => {
                let key = BASE64_URL_SAFE_NO_PAD.decode(key).map_err(|_| invalid())?;
                Some(String::from_utf8(key).map_err(|_| invalid())?)
            }
            None => None,
        };
        let cursor = Self {
            way: way.parse().map_err(|_| invalid())?,
            after: EntryId(after.parse().map_err(|_| invalid())?),
            key,
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

/// Another query's cursor, or none at all.
pub(super) fn invalid() -> ScimError {
    ScimError::bad_request(
        ScimType::InvalidCursor,
        "the cursor is not one that this query was answered with",
    )
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
        let now = Timestamp::from_second(1_000).unwrap();
        let mut text = String::new();
        for key in [None, Some(""), Some("ölander ÿ?>~")] {
            let cursor = Cursor {
                way: 1,
                after: EntryId(70),
                key: key.map(str::to_owned),
            };
            text = cursor.print("a query", Timestamp::from_second(1_060).unwrap());
            assert!(
                text.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)),
                "{text}"
            );
            assert_eq!(Cursor::read(&text, "a query", now), Ok(cursor));
        }
        let word = |result: Result<Cursor, ScimError>| {
            result.unwrap_err().scim_type.unwrap().word().to_owned()
        };
        assert_eq!(word(Cursor::read(&text, "another", now)), "invalidCursor");
        let late = Timestamp::from_second(1_060).unwrap();
        assert_eq!(word(Cursor::read(&text, "a query", late)), "expiredCursor");
        for wrong in ["", "1.2", "a.b.c.d", "1.2.3.4.5", "-1.0.9999999999.00"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("{text}.A"), format!("{text}=")])
        {
            assert_eq!(
                word(Cursor::read(&wrong, "a query", now)),
                "invalidCursor",
                "{wrong}"
            );
        }
    }
}
