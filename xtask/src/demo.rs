//! `cargo xtask demo`: the whole way on one machine, with a table at the end.
//!
//! Three runs against an in-memory SCIM server: 300 accounts from a Drupal
//! export arrive, the next export changes some, and a run over an unchanged
//! export writes nothing. What happened is read from the server, not from what
//! `purser` says about itself, and compared with what the generator of the
//! export expects.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{setup, shell, workspace::Workspace};

mod expected;
mod folder;
mod http;
mod server;
mod snapshot;
mod table;

use expected::Expected;
use folder::{Folder, Version};
use server::Server;
use snapshot::{Difference, Snapshot};

/// One run of the demonstration, as the server saw it.
struct Act {
    title: &'static str,
    change: Difference,
    reads: u64,
    writes: u64,
    took: Duration,
}

/// Plays the demonstration; without `once` the server stays up until Ctrl-C.
pub fn run(workspace: &Workspace, once: bool) -> Result<()> {
    setup::wasm_target(workspace)?;
    eprintln!("Building purser (the first time this takes some minutes) …");
    shell::run(shell::cargo(workspace).args([
        "build",
        // The features of the whole workspace: what is built here, the tests use too.
        "--workspace",
        "--bin",
        "purser",
    ]))?;

    let expected = Expected::read(workspace)?;
    let folder = Folder::create(workspace)?;
    let server = Server::start(workspace, folder.token_variable())?;
    folder.fill(Version::First, server.base())?;
    println!(
        "\nA SCIM server, in memory only, listens at {}.\nThe export of a Drupal site with 300 accounts lies in {}.\n",
        server.base(),
        folder.path().display()
    );

    let purser = |arguments: &[&str]| -> Command {
        let mut command = Command::new(workspace.purser());
        command
            .arg("--config")
            .arg(folder.config())
            .args(arguments)
            .env(folder.token_variable(), server.token());
        command
    };
    shell::run(&mut purser(&["target", "test", folder.target()]))?;

    let mut acts = Vec::new();
    for (title, version) in [
        ("first export", Version::First),
        ("next export", Version::Second),
        ("same again", Version::Second),
    ] {
        folder.fill(version, server.base())?;
        println!("\n— {title}");
        acts.push(play(
            title,
            &server,
            &mut purser(&["run", folder.mapping()]),
        )?);
    }

    println!("\n{}", table::draw(&acts));
    let surprises = expected.compare(&acts);
    for surprise in &surprises {
        println!("not as expected: {surprise}");
    }
    if surprises.is_empty() {
        println!("All of it is as the generator of the export expects.");
    }
    if once {
        if !surprises.is_empty() {
            bail!("{} things are not as expected", surprises.len());
        }
        return Ok(());
    }
    farewell(workspace, &folder, &server);
    server.wait()
}

/// One run, with the server looked at before and after.
fn play(title: &'static str, server: &Server, purser: &mut Command) -> Result<Act> {
    let before = Snapshot::take(server)?;
    let counts_before = server.counts()?;
    let begun = Instant::now();
    shell::run(purser)?;
    let took = begun.elapsed();
    let counts = server.counts()?;
    let asked = |reading: bool| -> u64 {
        counts
            .iter()
            .filter(|(key, _)| key.starts_with("GET ") == reading)
            .map(|(key, count)| count - counts_before.get(key).copied().unwrap_or_default())
            .sum()
    };
    Ok(Act {
        title,
        reads: asked(true),
        writes: asked(false),
        change: before.difference(&Snapshot::take(server).context("after the run")?),
        took,
    })
}

/// What to try while the server is up.
fn farewell(workspace: &Workspace, folder: &Folder, server: &Server) {
    let purser = workspace.purser();
    println!(
        "\nThe server stays up until Ctrl-C. In another terminal:\n\n  \
         export {variable}={token}\n  \
         curl -H \"Authorization: Bearer ${variable}\" '{base}/Users?count=2'\n  \
         {purser} --config {config} status\n  \
         {purser} --config {config} sync {mapping} --object user:17 --explain\n\n\
         Then change a line in {users} and see what it would do:\n\n  \
         {purser} --config {config} plan {mapping}\n  \
         {purser} --config {config} run {mapping}\n",
        variable = folder.token_variable(),
        token = server.token(),
        base = server.base(),
        purser = purser.display(),
        config = folder.config().display(),
        mapping = folder.mapping(),
        users = folder.path().join("users.jsonl").display(),
    );
}
