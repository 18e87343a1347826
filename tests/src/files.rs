//! Where things are, found from where this test program lies.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// The root of the workspace.
///
/// # Errors
/// This package lies in no folder.
pub fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .map(Path::to_owned)
        .context("the tests lie in no folder")
}

/// Cargo's target folder: test programs lie in `target/debug/deps`, others in `target/debug`.
///
/// # Errors
/// This program does not lie in such a folder.
pub fn target() -> Result<PathBuf> {
    let program = env::current_exe().context("this program does not know where it is")?;
    let mut folders = program.ancestors();
    folders
        .find(|folder| folder.ends_with("debug"))
        .and_then(Path::parent)
        .map(Path::to_owned)
        .context("not in target/debug")
}

/// A program that has to be there before the tests start.
///
/// # Errors
/// It is not; the message says who makes it.
pub fn program(path: PathBuf) -> Result<PathBuf> {
    if !path.is_file() {
        bail!("{} is missing; `cargo xtask test` makes it", path.display());
    }
    Ok(path)
}

/// The binary.
///
/// # Errors
/// It is not built.
pub fn purser() -> Result<PathBuf> {
    program(target()?.join("debug/purser"))
}
