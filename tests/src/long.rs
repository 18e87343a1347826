//! Short in `cargo xtask test`, long in `cargo xtask soak`.
//!
//! A story that gains by repetition or by size asks here how much of it there is
//! to be, and leaves a note of what it has seen. The soak sets the environment and
//! reads the notes (`xtask/src/soak.rs`); without it, everything is short and
//! nobody takes notes.
//!
//! # Making a story long
//!
//! Ask [`number`] where its size is chosen, name the variable in the soak's part
//! that runs it, and [`note`] what is worth a line in docs/soak.md.

use std::{env, fs::OpenOptions, io::Write as _};

use anyhow::{Context, Result};
use serde_json::Value;

/// How much: `PURSER_SOAK_{name}`, else `short`.
///
/// # Errors
/// The variable holds no number.
pub fn number(name: &str, short: u64) -> Result<u64> {
    let name = format!("PURSER_SOAK_{name}");
    match env::var(&name) {
        Ok(text) => text.parse().with_context(|| format!("{name} is no number")),
        Err(_) => Ok(short),
    }
}

/// Whether this is the soak.
pub fn is_soak() -> bool {
    env::var_os(NOTES).is_some()
}

/// Takes down one line for the soak's page.
///
/// # Errors
/// The file cannot be written.
pub fn note(what: &Value) -> Result<()> {
    let Some(path) = env::var_os(NOTES) else {
        return Ok(());
    };
    let mut notes = OpenOptions::new().create(true).append(true).open(path)?;
    // One write: stories run side by side.
    Ok(notes.write_all(format!("{what}\n").as_bytes())?)
}

/// The file of the notes.
const NOTES: &str = "PURSER_SOAK_NOTES";
