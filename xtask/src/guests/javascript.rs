//! Components in JavaScript: `jco componentize` with QuickJS, without WASI.
//!
//! jco puts the interpreter and the modules, already loaded, into one file. No two
//! builds of the same source give the same bytes: QuickJS draws a seed when it
//! loads. So a component is built anew only when something that it is made of has
//! changed, and else keeps its digest, and with it what a store knows of it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{setup, shell, workspace::Workspace};

/// The packages that build them: jco, pinned.
const PACKAGES: &str = "examples/university-js";
/// Where those are installed, below the target folder.
const INSTALLED: &str = "jco";
/// The contract.
const WIT: &str = "wit/0.1";
/// No event loop, and traps in place of WASI: a plugin has no system to talk to.
const OPTIONS: [&str; 4] = [
    "--backend",
    "quickjs",
    "--backend-qjs-stub-wasi",
    "--backend-qjs-disable-async",
];

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
    let inputs = inputs(workspace, modules, name, world)?;
    let stamp = to.with_extension("inputs");
    if to.is_file() && fs::read_to_string(&stamp).is_ok_and(|built| built == inputs) {
        return Ok(());
    }
    let packages = setup::node_packages(workspace, PACKAGES, INSTALLED)?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    // Whoever reads it meanwhile reads the one before, or the whole new one.
    let unfinished = to.with_extension("unfinished");
    let mut jco = Command::new(packages.join("node_modules/.bin/jco"));
    // In the modules' folder, because jco looks there for a relative entry, and so that
    // a fault names its place from there.
    jco.current_dir(modules)
        .arg("componentize")
        .arg(name)
        .arg("--wit")
        .arg(workspace.path(WIT))
        .args(["--world-name", world])
        .args(OPTIONS)
        .arg("--out")
        .arg(&unfinished);
    shell::run(&mut jco)?;
    fs::rename(&unfinished, to).with_context(|| format!("cannot write {}", to.display()))?;
    fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}

/// A digest of all that a component is made of.
fn inputs(workspace: &Workspace, modules: &Path, entry: &OsStr, world: &str) -> Result<String> {
    let mut files = Vec::new();
    files_below(modules, &mut files)?;
    files_below(&workspace.path(WIT), &mut files)?;
    files.push(workspace.path(PACKAGES).join("package-lock.json"));
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        // With its length, so that no two lists of parts read the same.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    };
    for option in OPTIONS.into_iter().chain([world]) {
        add(option.as_bytes());
    }
    add(entry.as_encoded_bytes());
    for file in files {
        let name = file.strip_prefix(workspace.root()).unwrap_or(&file);
        add(name.as_os_str().as_encoded_bytes());
        add(&fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    let digest = hash.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// All files below a folder, in one order; not those of installed packages.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .with_context(cannot)?;
    paths.sort();
    for path in paths {
        if !path.is_dir() {
            files.push(path);
        } else if path.file_name() != Some(OsStr::new("node_modules")) {
            files_below(&path, files)?;
        }
    }
    Ok(())
}
