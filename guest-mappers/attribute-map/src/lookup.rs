//! `lookup`: each value is replaced by what a table of the configuration has for
//! it. A key with several values gives several; what comes out twice stands once.
//!
//! A value that the table does not have is a problem of its object, unless the
//! rule says `missing = "drop"` or has a `default`: a table that lacks a row must
//! not take a department or a membership away from everybody in it unasked.

use purser_guest::{Context, LookupError, Problem, ProblemKind, json::Value};
use serde::Deserialize;

use crate::input::{self, Found};

/// The `lookup` of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    /// The table's name.
    pub(crate) table: String,
    pub(crate) missing: Missing,
}

/// What becomes of a value that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Missing {
    /// The object is set aside.
    Problem,
    /// The value is left out.
    Drop,
}

impl Lookup {
    /// Looks each value up. `path` is what the rule is about.
    pub(crate) fn apply(
        &self,
        context: &Context,
        path: &str,
        found: Found,
    ) -> Result<Found, Problem> {
        let keys = match found {
            Found::One(value) => vec![value],
            Found::Many(values) => values,
            nothing => return Ok(nothing),
        };
        let mut values: Vec<Value> = Vec::with_capacity(keys.len());
        for key in &keys {
            let entry = get(context, &self.table, &input::text(key)).map_err(|error| {
                let message = format!("the table `{}`: {error}", self.table);
                Problem::new(ProblemKind::Internal, message).about(path)
            })?;
            if entry.is_empty() && self.missing == Missing::Problem {
                let message = format!("the table `{}` has no entry for the value", self.table);
                return Err(Problem::new(ProblemKind::MissingEntry, message).about(path));
            }
            for value in entry.into_iter().map(Value::String) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        Ok(if values.len() == 1 && keys.len() == 1 {
            values.pop().map_or(Found::Empty, Found::One)
        } else {
            Found::many(values)
        })
    }
}

/// Asks the host, where this component was built to ask. In the other one nothing
/// arrives here: its `describe` asks for the tables, which nobody granted.
fn get(context: &Context, table: &str, key: &str) -> Result<Vec<String>, LookupError> {
    if cfg!(any(feature = "lookup", not(target_arch = "wasm32"))) {
        context.lookup(table, key)
    } else {
        Err(LookupError::NotGranted)
    }
}
