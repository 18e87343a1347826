//! The store as a person handles it: copied, put back, examined; while another
//! process works on it, when it is damaged, and when it is a later version's.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    dataset::{Dataset, Version},
    proxy::{Fault, Moment, Trouble},
    purser::{MAPPING, Outcome},
    scene::Scene,
};

/// The exit codes of docs/exit-codes.md.
const DONE: i32 = 0;
const FAILED: i32 = 1;
const USAGE: i32 = 2;
const PARKED: i32 = 5;
const IN_USE: i32 = 6;

/// A small site; two of its people want one name.
fn scene() -> Result<Scene> {
    Scene::new(Dataset::changing(60, 2, "0.3")?)
}

fn store(scene: &Scene) -> PathBuf {
    scene.purser.folder().join("purser.db")
}

/// Fails unless it ended so, and said each of these.
fn told(outcome: &Outcome, code: i32, words: &[&str]) -> Result<()> {
    outcome.expect(code)?;
    let all = outcome.all();
    for word in words {
        ensure!(all.contains(word), "it does not say `{word}`:\n{all}");
    }
    Ok(())
}

#[test]
fn while_a_run_is_under_way_it_can_be_copied_and_examined_and_nothing_else() -> Result<()> {
    let scene = scene()?;
    scene.proxy.trouble(Fault::new(
        "POST /Users",
        5,
        Trouble::Hold(Moment::BeforeForward),
    ));
    let running = scene.purser.spawn(&["run", MAPPING])?;
    scene.proxy.until_held(&running)?;
    told(
        &scene.purser.call(&["backup", "copy.db"])?,
        DONE,
        &["copied to copy.db"],
    )?;
    told(&scene.purser.call(&["check", "--store"])?, DONE, &["store"])?;
    let in_use = [
        "is in use by",
        "hint: wait until the other purser has ended",
    ];
    told(&scene.purser.call(&["run", MAPPING])?, IN_USE, &in_use)?;
    told(
        &scene.purser.call(&["restore", "copy.db"])?,
        IN_USE,
        &in_use,
    )?;
    scene.proxy.let_go();
    running.wait()?.expect(PARKED)?;
    scene.compare(Version::First)?;

    // What was copied knows what was begun: nobody is made twice, and all of it is ours.
    told(
        &scene.purser.call(&["restore", "copy.db"])?,
        DONE,
        &["is kept as"],
    )?;
    scene.run_allowed(None)?.expect(PARKED)?;
    assert_eq!(
        scene.proxy.counts().users_created,
        scene.dataset.expected_users()?
    );
    scene.compare(Version::First)
}

#[test]
fn a_copy_that_is_put_back_is_brought_up_to_date_by_the_next_run() -> Result<()> {
    let mut scene = scene()?;
    scene.purser.run(&[])?.expect(PARKED)?;
    told(&scene.purser.call(&["backup", "copy.db"])?, DONE, &[])?;
    told(
        &scene.purser.call(&["backup", "copy.db"])?,
        USAGE,
        &["exists already", "--force"],
    )?;
    scene.advance()?;
    scene
        .run_allowed(None)?
        .expect(scene.code(Version::Second))?;
    let created = scene.creations(Version::Second)?;
    told(
        &scene.purser.call(&["restore", "copy.db"])?,
        DONE,
        &["hint:", "purser plan"],
    )?;
    scene.proxy.take();
    scene
        .run_allowed(None)?
        .expect(scene.code(Version::Second))?;
    assert_eq!(scene.proxy.counts().users_created, 0, "they are there");
    scene.compare(Version::Second)?;
    let status = scene.purser.status()?;
    let adopted = status[MAPPING]["links"]["User"]["adopted"].as_u64();
    assert_eq!(
        adopted,
        Some(created),
        "not ours to delete any more: {status}"
    );
    Ok(())
}

/// Spoils pages in the middle of a file, past the schema.
fn spoil(path: &PathBuf) -> Result<()> {
    let mut bytes = fs::read(path)?;
    let middle = bytes.len() / 2;
    let pages = bytes
        .get_mut(middle..middle + 64 * 1024)
        .context("a small store")?;
    pages.fill(0x5a);
    Ok(fs::write(path, bytes)?)
}

#[test]
fn what_is_damaged_is_seen_and_neither_copied_nor_put_back() -> Result<()> {
    let scene = scene()?;
    scene.purser.run(&[])?.expect(PARKED)?;
    told(&scene.purser.call(&["backup", "good.db"])?, DONE, &[])?;
    let good = scene.purser.folder().join("good.db");
    let bad = scene.purser.folder().join("bad.db");
    fs::copy(&good, &bad)?;
    spoil(&bad)?;
    let before = fs::read(store(&scene))?;
    told(
        &scene.purser.call(&["restore", "bad.db"])?,
        FAILED,
        &["is damaged"],
    )?;
    assert_eq!(fs::read(store(&scene))?, before, "the store is as it was");

    spoil(&store(&scene))?;
    told(
        &scene.purser.call(&["check", "--store"])?,
        FAILED,
        &["damaged"],
    )?;
    told(
        &scene.purser.call(&["backup", "copy.db"])?,
        FAILED,
        &["damaged"],
    )?;
    assert!(!scene.purser.folder().join("copy.db").exists());

    // And the good copy helps.
    told(
        &scene.purser.call(&["restore", "good.db"])?,
        DONE,
        &["is kept as"],
    )?;
    told(&scene.purser.call(&["check", "--store"])?, DONE, &[])?;
    scene.proxy.take();
    scene.purser.run(&[])?.expect(PARKED)?;
    assert_eq!(scene.proxy.counts().writes, 0);
    Ok(())
}

#[test]
fn the_store_of_a_later_version_is_left_alone() -> Result<()> {
    let scene = scene()?;
    scene.purser.run(&[])?.expect(PARKED)?;
    told(&scene.purser.call(&["backup", "later.db"])?, DONE, &[])?;
    let later = |path: PathBuf| -> Result<()> {
        let database = rusqlite::Connection::open(path)?;
        Ok(database.pragma_update(None, "user_version", 999)?)
    };
    later(scene.purser.folder().join("later.db"))?;
    let words = ["has schema 999"];
    told(
        &scene.purser.call(&["restore", "later.db"])?,
        FAILED,
        &words,
    )?;
    told(&scene.purser.call(&["check", "--store"])?, DONE, &[])?;

    later(store(&scene))?;
    scene.proxy.take();
    told(&scene.purser.call(&["check", "--store"])?, FAILED, &words)?;
    told(&scene.purser.call(&["run", MAPPING])?, FAILED, &words)?;
    told(&scene.purser.call(&["status"])?, FAILED, &words)?;
    assert_eq!(scene.proxy.counts().writes, 0);
    Ok(())
}
