//! `cargo xtask sites`: a real WordPress with Purser's plugin and a host beside it, to be
//! tried in a browser. The tests use the same parts.

use std::process::Command;

use anyhow::Result;

use crate::{guests, setup, shell, workspace::Workspace};

/// Installs what is missing, builds, and keeps both up until Ctrl-C.
pub fn run(workspace: &Workspace) -> Result<()> {
    setup::wasm_target(workspace)?;
    setup::wordpress()?;
    guests::run(workspace)?;
    // The features of the whole workspace: what is built here, the tests use too.
    shell::run(shell::cargo(workspace).args(["build", "--workspace", "--bins"]))?;
    shell::run(&mut Command::new(workspace.target("debug/sites")))
}
