//! Components in JavaScript: `jco componentize` with QuickJS, without WASI.
//!
//! jco puts the interpreter and the modules, already loaded, into one file. No two
//! builds of the same source give the same bytes: QuickJS draws a seed when it
//! loads. Therefore [`made`](super::made).

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use super::{
    WIT,
    made::{self, Ingredients},
};
use crate::{setup, shell, workspace::Workspace};

/// The packages that build them: jco, pinned.
const PACKAGES: &str = "examples/university-js";
/// Where those are installed, below the target folder.
const INSTALLED: &str = "jco";
/// No event loop, and traps in place of WASI: a plugin has no system to talk to.
const OPTIONS: [&str; 4] = [
    "--backend",
    "quickjs",
    "--backend-qjs-stub-wasi",
    "--backend-qjs-disable-async",
];

/// Where the component of that name is.
pub fn built(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target(&format!("guests/javascript/{name}.wasm"))
}

/// Builds the component whose entry module is `entry` (below the root) against a
/// world of the contract into the file `to`, unless it is there and made of the
/// same: the modules of the entry's folder, the contract, the packages.
///
/// # Errors
/// Node.js or the packages cannot be installed, or jco refuses the source.
pub fn component(workspace: &Workspace, entry: &str, world: &str, to: &Path) -> Result<()> {
    let entry = workspace.path(entry);
    let (Some(modules), Some(name)) = (entry.parent(), entry.file_name()) else {
        bail!("{} is no module", entry.display());
    };
    let words = OPTIONS.into_iter().chain([world]).map(AsRef::as_ref);
    let of = Ingredients {
        words: words.chain([name]).collect(),
        folders: vec![modules.to_owned(), workspace.path(WIT)],
        files: vec![workspace.path(PACKAGES).join("package-lock.json")],
    };
    made::component(workspace.root(), &of, to, |unfinished| {
        let packages = setup::node_packages(workspace, PACKAGES, INSTALLED)?;
        let mut jco = Command::new(packages.join("node_modules/.bin/jco"));
        // In the modules' folder, because jco looks there for a relative entry, and so
        // that a fault names its place from there.
        jco.current_dir(modules)
            .arg("componentize")
            .arg(name)
            .arg("--wit")
            .arg(workspace.path(WIT))
            .args(["--world-name", world])
            .args(OPTIONS)
            .arg("--out")
            .arg(unfinished);
        shell::run(&mut jco)
    })
}
