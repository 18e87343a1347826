//! The plugin's own tests, and how it is written.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use purser_tests::{files, wordpress::Front};

use super::served::served;

/// What is published, and what is ours only.
fn sources(folder: &str) -> Result<Vec<PathBuf>> {
    let mut folders = vec![files::root()?.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "php") {
                found.push(path);
            }
        }
    }
    ensure!(!found.is_empty(), "no PHP in {folder}");
    Ok(found)
}

fn quiet(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && said.trim().is_empty(), "{said}");
    Ok(())
}

#[test]
fn it_is_written_as_wordpress_is() -> Result<()> {
    let root = files::root()?;
    let mut phpcs = Command::new("phpcs");
    phpcs
        .arg(format!(
            "--standard={}",
            root.join("php/phpcs.xml").display()
        ))
        .args(["-q", "-s"])
        .arg(root.join("php/wordpress"));
    quiet(&mut phpcs)
}

#[test]
fn php_8_1_can_read_it() -> Result<()> {
    let packages = files::target()?.join("php-tools");
    files::program(packages.join("package-lock.installed"))?;
    let mut node = Command::new("node");
    node.arg(files::root()?.join("php/tools/floor.mjs"))
        .arg(&packages)
        .args(sources("php/wordpress/purser")?);
    quiet(&mut node)?;
    // What is newer is found.
    let folder = tempfile::tempdir()?;
    for (name, newer) in [
        ("class", "readonly class A {}"),
        ("type", "function f(): true { return true; }"),
        ("types", "function f( (A&B)|null $x ) {}"),
        ("constant", "class A { const int X = 1; }"),
        ("function", "json_validate( '{}' );"),
        ("hook", "class A { public int $x { get => 1; } }"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("<?php\n{newer}\n"))?;
        let mut node = Command::new("node");
        node.arg(files::root()?.join("php/tools/floor.mjs"))
            .arg(&packages)
            .arg(&file);
        let output = node.output()?;
        assert_eq!(output.status.code(), Some(1), "{newer}");
    }
    Ok(())
}

#[test]
fn its_own_tests_pass() -> Result<()> {
    let site = served(Front::Php(1))?;
    let tests = files::root()?.join("php/wordpress/tests");
    let output = Command::new("php")
        .args(["-d", "memory_limit=256M", "-d", "display_errors=stderr"])
        .arg(tests.join("run.php"))
        .arg(site.folder.path().join("site"))
        .args([
            "--colors=never",
            "--do-not-cache-result",
            "--fail-on-warning",
            "--fail-on-risky",
        ])
        .arg(&tests)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success() && said.contains("OK (31 tests"),
        "{said}\n{complaints}"
    );
    site.no_complaints()
}
