//! `cargo xtask test`: formatting, walls, clippy, every test, and one counted
//! line at the end.
//!
//! All of it is built with one profile, in one target folder, and with the
//! features of the whole workspace, so that no dependency is built twice. `cargo
//! test --package` would choose features for that package alone; therefore the
//! tests are built once, and their programs run one by one, low rooms first.
//!
//! What cannot be built, or breaks a wall, ends it at once. Failed tests do not:
//! a developer wants all the news, and the verdict is over the sum.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{check, guests, setup, shell, workspace::Workspace};

pub mod programs;
mod tally;
mod watched;

pub use tally::Tally;
pub use watched::counted;

/// No test is silent for longer, even on a machine under load; each wait in a test
/// ends well before.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// Packages in the order in which a mistake should be seen. What is not named
/// here runs before the end-to-end tests.
const ORDER: [(&str, &[&str]); 4] = [
    ("scim and engine", &["purser-scim", "purser-engine"]),
    (
        "plugin, host and guests",
        &["purser-plugin", "purser-host", "purser-guest"],
    ),
    ("everything else", &[]),
    ("end to end", &["purser-tests"]),
];

/// Runs it all; `tests_only` leaves out formatting, walls and clippy.
pub fn run(workspace: &Workspace, tests_only: bool) -> Result<()> {
    let begun = Instant::now();
    setup::wasm_target(workspace)?;
    if !tests_only {
        stage("formatting", || {
            shell::run(shell::cargo(workspace).args(["fmt", "--all", "--check"]))
        })?;
        stage("walls", || check::run(workspace))?;
    }
    stage("guests", || guests::run(workspace))?;
    if !tests_only {
        stage("clippy", || {
            let mut clippy = shell::cargo(workspace);
            clippy.args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "--deny",
                "warnings",
            ]);
            shell::run(&mut clippy)
        })?;
    }
    let programs = stage("build", || programs::build(workspace))?;
    stage("SCIM servers by others", || servers(workspace))?;

    let mut tally = Tally::default();
    for (name, packages) in ORDER {
        let named = |package: &str| ORDER.iter().any(|(_, list)| list.contains(&package));
        let here = programs.iter().filter(|program| match packages {
            [] => !named(&program.package),
            list => list.contains(&program.package.as_str()),
        });
        stage(name, || {
            for program in here {
                println!("\n{} ({})", program.name, program.package);
                counted(&mut program.command(), &mut tally, SILENCE)?;
            }
            Ok(())
        })?;
    }
    stage("JavaScript", || javascript(workspace, &mut tally))?;
    stage("documentation", || {
        let mut cargo = shell::cargo(workspace);
        cargo.args(["test", "--workspace", "--no-fail-fast", "--doc"]);
        counted(&mut cargo, &mut tally, SILENCE)
    })?;

    println!("\nAll stages took {} s.", begun.elapsed().as_secs());
    println!("{tally}");
    tally.verdict()
}

/// Installs what others wrote and the end-to-end tests run: servers for our client,
/// suites for our server.
pub fn servers(workspace: &Workspace) -> Result<()> {
    setup::scim2_server(workspace)?;
    setup::python_packages(
        workspace,
        "tests/conformance/requirements.txt",
        "conformance",
    )?;
    for express in ["express-4", "express-5"] {
        let folder = format!("tests/servers/scimmy/{express}");
        setup::node_packages(workspace, &folder, &format!("servers/scimmy-{express}"))?;
    }
    setup::node_packages(workspace, "php/tools", "php-tools")?;
    setup::php_tools()?;
    setup::wordpress()
}

/// The tests of mappings in JavaScript, as plain functions under Node.js.
fn javascript(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let folder = workspace.path("examples/university-js");
    let mut seen = Tally::default();
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=tap"])
        .current_dir(&folder);
    counted(&mut node, &mut seen, SILENCE)?;
    if seen.is_empty() {
        bail!("there are no tests in {}", folder.display());
    }
    tally.add(&seen);
    Ok(())
}

/// Runs one stage and says how long it took.
pub fn stage<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {name}");
    let begun = Instant::now();
    let done = work().with_context(|| format!("the stage `{name}` failed"))?;
    println!("== {name}: {:.1} s", begun.elapsed().as_secs_f64());
    Ok(done)
}
