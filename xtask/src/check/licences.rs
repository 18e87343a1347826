//! The licences of all dependencies, against the allow-list in `deny.toml`.

use std::fs;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, Package};

use super::{Findings, spdx};
use crate::workspace::Workspace;

/// Licence texts that must lie in the root.
const TEXTS: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Checks every package of the tree, and that our own licence texts are there.
pub fn check(workspace: &Workspace, metadata: &Metadata, findings: &mut Findings) -> Result<()> {
    let allowed = allowed(workspace)?;
    for package in &metadata.packages {
        if !allows(package, &allowed) {
            findings.error(format!(
                "`{} {}` has the licence {}, which deny.toml does not allow",
                package.name,
                package.version,
                package.license.as_deref().unwrap_or("(none given)")
            ));
        }
        if package
            .source
            .as_ref()
            .is_some_and(|source| !source.is_crates_io())
        {
            findings.error(format!("`{}` does not come from crates.io", package.name));
        }
    }
    for text in TEXTS {
        if !workspace.path(text).is_file() {
            findings.error(format!("the licence text {text} is missing in the root"));
        }
    }
    Ok(())
}

fn allows(package: &Package, allowed: &[String]) -> bool {
    package
        .license
        .as_deref()
        .is_some_and(|licence| spdx::satisfied(licence, allowed))
}

/// `licenses.allow` in `deny.toml`.
fn allowed(workspace: &Workspace) -> Result<Vec<String>> {
    let text = fs::read_to_string(workspace.path("deny.toml")).context("cannot read deny.toml")?;
    let document: toml::Table = text.parse().context("deny.toml is not TOML")?;
    let list = document
        .get("licenses")
        .and_then(|licenses| licenses.get("allow"))
        .and_then(toml::Value::as_array)
        .context("deny.toml has no list `allow` under [licenses]")?;
    Ok(list
        .iter()
        .filter_map(toml::Value::as_str)
        .map(str::to_owned)
        .collect())
}
