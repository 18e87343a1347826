//! Components in Python: `componentize-py`, without WASI. Only the benchmarks have
//! one: it brings an interpreter of 18 MB along, and takes its time to compile.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{shell, workspace::Workspace};

/// Builds the component of the module `app` in `folder` (below the root) into the
/// file `to`, with the `componentize-py` of a Python environment.
pub fn component(workspace: &Workspace, venv: &Path, folder: &str, to: &Path) -> Result<PathBuf> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut build = Command::new(venv.join("bin/componentize-py"));
    build
        .current_dir(workspace.path(folder))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg("-d")
        .arg(workspace.path("wit/0.1"))
        .args(["-w", "mapper", "componentize", "--stub-wasi", "app", "-o"])
        .arg(to);
    shell::run(&mut build)?;
    Ok(to.to_owned())
}
