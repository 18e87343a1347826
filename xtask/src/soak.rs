//! `cargo xtask soak`: the long versions of the tests, and the page that says
//! what came of them.
//!
//! The tests are those of `cargo xtask test`, in the same programs; the soak asks
//! them for more by the environment (`tests/src/long.rs`) and reads the notes that
//! they take. What it writes, docs/soak.md, has a section a part: a part that was
//! run replaces its own, the others stay as they are, with the commit that they
//! are about.
//!
//! Seeds are drawn from the day, so that each day pulls the plug elsewhere. With
//! `--seed` or `--kills` it is not the soak but a look at one of its cases, and
//! nothing is written.
//!
//! # Adding a part
//!
//! A variant of [`Part`] with its line in each function there, and a story in
//! `tests/` that asks for its size.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    guests,
    machine::Machine,
    page::Page,
    setup,
    test::{self, Tally, programs},
    workspace::Workspace,
};

mod page;
mod part;
mod tables;

use page::Section;
use part::Part;

/// No story is longer, but for `--long`.
const SILENCE: Duration = Duration::from_secs(60 * 60);

/// What of it, and how long.
#[derive(clap::Args)]
pub struct Options {
    /// Run this part only; several may be named
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Draw from this seed instead of the day's, and write nothing
    #[arg(long)]
    seed: Option<u64>,
    /// Kill so often only, and write nothing
    #[arg(long)]
    kills: Option<u64>,
    /// Take hours: ten times as much of everything
    #[arg(long)]
    long: bool,
}

/// Runs the parts, and writes what came of them.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::wasm_target(workspace)?;
    test::stage("guests", || guests::run(workspace))?;
    let programs = test::stage("build", || programs::build(workspace))?;
    test::stage("SCIM servers by others", || test::servers(workspace))?;

    let machine = Machine::look(workspace)?;
    let seed = options.seed.unwrap_or(machine.seed_of_the_day()?);
    let mut page = Page::read(workspace, page::PATH, page::HEAD)?;
    let mut all = Tally::default();
    let parts = Part::ALL
        .iter()
        .filter(|part| options.only.is_empty() || options.only.contains(part));
    for part in parts {
        let begun = Instant::now();
        let (tally, notes) = test::stage(part.name(), || {
            soak(workspace, &programs, *part, options, seed)
        })?;
        // A part whose stories were renamed must not pass in silence.
        if tally == Tally::default() {
            bail!("no test of the part `{}` ran", part.name());
        }
        all.add(&tally);
        let section = Section {
            part: *part,
            machine: &machine,
            seed,
            tally: &tally,
            took: begun.elapsed(),
            notes: &notes,
        };
        page.put(part.name(), &section.text());
    }
    if options.seed.is_none() && options.kills.is_none() {
        page.write(workspace, Part::ALL.map(Part::name))?;
    }
    println!("\n{all}");
    all.verdict()
}

/// One part: its stories, and the notes that they took.
fn soak(
    workspace: &Workspace,
    programs: &[programs::Program],
    part: Part,
    options: &Options,
    seed: u64,
) -> Result<(Tally, Vec<Value>)> {
    let notes = workspace.target(&format!("soak-{}.jsonl", part.name()));
    fs::write(&notes, "").with_context(|| format!("cannot write {}", notes.display()))?;
    let (name, _) = part.stories();
    let program = programs.iter().find(|program| program.name == name);
    let program = program.with_context(|| format!("there is no test program {name}"))?;
    let mut tally = Tally::default();
    for variant in variants(workspace, part)? {
        run_one(program, part, options, seed, &notes, variant, &mut tally)?;
    }
    let text = fs::read_to_string(&notes)?;
    let notes = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>();
    Ok((tally, notes.context("a note is not JSON")?))
}

/// What a part is run over: once as it is, or once for each of these.
fn variants(workspace: &Workspace, part: Part) -> Result<Vec<Option<(&'static str, PathBuf)>>> {
    if part != Part::Wordpress {
        return Ok(vec![None]);
    }
    let builds = setup::wordpress_builds(workspace)?;
    Ok(builds.into_iter().map(Some).collect())
}

fn run_one(
    program: &programs::Program,
    part: Part,
    options: &Options,
    seed: u64,
    notes: &Path,
    variant: Option<(&'static str, PathBuf)>,
    tally: &mut Tally,
) -> Result<()> {
    let (_, stories) = part.stories();
    let mut command = program.command();
    if let Some((version, folder)) = variant {
        command
            .env("PURSER_SOAK_WORDPRESS", folder)
            .env("PURSER_SOAK_WORDPRESS_NAME", version);
    }
    command
        .args(stories)
        .env("PURSER_SOAK_NOTES", notes)
        .env("PURSER_SOAK_SEED", seed.to_string())
        .envs(part.sizes(options.long));
    if let Some(kills) = options.kills {
        for name in part::DEATHS {
            command.env(name, kills.to_string());
        }
    }
    let silence = SILENCE * if options.long { 10 } else { 1 };
    test::counted(&mut command, tally, silence)
}
