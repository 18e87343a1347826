//! Packages of npm that tests and examples need, below the target folder.
//!
//! A set of packages is a folder with a `package.json` that names exact versions
//! and the `package-lock.json` that belongs to it; `npm ci` installs what the
//! lock says and nothing else, and runs no script of any package.
//!
//! To add a set: such a folder (`npm install --package-lock-only
//! --omit-lockfile-registry-resolved` makes the lock), and one call of [`packages`].

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::debian;
use crate::{shell, workspace::Workspace};

/// The oldest Node.js that all of them take.
const OLDEST: (u32, u32) = (20, 19);

/// Installs the packages that `folder` (below the root) names into `below` (below
/// the target folder), unless just these are there; answers where.
pub fn packages(workspace: &Workspace, folder: &str, below: &str) -> Result<PathBuf> {
    let (from, to) = (workspace.path(folder), workspace.target(below));
    let lock = read(&from.join("package-lock.json"))?;
    let stamp = to.join("package-lock.installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(to);
    }
    node()?;
    fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    for name in ["package.json", "package-lock.json"] {
        let text = read(&from.join(name))?;
        fs::write(to.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    let mut install = Command::new("npm");
    install
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--loglevel", "error"])
        .current_dir(&to);
    shell::run(&mut install).with_context(|| {
        format!(
            "{folder} needs packages of npm and could not download them; \
             allow npm to reach its registry, then try again"
        )
    })?;
    fs::write(&stamp, lock).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(to)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Node.js with npm.
fn node() -> Result<()> {
    if !there() {
        debian(&["nodejs", "npm"])?;
    }
    if !there() {
        bail!(
            "the tests and the components in JavaScript need Node.js {}.{} or later with npm; \
             install it (Debian 13: `apt-get install nodejs npm`) and try again",
            OLDEST.0,
            OLDEST.1,
        );
    }
    Ok(())
}

fn there() -> bool {
    let version = |program: &str| shell::quietly(Command::new(program).arg("--version"));
    // `v20.20.2`
    let node = version("node").and_then(|text| {
        let mut numbers = text.trim().trim_start_matches('v').split('.');
        let major = numbers.next()?.parse::<u32>().ok()?;
        Some((major, numbers.next()?.parse::<u32>().ok()?))
    });
    node.is_some_and(|node| node >= OLDEST) && version("npm").is_some()
}
