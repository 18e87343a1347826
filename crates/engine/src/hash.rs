//! Digests of values: equal values have equal digests, whatever the order of
//! an object's keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, printed and stored as lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of several texts; where one ends and the next begins counts.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::finish(fed(parts))
    }

    /// The first eight bytes of the same, as a number: for an index, where the text
    /// would be long and a collision does little harm.
    pub fn number_of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> i64 {
        let digest = fed(parts).finalize();
        digest
            .first_chunk()
            .map_or(0, |bytes| i64::from_be_bytes(*bytes))
    }

    /// The digest of a JSON value with the keys of its objects in sorted order.
    pub fn of_json(value: &Value) -> Self {
        let mut feed = Feed::default();
        feed.value(value);
        Self::finish(feed.hasher)
    }

    /// The digest of the JSON object `{key: map}`.
    pub fn of_object(key: &str, map: &Map<String, Value>) -> Self {
        let mut feed = Feed::default();
        feed.open(b'{', 1);
        feed.text(key.as_bytes());
        feed.object(map);
        Self::finish(feed.hasher)
    }

    /// The hexadecimal text, 64 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a stored digest as it is.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn finish(hasher: Sha256) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| {
            DIGITS
                .get(usize::from(nibble))
                .map_or('0', |&d| char::from(d))
        };
        let bytes = hasher.finalize();
        Self(
            bytes
                .iter()
                .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
                .collect(),
        )
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn fed<'a>(parts: impl IntoIterator<Item = &'a str>) -> Sha256 {
    let mut feed = Feed::default();
    for part in parts {
        feed.text(part.as_bytes());
    }
    feed.hasher
}

/// A hasher that is fed with JSON.
#[derive(Default)]
struct Feed {
    hasher: Sha256,
    /// The text of the scalar at hand.
    scalar: Vec<u8>,
}

impl Feed {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(map) => self.object(map),
            Value::Array(items) => {
                self.open(b'[', items.len());
                for item in items {
                    self.value(item);
                }
            }
            // The texts of the scalars differ from each other by their first
            // character (`"`, digit or minus, t, f, n), so no tag is needed.
            scalar => {
                let mut text = std::mem::take(&mut self.scalar);
                text.clear();
                // Writing a scalar to memory cannot fail.
                let _ = serde_json::to_writer(&mut text, scalar);
                self.text(&text);
                self.scalar = text;
            }
        }
    }

    fn object(&mut self, map: &Map<String, Value>) {
        let mut entries: Vec<_> = map.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        self.open(b'{', entries.len());
        for (key, value) in entries {
            self.text(key.as_bytes());
            self.value(value);
        }
    }

    fn open(&mut self, bracket: u8, items: usize) {
        self.hasher.update([bracket]);
        self.hasher.update((items as u64).to_le_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.hasher.update((text.len() as u64).to_le_bytes());
        self.hasher.update(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn digests_stay_as_they_are_stored() {
        let value = json!({"b": [1, -2.5, null, true, "ä\"\n"], "a": {}});
        assert_eq!(
            Digest::of_json(&value).as_str(),
            "9509e98a4411d7d174e1f181b0d2dd414ad409ef26311b9646975c24dcf6cb7f"
        );
    }

    #[test]
    fn an_object_with_one_key_is_hashed_as_such() {
        let inner = json!({"userName": "mia", "active": true});
        let map = inner.as_object().cloned().unwrap_or_default();
        assert_eq!(
            Digest::of_object("create", &map),
            Digest::of_json(&json!({ "create": inner }))
        );
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let digest = |v| Digest::of_json(&v);
        assert_eq!(
            digest(json!({"a": 1, "b": [1, 2]})),
            digest(json!({"b": [1, 2], "a": 1}))
        );
        assert_ne!(digest(json!({"a": 1})), digest(json!({"a": "1"})));
        assert_ne!(digest(json!([1, 2])), digest(json!([2, 1])));
        assert_ne!(digest(json!([[1], 2])), digest(json!([[1, 2]])));
        assert_ne!(Digest::of_parts(["ab", "c"]), Digest::of_parts(["a", "bc"]));
        let number = Digest::number_of_parts(["ab", "c"]);
        assert!(
            Digest::of_parts(["ab", "c"])
                .as_str()
                .starts_with(&format!("{number:016x}"))
        );
    }
}
