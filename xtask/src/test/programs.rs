//! The test programs of the workspace, built together.

use std::{
    io::BufReader,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Message, MetadataCommand};

use crate::{shell, workspace::Workspace};

/// One program with tests in it.
pub struct Program {
    /// Its package.
    pub package: String,
    /// The library, binary or file in `tests/` that it was made of.
    pub name: String,
    executable: PathBuf,
    folder: PathBuf,
    version: String,
}

impl Program {
    /// Ready to run, in the surroundings that `cargo test` would give it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .env("CARGO_PKG_NAME", &self.package)
            .env("CARGO_PKG_VERSION", &self.version);
        command
    }
}

/// Builds the tests of all packages, and the binaries that tests run.
pub fn build(workspace: &Workspace) -> Result<Vec<Program>> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace.path("Cargo.toml"))
        .no_deps()
        .exec()?;
    let mut cargo = shell::cargo(workspace);
    cargo.args([
        "test",
        "--workspace",
        "--no-run",
        "--message-format",
        "json-render-diagnostics",
    ]);
    println!("$ {}", shell::words(&cargo));
    let mut child = cargo
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut programs = Vec::new();
    for message in Message::parse_stream(BufReader::new(output)) {
        let Message::CompilerArtifact(artifact) = message.context("cannot read from cargo")? else {
            continue;
        };
        let package = metadata
            .packages
            .iter()
            .find(|package| package.id == artifact.package_id);
        let (Some(executable), Some(package), true) =
            (artifact.executable, package, artifact.profile.test)
        else {
            continue;
        };
        let folder = package
            .manifest_path
            .parent()
            .context("a package without a folder")?;
        programs.push(Program {
            package: package.name.to_string(),
            name: artifact.target.name,
            executable: executable.into(),
            folder: folder.into(),
            version: package.version.to_string(),
        });
    }
    if !child
        .wait()
        .context("cargo cannot be waited for")?
        .success()
    {
        bail!("the tests cannot be built");
    }
    // Cargo reports in the order in which builds end; people like the same order every time.
    programs.sort_by(|a, b| (&a.package, &a.name).cmp(&(&b.package, &b.name)));
    Ok(programs)
}
