//! Builds the components: those that ship, and those of the examples and the tests.

use anyhow::Result;

use crate::{setup, shell, workspace::Workspace};

/// Packages that become components, and the corpus, whose examples do.
pub const PACKAGES: [&str; 4] = ["attribute-map", "university", "hostile", "guest-corpus"];

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
            "--lib",
            "--examples",
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
