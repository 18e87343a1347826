//! Checks that the compiler does not make: the walls between the rooms, where
//! dependencies come from, their licences, and a few rules of style.
//!
//! # Adding a rule
//!
//! 1. A function that looks and pushes one sentence a finding into [`Findings`]:
//!    what is wrong, where, and what to do instead.
//! 2. A call in [`run`], and a test over an invented example.

use anyhow::{Result, bail};
use cargo_metadata::{CargoOpt, MetadataCommand};

use crate::workspace::Workspace;

mod files;
mod imports;
mod licences;
mod sources;
mod spdx;

/// What the rules found.
#[derive(Default)]
pub struct Findings {
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Findings {
    /// Something that must change.
    pub fn error(&mut self, sentence: impl Into<String>) {
        self.errors.push(sentence.into());
    }

    /// Something to think about.
    pub fn warning(&mut self, sentence: impl Into<String>) {
        self.warnings.push(sentence.into());
    }
}

/// Runs every rule; fails if one found an error.
pub fn run(workspace: &Workspace) -> Result<()> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace.path("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()?;
    let mut findings = Findings::default();
    imports::check(&metadata, &mut findings);
    sources::check(workspace, &metadata, &mut findings)?;
    licences::check(workspace, &metadata, &mut findings)?;
    files::check(workspace, &mut findings)?;

    for warning in &findings.warnings {
        println!("warning: {warning}");
    }
    for error in &findings.errors {
        println!("error: {error}");
    }
    if !findings.errors.is_empty() {
        bail!(
            "the checks found {} things to put right",
            findings.errors.len()
        );
    }
    println!(
        "The walls stand, and {} packages have allowed sources and licences.",
        metadata.packages.len()
    );
    Ok(())
}
