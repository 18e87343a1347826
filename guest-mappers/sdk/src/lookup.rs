//! Read-only tables from the host's configuration: `context.lookup("faculties", "07")`.
//!
//! A plugin asks for each table that its settings use
//! ([`Description::looks_up`](crate::Description::looks_up)), and the configuration
//! of the mapping allows it: `grants = ["lookup:faculties"]`. Who calls this and
//! asks for nothing builds a component that does not link. In a test on the build
//! machine the tables are those of [`Context::with_table`].

use std::fmt;

use crate::{Context, Problem, ProblemKind};

/// Why a table gives no answer. Never "there is no such key".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupError {
    /// There is no such table, or the plugin did not ask for it or was not granted it.
    NotGranted,
    /// Too many lookups in this call: the host takes it for failed.
    Quota,
}

impl fmt::Display for LookupError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotGranted => "a lookup table is not there or not granted",
            Self::Quota => "too many lookups in one call",
        })
    }
}

impl std::error::Error for LookupError {}

impl From<LookupError> for Problem {
    fn from(error: LookupError) -> Self {
        Self::new(ProblemKind::Internal, error.to_string())
    }
}

impl Context {
    /// The values that a table has for a key; none where it has no such key. Keys
    /// are compared exactly: neither case nor spaces are folded.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub fn lookup(&self, table: &str, key: &str) -> Result<Vec<String>, LookupError> {
        #[cfg(target_arch = "wasm32")]
        return crate::wasm::lookup(table, key);
        #[cfg(not(target_arch = "wasm32"))]
        match self.tables.get(table) {
            Some(table) => Ok(table.get(key).cloned().unwrap_or_default()),
            None => Err(LookupError::NotGranted),
        }
    }

    /// Adds a granted table, for tests. A key that stands there twice has two values.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn with_table<'e>(
        mut self,
        table: &str,
        entries: impl IntoIterator<Item = (&'e str, &'e str)>,
    ) -> Self {
        let table = self.tables.entry(table.to_owned()).or_default();
        for (key, value) in entries {
            let values = table.entry(key.to_owned()).or_default();
            values.push(value.to_owned());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_not_there_is_no_empty_table() {
        let context = Context::default().with_table("t", [("a", "1"), ("a", "2")]);
        assert_eq!(
            context.lookup("t", "a"),
            Ok(vec!["1".to_owned(), "2".to_owned()])
        );
        assert_eq!(context.lookup("t", "A"), Ok(Vec::new()));
        assert_eq!(context.lookup("u", "a"), Err(LookupError::NotGranted));
    }
}
