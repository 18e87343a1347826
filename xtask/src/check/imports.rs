//! Who may import whom, over `cargo metadata`.
//!
//! ```text
//!  scim ◄── engine ◄───────── host ──► store, axum, reqwest
//!    ▲                         │
//!    └────── plugin ◄──────────┘          guest-mappers ──► the SDK only, never a host crate
//! ```
//!
//! Only normal and build dependencies count: a test may use what it needs.

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::Findings;

/// For each of our packages: which of our packages it may depend on.
const OURS: [(&str, &[&str]); 13] = [
    ("purser-scim", &[]),
    ("purser-engine", &["purser-scim"]),
    ("purser-plugin", &["purser-scim"]),
    (
        "purser-host",
        &["purser-scim", "purser-engine", "purser-plugin"],
    ),
    ("purser-guest", &[]),
    ("attribute-map", &["purser-guest"]),
    ("hostile", &["purser-guest"]),
    ("guest-corpus", &["purser-guest"]),
    ("university", &["purser-guest"]),
    ("bench-guest", &["purser-guest"]),
    // It calls components, and the same mappings natively; the product it runs as a program.
    (
        "purser-bench",
        &[
            "purser-scim",
            "purser-plugin",
            "purser-guest",
            "attribute-map",
            "bench-guest",
        ],
    ),
    // Black-box: the built binary is run, not linked.
    ("purser-tests", &["purser-host"]),
    ("xtask", &[]),
];

/// Libraries that are walled in, by the start of their names, and who may depend on them directly.
const WALLED: [(&str, &[&str]); 8] = [
    ("wasmtime", &["purser-plugin"]),
    ("wit-component", &["purser-plugin"]),
    ("rusqlite", &["purser-host"]),
    ("sqlx", &["purser-host"]),
    ("reqwest", &["purser-host", "purser-tests"]),
    ("axum", &["purser-host", "purser-tests", "purser-bench"]),
    (
        "tokio",
        &[
            "purser-host",
            "purser-plugin",
            "purser-tests",
            "purser-bench",
        ],
    ),
    ("wit-bindgen", &["purser-guest", "attribute-map", "hostile"]),
];

/// Checks every package of the workspace.
pub fn check(metadata: &Metadata, findings: &mut Findings) {
    for package in metadata.workspace_packages() {
        let depends_on = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.as_str());
        judge(&package.name, depends_on, &is_ours(metadata), findings);
        foreign_origin(package, findings);
    }
}

/// Whether a name is that of a package in this workspace.
fn is_ours(metadata: &Metadata) -> impl Fn(&str) -> bool {
    let names: Vec<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    move |name| names.iter().any(|ours| ours == name)
}

fn judge<'a>(
    package: &str,
    depends_on: impl Iterator<Item = &'a str>,
    is_ours: &dyn Fn(&str) -> bool,
    findings: &mut Findings,
) {
    let Some((_, may)) = OURS.iter().find(|(name, _)| *name == package) else {
        findings.error(format!(
            "package `{package}` has no line in xtask/src/check/imports.rs; \
             say there which rooms it may use"
        ));
        return;
    };
    for dependency in depends_on {
        if is_ours(dependency) && !may.contains(&dependency) {
            findings.error(format!(
                "`{package}` must not depend on `{dependency}`; the picture in ARCHITECTURE.md shows who may"
            ));
        }
        for (walled, by) in WALLED {
            if dependency.starts_with(walled) && !by.contains(&package) {
                findings.error(format!(
                    "`{package}` must not depend on `{dependency}`; only {} may",
                    by.join(", ")
                ));
            }
        }
    }
}

/// A published dependency comes from crates.io, ours by path; nothing by git.
fn foreign_origin(package: &Package, findings: &mut Findings) {
    for dependency in &package.dependencies {
        let crates_io = dependency
            .source
            .as_ref()
            .is_some_and(|source| source.is_crates_io());
        if !crates_io && dependency.path.is_none() {
            findings.error(format!(
                "`{}` takes `{}` from elsewhere than crates.io",
                package.name, dependency.name
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(package: &str, depends_on: &[&str]) -> Vec<String> {
        let mut findings = Findings::default();
        let is_ours = |name: &str| OURS.iter().any(|(ours, _)| *ours == name);
        judge(package, depends_on.iter().copied(), &is_ours, &mut findings);
        findings.errors
    }

    #[test]
    fn the_engine_knows_scim_and_nothing_of_the_host() {
        assert!(errors("purser-engine", &["purser-scim", "serde"]).is_empty());
        assert_eq!(errors("purser-engine", &["purser-host"]).len(), 1);
        assert_eq!(errors("purser-engine", &["tokio"]).len(), 1);
    }

    #[test]
    fn only_plugin_names_wasmtime() {
        assert!(errors("purser-plugin", &["wasmtime"]).is_empty());
        assert_eq!(errors("purser-host", &["wasmtime-wasi"]).len(), 1);
    }

    #[test]
    fn a_new_package_has_to_be_placed() {
        assert_eq!(errors("stranger", &[]).len(), 1);
    }
}
