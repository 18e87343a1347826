//! Components in Python: `componentize-py` with CPython, with stubs in place of WASI.
//!
//! componentize-py puts the interpreter and the modules, already loaded, into one
//! file, and takes its time for it. Therefore [`made`](super::made).

use std::{path::Path, process::Command};

use anyhow::Result;

use super::{
    WIT,
    made::{self, Ingredients},
};
use crate::{shell, workspace::Workspace};

/// An application and what builds it.
pub struct Application<'a> {
    /// The folder of the module `app`, below the root.
    pub folder: &'a str,
    /// What names componentize-py, pinned, below the root.
    pub requirements: &'a str,
    /// Where that is installed ([`crate::setup::python_packages`]).
    pub programs: &'a Path,
}

/// Builds the component against a world of the contract into the file `to`, unless
/// it is there and made of the same: the modules, the contract, the packages.
///
/// # Errors
/// componentize-py refuses the source.
pub fn component(
    workspace: &Workspace,
    application: &Application<'_>,
    world: &str,
    to: &Path,
) -> Result<()> {
    let folder = workspace.path(application.folder);
    let of = Ingredients {
        words: vec![world.as_ref()],
        folders: vec![folder.clone(), workspace.path(WIT)],
        files: vec![workspace.path(application.requirements)],
    };
    made::component(workspace.root(), &of, to, |unfinished| {
        let mut build = Command::new(application.programs.join("componentize-py"));
        build
            .current_dir(&folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg("--wit-path")
            .arg(workspace.path(WIT))
            .args(["--world", world])
            .args(["componentize", "--stub-wasi", "app", "--output"])
            .arg(unfinished);
        shell::run(&mut build)
    })
}
