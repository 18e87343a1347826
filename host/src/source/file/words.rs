//! The words by which a source says whether an object is active.

use purser_scim::fold;
use serde_json::Value;

/// Taken for active unless configured otherwise.
pub const ACTIVE: [&str; 3] = ["true", "1", "yes"];
/// Taken for inactive unless configured otherwise.
pub const INACTIVE: [&str; 3] = ["false", "0", "no"];

/// Two lists of words, compared without regard to case. What is in neither is
/// no answer: nobody is taken for a leaver by guessing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    active: Vec<String>,
    inactive: Vec<String>,
}

impl Words {
    /// The two lists.
    pub fn new<S: AsRef<str>>(active: &[S], inactive: &[S]) -> Self {
        let folded = |words: &[S]| words.iter().map(|word| folded(word.as_ref())).collect();
        Self {
            active: folded(active),
            inactive: folded(inactive),
        }
    }

    /// A word that stands in both lists.
    pub fn contradiction(&self) -> Option<&str> {
        let both = |word: &&String| self.inactive.contains(word);
        self.active.iter().find(both).map(String::as_str)
    }

    /// Whether a value says active, inactive, or neither.
    pub(super) fn truth(&self, value: &Value) -> Option<bool> {
        let word = match value {
            Value::Bool(truth) => return Some(*truth),
            Value::Number(number) => number.to_string(),
            Value::String(text) => folded(text),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        if self.active.contains(&word) {
            Some(true)
        } else {
            self.inactive.contains(&word).then_some(false)
        }
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::new(&ACTIVE, &INACTIVE)
    }
}

fn folded(word: &str) -> String {
    fold::fold(word.trim())
}
