//! Builds the components: those that ship, and those of the examples and the tests.
//!
//! In Rust one package each in [`PACKAGES`]; in other languages one file here for
//! each language, and a list of what is built by it.

use anyhow::Result;

use crate::{setup, shell, workspace::Workspace};

pub mod javascript;
mod made;
pub mod python;

/// The contract.
const WIT: &str = "wit/0.1";

/// Packages that become components, and the corpus, whose examples do.
pub const PACKAGES: [&str; 5] = [
    "attribute-map",
    "university",
    "hostile",
    "guest-corpus",
    "bench-guest",
];

/// Entry modules in JavaScript, and the names of the components that they become.
const JAVASCRIPT: [(&str, &str); 2] = [
    ("examples/university-js/src/mapper.js", "university"),
    ("bench/guests/javascript/mapper.js", BENCH),
];

/// The components of the benchmarks, in each language.
pub const BENCH: &str = "bench";

/// Builds all components into `target/guests`.
pub fn run(workspace: &Workspace) -> Result<()> {
    rust(workspace)?;
    for (entry, name) in JAVASCRIPT {
        let to = javascript::built(workspace, name);
        javascript::component(workspace, entry, "mapper", &to)?;
    }
    Ok(())
}

/// A target folder of their own: the host's build script builds the shipped
/// component in there while cargo holds the lock of the other one.
fn rust(workspace: &Workspace) -> Result<()> {
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
