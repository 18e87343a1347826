//! An export that is not whole takes nobody's account away.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use anyhow::{Context, Result};
use purser_tests::{
    chance::Chance,
    dataset::{Dataset, Version},
    long,
    proxy::Counts,
    purser::{Outcome, Purser},
    scene::{Leavers, Scene},
};
use serde_json::json;

/// The exit code of a run that is incomplete.
const INCOMPLETE: i32 = 3;

/// Brings the first export in, lets `spoil` do something to its place, runs
/// again, and sees to it that nobody lost an account.
fn spoiled(
    leavers: Leavers,
    spoil: impl FnOnce(&Purser, Vec<String>) -> Result<Outcome>,
) -> Result<String> {
    let scene = Scene::with(Dataset::drupal_300()?, leavers)?;
    let lines = scene.dataset.lines("users", Version::First)?;
    nobody_leaves(scene, |purser| spoil(purser, lines))
}

/// The same over any export.
pub(super) fn nobody_leaves(
    mut scene: Scene,
    spoil: impl FnOnce(&mut Purser) -> Result<Outcome>,
) -> Result<String> {
    scene.purser.run(&[])?.expect(0)?;
    scene.proxy.take();

    let outcome = spoil(&mut scene.purser)?;
    outcome.expect(INCOMPLETE)?;
    nobody_left(&scene.proxy.counts());
    scene.compare(Version::First)?;
    why(&outcome)
}

fn nobody_left(counts: &Counts) {
    assert_eq!(counts.users_deleted, 0, "nobody is deleted");
    assert_eq!(counts.users_deactivated, 0, "nobody is deactivated");
    assert_eq!(counts.edges_removed, 0, "nobody loses a membership");
}

/// The sentence that says what was not complete, and why.
fn why(outcome: &Outcome) -> Result<String> {
    let all = outcome.all();
    let line = all.lines().find(|line| line.contains("Incomplete: user: "));
    line.map(str::to_owned)
        .with_context(|| format!("it does not say so:\n{all}"))
}

#[test]
fn an_export_cut_on_a_line_boundary() -> Result<()> {
    for leavers in [Leavers::Deactivate, Leavers::Delete] {
        let why = spoiled(leavers, |purser, lines| {
            let kept = lines.len() * 3 / 5;
            purser.put_lines("users", lines.get(..kept).unwrap_or_default())?;
            purser.run(&[])
        })?;
        insta::assert_snapshot!("cut", why);
    }
    Ok(())
}

/// Anywhere, also within a line, a name or a character.
#[test]
fn an_export_cut_anywhere() -> Result<()> {
    let scene = Scene::with(Dataset::drupal_300()?, Leavers::Delete)?;
    let export = scene.purser.folder().join("users.jsonl");
    let whole = fs::read(&export)?;
    scene.purser.run(&[])?.expect(0)?;
    scene.proxy.take();
    let mut chance = Chance::new(long::number("SEED", 1)?);
    let cuts = long::number("SOURCE_CUTS", 3)?;
    for _ in 0..cuts {
        let length = usize::try_from(chance.below(whole.len() as u64))?;
        fs::write(&export, whole.get(..length).unwrap_or_default())?;
        let told = || format!("cut after {length} of {} bytes", whole.len());
        let outcome = scene.purser.run(&[])?;
        outcome.expect(INCOMPLETE).with_context(told)?;
        why(&outcome).with_context(told)?;
        nobody_left(&scene.proxy.counts());
    }
    scene.compare(Version::First)?;
    long::note(&json!({ "cuts": cuts }))
}

#[test]
fn an_empty_file() -> Result<()> {
    let why = spoiled(Leavers::Delete, |purser, _| {
        purser.put_lines("users", &[])?;
        purser.run(&[])
    })?;
    insta::assert_snapshot!("empty", why);
    Ok(())
}

#[test]
fn a_line_without_an_id() -> Result<()> {
    let why = spoiled(Leavers::Delete, |purser, mut lines| {
        if let Some(line) = lines.get_mut(100) {
            *line = line.replacen("\"uid\"", "\"was_uid\"", 1);
        }
        purser.put_lines("users", &lines)?;
        purser.run(&[])
    })?;
    insta::assert_snapshot!("no_id", why);
    Ok(())
}

/// The file has its expected rows at the moment when the reader has read them,
/// but somebody goes on writing: empty lines, which are no rows.
#[test]
fn a_file_that_grows_while_it_is_read() -> Result<()> {
    let why = spoiled(Leavers::Delete, |purser, lines| {
        purser.put_lines("users", &lines)?;
        grows_while_read(purser, "users.jsonl")
    })?;
    insta::assert_snapshot!("grows", why);
    Ok(())
}

/// Runs while somebody appends empty lines to a file.
pub(super) fn grows_while_read(purser: &Purser, file: &str) -> Result<Outcome> {
    let path = purser.folder().join(file);
    let (started, over) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let writer = scope.spawn(|| -> Result<()> {
            let mut file = OpenOptions::new().append(true).open(path)?;
            while !over.load(Ordering::Acquire) {
                file.write_all(b"\n")?;
                started.store(true, Ordering::Release);
                // Slower than any reader, so that the end of the file is reached.
                thread::sleep(std::time::Duration::from_micros(50));
            }
            Ok(())
        });
        while !started.load(Ordering::Acquire) && !writer.is_finished() {
            thread::yield_now();
        }
        let outcome = purser.run(&[]);
        over.store(true, Ordering::Release);
        writer
            .join()
            .map_err(|_| anyhow::anyhow!("the writer panicked"))??;
        outcome
    })
}

#[test]
fn without_a_proof_a_file_is_never_complete() -> Result<()> {
    let mut scene = Scene::with(Dataset::drupal_300()?, Leavers::Delete)?;
    scene.purser.run(&[])?.expect(0)?;
    scene.advance()?;
    scene.purser.expect_rows("user", None)?;
    scene.purser.write_config()?;
    scene.proxy.take();
    let outcome = scene.purser.run(&[])?;
    outcome.expect(0)?;
    let counts = scene.proxy.counts();
    assert_eq!(
        (counts.users_deleted, counts.users_created),
        (0, scene.dataset.expected("create")?)
    );
    insta::assert_snapshot!("no_proof", why(&outcome)?);
    Ok(())
}

#[test]
fn the_caller_may_bring_the_proof() -> Result<()> {
    let mut scene = Scene::with(Dataset::drupal_300()?, Leavers::Delete)?;
    scene.purser.run(&[])?.expect(0)?;
    scene.advance()?;
    scene.purser.expect_rows("user", None)?;
    scene.purser.write_config()?;
    let rows = scene.dataset.lines("users", Version::Second)?.len();
    scene
        .purser
        .run(&["--expect-rows", &format!("user={rows}")])?
        .expect(0)?;
    scene.compare(Version::Second)
}
