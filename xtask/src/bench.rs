//! `cargo xtask bench`: Purser beside its peers, and the page that says what came
//! of it.
//!
//! What is measured, and beside whom, is `bench/` (the program `purser-bench` and
//! its peers). Here everything is installed and built in the release profile, the
//! parts are started, and docs/benchmarks.md is written: a part that was run
//! replaces its section, the others stay. A bar that is missed makes it fail, after
//! the page was written.
//!
//! # Adding a part
//!
//! A variant of [`Part`] with its line in each function there, its arguments in
//! [`arguments`], and a part of `purser-bench` of that name.

use std::{
    env::consts::EXE_SUFFIX,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{guests, machine::Machine, page::Page, setup, shell, test, workspace::Workspace};

mod part;
mod report;

use part::Part;
use report::Report;

const PATH: &str = "docs/benchmarks.md";

/// The Python packages of the peers, and what builds the component in Python.
const PEERS: &str = "bench/peers/requirements.txt";

/// The packages of the peer in JavaScript, which the tests have as well.
const SCIMMY: &str = "tests/servers/scimmy/express-4";

const HEAD: &str = "\
# Benchmarks

What came of `cargo xtask bench`, which writes this page. Each section says which
commit and which machine it is about. Whoever is compared ran in the same run, in
turns; figures are medians with the least and the most beside them, and a ratio is
taken within each round before its median is. Absolute times are those of one
machine; the ratios are what travels.
";

/// What of it, and how long.
#[derive(clap::Args)]
pub struct Options {
    /// Run these parts only
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Small sizes and few rounds, and write nothing: to see that it works
    #[arg(long, conflicts_with = "sizes")]
    quick: bool,
    /// Sites of so many accounts, or servers of so many users, only; for the parts `unchanged`
    /// [default: 10000,100000,1000000] and `server` [default: 1000,50000,1000000]
    #[arg(long, value_delimiter = ',')]
    sizes: Vec<usize>,
}

/// What the parts are started with.
struct Built {
    bench: PathBuf,
    purser: PathBuf,
    venv: PathBuf,
    javascript: PathBuf,
    python: PathBuf,
    scimmy: PathBuf,
}

/// Runs the parts, and writes what came of them.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let built = test::stage("build", || build(workspace))?;
    let machine = Machine::look(workspace)?;
    let pins = shell::quietly(Command::new("taskset").arg("--version")).is_some();
    if !pins {
        bail!(
            "there is no `taskset`, by which whoever is measured has a processor of its own; \
             install it (Debian, Ubuntu: `apt-get install util-linux`) and try again"
        );
    }
    let mut page = Page::read(workspace, PATH, HEAD)?;
    let mut missed = Vec::new();
    let parts = Part::ALL
        .into_iter()
        .filter(|part| options.parts.is_empty() || options.parts.contains(part));
    for part in parts {
        let report = test::stage(part.name(), || measure(workspace, &built, part, options))?;
        let section = report.section(part, &machine);
        println!("\n{section}");
        missed.extend(report.missed());
        page.put(part.name(), &section);
        if !options.quick {
            // Part by part: the next may take half an hour, and fail.
            page.write(workspace, Part::ALL.map(Part::name))?;
        }
    }
    if options.quick {
        println!("Only a look: nothing was written, and no bar counts.");
        return Ok(());
    }
    if !missed.is_empty() {
        bail!("missed: {}", missed.join("; "));
    }
    Ok(())
}

fn build(workspace: &Workspace) -> Result<Built> {
    guests::run(workspace)?;
    let venv = setup::python_packages(workspace, PEERS, "bench-venv")?;
    let python = workspace.target(&format!("guests/python/{}.wasm", guests::BENCH));
    let application = guests::python::Application {
        folder: "bench/guests/python",
        requirements: PEERS,
        programs: &venv.join("bin"),
    };
    guests::python::component(workspace, &application, "mapper", &python)?;
    let mut cargo = shell::cargo(workspace);
    cargo.args(["build", "--release", "--workspace"]);
    shell::run(cargo.args(["--bin", "purser", "--bin", "purser-bench"]))?;
    let binary = |name: &str| workspace.target(&format!("release/{name}{EXE_SUFFIX}"));
    Ok(Built {
        bench: binary("purser-bench"),
        purser: binary("purser"),
        venv,
        javascript: guests::javascript::built(workspace, guests::BENCH),
        python,
        scimmy: setup::node_packages(workspace, SCIMMY, "servers/scimmy-express-4")?,
    })
}

fn measure(workspace: &Workspace, built: &Built, part: Part, options: &Options) -> Result<Report> {
    let mut bench = match part.processor() {
        Some(processor) => {
            let mut pinned = Command::new("taskset");
            pinned.args(["-c", processor]).arg(&built.bench);
            pinned
        }
        None => Command::new(&built.bench),
    };
    bench
        .arg(part.name())
        .args(arguments(workspace, built, part))
        .stderr(Stdio::inherit());
    if options.quick {
        bench.args(part.quick());
    }
    if part.has_sizes() && !options.sizes.is_empty() {
        let sizes: Vec<String> = options.sizes.iter().map(usize::to_string).collect();
        bench.args(["--sizes", &sizes.join(",")]);
    }
    eprintln!("$ {}", shell::words(&bench));
    let output = bench.output().context("cannot start the bench")?;
    if !output.status.success() {
        bail!("the bench ended with {}", output.status);
    }
    serde_json::from_slice(&output.stdout).context("the bench printed no report")
}

fn arguments(workspace: &Workspace, built: &Built, part: Part) -> Vec<PathBuf> {
    let guest = |name: &str| workspace.path(&format!("target/guests/{}/guest/{name}", setup::WASM));
    let peer = |name: &str| workspace.path(&format!("bench/peers/{name}"));
    let pairs = match part {
        Part::Components => vec![
            ("--rust", guest("bench_guest.wasm")),
            ("--attribute-map", guest("attribute_map.wasm")),
            ("--javascript", built.javascript.clone()),
            ("--python", built.python.clone()),
            ("--cache", workspace.target("bench-components")),
        ],
        Part::Unchanged => vec![
            ("--purser", built.purser.clone()),
            ("--python", built.venv.join("bin/python")),
            ("--peer", peer("list_and_compare.py")),
        ],
        Part::FirstPush => vec![
            ("--purser", built.purser.clone()),
            ("--python", built.venv.join("bin/python")),
            ("--peer", peer("push.py")),
        ],
        Part::Server => vec![
            ("--purser", built.purser.clone()),
            ("--python", built.venv.join("bin/python")),
            ("--scim2-server", peer("scim2.py")),
            ("--scimmy", peer("scimmy.mjs")),
            ("--scimmy-packages", built.scimmy.clone()),
            // On the disk that all of it is built on: elsewhere may be memory.
            ("--folder", workspace.target("")),
        ],
    };
    pairs
        .into_iter()
        .flat_map(|(name, path)| [PathBuf::from(name), path])
        .collect()
}
