//! Lookup tables: what a plugin reads through `lookup`, and how it is held.
//!
//! A table is whole before the first call and does not change while a mapping
//! uses it, so its digest may stand for its content: it is part of what decides
//! a projection (see [`crate::Mapper::fingerprint`]).

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::text::hex;

/// Tables by their names, as one plugin may read them.
pub(crate) type Tables = BTreeMap<String, Arc<Table>>;

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 1 << 10;

/// The most that one lookup returns, in bytes: all values of a key together.
pub const MAX_VALUE_BYTES: usize = 4 << 10;

/// A read-only table: key → one or more values. Keys are compared exactly, byte
/// for byte: neither case nor spaces are folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table(BTreeMap<String, Vec<String>>);

/// Why an entry cannot stand in a table. None names the key, which may be a
/// person's: whoever adds it knows the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TableError {
    /// There is an entry for this key.
    #[error("the key stands here a second time")]
    Duplicate,
    /// Nothing to look up.
    #[error("the key is empty")]
    NoKey,
    /// `get` could not tell it from a key that is not there.
    #[error("the key has no value")]
    NoValue,
    /// Longer than any key needs to be.
    #[error("the key has more than {MAX_KEY_BYTES} bytes")]
    KeyTooLong,
    /// More than a plugin is handed for one key.
    #[error("the key's values have more than {MAX_VALUE_BYTES} bytes")]
    ValueTooLong,
}

impl Table {
    /// Adds an entry. Values keep their order.
    ///
    /// # Errors
    /// See [`TableError`]; the table is as before.
    pub fn insert(&mut self, key: String, values: Vec<String>) -> Result<(), TableError> {
        if key.is_empty() {
            return Err(TableError::NoKey);
        }
        if key.len() > MAX_KEY_BYTES {
            return Err(TableError::KeyTooLong);
        }
        if values.is_empty() || values.iter().any(String::is_empty) {
            return Err(TableError::NoValue);
        }
        if values.iter().map(String::len).sum::<usize>() > MAX_VALUE_BYTES {
            return Err(TableError::ValueTooLong);
        }
        match self.0.entry(key) {
            Entry::Occupied(_) => Err(TableError::Duplicate),
            Entry::Vacant(place) => {
                place.insert(values);
                Ok(())
            }
        }
    }

    /// The values for a key; none where it is not there.
    #[must_use]
    pub fn get(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// SHA-256 over all entries, in lower-case hexadecimal. The order in which
    /// they were added does not matter.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            // Lengths between the texts: no two tables run together to the same bytes.
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        };
        for (key, values) in &self.0 {
            part(key);
            values.iter().for_each(|value| part(value));
            part("");
        }
        hex(&hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: &[(&str, &[&str])]) -> Table {
        let mut table = Table::default();
        for (key, values) in entries {
            let values = values.iter().map(|&value| value.to_owned()).collect();
            table.insert((*key).to_owned(), values).unwrap();
        }
        table
    }

    #[test]
    fn keys_compare_exactly() {
        let table = table(&[("Arts", &["1"]), ("arts", &["2", "3"])]);
        assert_eq!(table.get("arts"), ["2", "3"]);
        for other in ["ARTS", " arts", "arts ", ""] {
            assert!(table.get(other).is_empty(), "{other}");
        }
    }

    #[test]
    fn the_digest_is_about_content_and_not_about_order() {
        let one = table(&[("a", &["b", "c"]), ("d", &["e"])]);
        assert_eq!(
            one.digest(),
            table(&[("d", &["e"]), ("a", &["b", "c"])]).digest()
        );
        for other in [
            table(&[("a", &["c", "b"]), ("d", &["e"])]),
            table(&[("a", &["b"]), ("c", &["d"]), ("d", &["e"])]),
            table(&[("a", &["bc"]), ("d", &["e"])]),
            table(&[("a", &["b", "c"])]),
            table(&[]),
        ] {
            assert_ne!(one.digest(), other.digest(), "{other:?}");
        }
    }

    #[test]
    fn what_cannot_be_looked_up_is_refused() {
        let long = |bytes| "x".repeat(bytes);
        for (key, values, why) in [
            ("a".to_owned(), vec![long(1)], TableError::Duplicate),
            (String::new(), vec![long(1)], TableError::NoKey),
            ("b".to_owned(), vec![], TableError::NoValue),
            (
                "b".to_owned(),
                vec![long(1), String::new()],
                TableError::NoValue,
            ),
            (
                long(MAX_KEY_BYTES + 1),
                vec![long(1)],
                TableError::KeyTooLong,
            ),
            (
                "b".to_owned(),
                vec![long(MAX_VALUE_BYTES), long(1)],
                TableError::ValueTooLong,
            ),
        ] {
            let mut table = table(&[("a", &["b"])]);
            assert_eq!(table.insert(key, values), Err(why));
            assert_eq!(
                (table.len(), table.get("a")),
                (1, ["b".to_owned()].as_slice())
            );
        }
    }
}
