//! Walls inside a package, by text: which folder may name what.
//!
//! A word count, not a parser: code lines only (comments are free to explain),
//! and a name in a string would be found too. That errs on the strict side.

use std::fs;

use anyhow::{Context, Result};
use cargo_metadata::Metadata;

use super::{Findings, files};
use crate::workspace::Workspace;

/// A word and the places that may say it.
struct Wall {
    /// Any of these.
    words: &'static [&'static str],
    /// Starts of paths from the root, `/` between the parts.
    places: &'static [&'static str],
    /// Completes "only … ".
    who: &'static str,
}

const WALLS: [Wall; 6] = [
    Wall {
        words: &["rusqlite::", "use rusqlite", "sqlx::"],
        places: &["host/src/store"],
        who: "host/src/store speaks SQL",
    },
    Wall {
        words: &["reqwest::", "use reqwest"],
        places: &["host/src/target"],
        who: "host/src/target sends requests",
    },
    Wall {
        words: &["axum::", "use axum"],
        places: &["host/src/server"],
        who: "host/src/server answers requests",
    },
    Wall {
        words: &[
            "println!(",
            "print!(",
            "eprintln!(",
            "eprint!(",
            "io::stdout(",
            "io::stderr(",
        ],
        places: &["host/src/cli", "host/src/main.rs", "xtask/"],
        who: "host/src/cli and xtask print",
    },
    Wall {
        words: &["Timestamp::now(", "SystemTime::now(", "Zoned::now("],
        places: &["host/src/clock.rs"],
        who: "host/src/clock.rs asks the time",
    },
    Wall {
        words: &["wasmtime::", "use wasmtime"],
        places: &["crates/plugin"],
        who: "crates/plugin names wasmtime",
    },
];

/// The pure crates: time is an argument, and nothing waits.
const PURE: [&str; 2] = ["crates/scim/src", "crates/engine/src"];
const IMPURE: [&str; 7] = [
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "Instant::now(",
    "async fn",
    "RandomState",
];

/// Looks at every Rust file of the workspace, and for build scripts.
pub fn check(workspace: &Workspace, metadata: &Metadata, findings: &mut Findings) -> Result<()> {
    for file in files::rust_files(workspace.root())? {
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.strip_prefix(workspace.root()).unwrap_or(&file);
        let name = name.to_string_lossy().replace('\\', "/");
        if !exempt(&name) {
            judge(&name, &text, findings);
        }
    }
    for package in metadata.workspace_packages() {
        if package.edition.as_str() != "2024" {
            findings.error(format!("`{}` is not of edition 2024", package.name));
        }
    }
    Ok(())
}

/// Tests and benchmarks may look behind every wall, a build script talks to cargo by printing,
/// and this file lists the words.
fn exempt(name: &str) -> bool {
    name.contains("/tests/")
        || name.starts_with("tests/")
        || name.starts_with("bench/src/")
        || name.ends_with("/tests.rs")
        || name.ends_with("/build.rs")
        || name == "xtask/src/check/sources.rs"
}

fn judge(name: &str, text: &str, findings: &mut Findings) {
    let pure = PURE.iter().any(|place| name.starts_with(place));
    for (index, line) in text.lines().enumerate() {
        let code = line.trim_start();
        // Prints and clocks of a file's own tests are nobody's business.
        if code.starts_with("#[cfg(test)]") {
            break;
        }
        if code.starts_with("//") {
            continue;
        }
        let at = index + 1;
        for wall in &WALLS {
            let inside = wall.places.iter().any(|place| name.starts_with(place));
            if !inside && wall.words.iter().any(|word| names(code, word)) {
                findings.error(format!("{name}:{at}: only {}", wall.who));
            }
        }
        if pure && let Some(word) = IMPURE.iter().find(|word| names(code, word)) {
            findings.error(format!(
                "{name}:{at}: `{word}` in a pure crate; time and chance are arguments, \
                 and files and network belong to the host"
            ));
        }
    }
}

/// Whether `code` holds `word` and not just as the end of a longer name.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        !code
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_some_and(|before| before.is_alphanumeric() || before == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(name: &str, text: &str) -> Vec<String> {
        let mut findings = Findings::default();
        judge(name, text, &mut findings);
        findings.errors
    }

    #[test]
    fn a_name_beyond_its_wall_is_found() {
        let text = "//! rusqlite:: explained\nuse rusqlite::Connection;\n";
        assert_eq!(
            errors("host/src/sync/one.rs", text),
            ["host/src/sync/one.rs:2: only host/src/store speaks SQL"]
        );
        assert!(errors("host/src/store/sqlite.rs", text).is_empty());
    }

    #[test]
    fn printing_is_for_the_command_line() {
        assert_eq!(
            errors("crates/engine/src/plan.rs", "    println!(\"x\");").len(),
            1
        );
        assert!(errors("host/src/cli/run.rs", "    println!(\"x\");").is_empty());
        assert_eq!(errors("host/src/sync.rs", "eprintln!(\"x\");").len(), 1);
    }

    #[test]
    fn the_pure_crates_do_nothing() {
        assert_eq!(
            errors(
                "crates/scim/src/patch.rs",
                "let now = std::fs::read(\"x\");"
            )
            .len(),
            1
        );
        assert!(errors("crates/plugin/src/plugin.rs", "std::fs::read(\"x\");").is_empty());
    }

    #[test]
    fn a_longer_name_is_another_name() {
        assert!(errors("host/src/sync.rs", "my_println!(\"x\")").is_empty());
    }
}
