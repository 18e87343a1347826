//! Builds the components: those that ship, and the hostile one of the tests.

use anyhow::Result;

use crate::{setup, shell, workspace::Workspace};

/// Packages that become components.
pub const PACKAGES: [&str; 2] = ["attribute-map", "hostile"];

/// Builds all components into `target/guests`.
///
/// A target folder of their own: the host's build script builds the shipped
/// component in there while cargo holds the lock of the other one.
pub fn run(workspace: &Workspace) -> Result<()> {
    setup::wasm_target(workspace)?;
    let mut cargo = shell::cargo(workspace);
    cargo
        .args([
            "build",
            "--profile",
            "guest",
            "--target",
            setup::WASM,
            "--target-dir",
        ])
        .arg(workspace.path("target/guests"));
    for package in PACKAGES {
        cargo.args(["--package", package]);
    }
    shell::run(&mut cargo)
}
