//! The same exports as CSV: the same results, and no more trust.

use std::fs;

use anyhow::Result;
use purser_tests::{
    csv::MANIFEST,
    dataset::Dataset,
    purser::Purser,
    scene::{Leavers, Scene},
};

use super::{
    incomplete::{grows_while_read, nobody_leaves},
    steps::tell,
};

#[test]
fn drupal_300_as_csv() -> Result<()> {
    let leavers = Leavers::Deactivate;
    tell(Scene::with_csv(Dataset::drupal_300()?, leavers)?, leavers)
}

#[test]
fn drupal_2000_as_csv() -> Result<()> {
    let leavers = Leavers::Delete;
    tell(Scene::with_csv(Dataset::drupal_2000()?, leavers)?, leavers)
}

fn spoiled(spoil: impl FnOnce(&mut Purser) -> Result<()>) -> Result<String> {
    let scene = Scene::with_csv(Dataset::drupal_300()?, Leavers::Delete)?;
    nobody_leaves(scene, |purser| {
        spoil(purser)?;
        purser.run(&[])
    })
}

fn users(purser: &Purser, change: impl FnOnce(String) -> String) -> Result<()> {
    let path = purser.folder().join("users.csv");
    let text = fs::read_to_string(&path)?;
    Ok(fs::write(path, change(text))?)
}

#[test]
fn cut_inside_a_row() -> Result<()> {
    let why = spoiled(|purser| {
        users(purser, |text| {
            let row = text.match_indices("\r\n").nth(180).map_or(0, |(at, _)| at);
            text.get(..row - 60).unwrap_or_default().to_owned()
        })
    })?;
    insta::assert_snapshot!("csv_cut", why);
    Ok(())
}

#[test]
fn cut_on_a_row_boundary() -> Result<()> {
    let why = spoiled(|purser| {
        users(purser, |text| {
            let row = text
                .match_indices("\r\n")
                .nth(180)
                .map_or(0, |(at, _)| at + 2);
            text.get(..row).unwrap_or_default().to_owned()
        })
    })?;
    insta::assert_snapshot!("csv_fewer_rows", why);
    Ok(())
}

/// As many rows, but not those that the manifest is about.
#[test]
fn other_rows_than_those_of_the_manifest() -> Result<()> {
    let why = spoiled(|purser| users(purser, |text| text.replacen("\r\n", "\n", 3)))?;
    insta::assert_snapshot!("csv_digest", why);
    Ok(())
}

#[test]
fn a_manifest_that_is_not_there() -> Result<()> {
    let why = spoiled(|purser| Ok(fs::remove_file(purser.folder().join(MANIFEST))?))?;
    insta::assert_snapshot!("csv_no_manifest", why);
    Ok(())
}

#[test]
fn a_done_file_that_is_not_there() -> Result<()> {
    let why = spoiled(|purser| {
        let done = "users.csv.done";
        purser
            .kind("user")?
            .insert("done_file".to_owned(), done.into());
        purser.write_config()?;
        fs::write(purser.folder().join(done), "")?;
        purser.run(&[])?.expect(0)?;
        Ok(fs::remove_file(purser.folder().join(done))?)
    })?;
    insta::assert_snapshot!("csv_no_done_file", why);
    Ok(())
}

#[test]
fn a_file_that_grows_while_it_is_read() -> Result<()> {
    let scene = Scene::with_csv(Dataset::drupal_300()?, Leavers::Delete)?;
    let why = nobody_leaves(scene, |purser| grows_while_read(purser, "users.csv"))?;
    insta::assert_snapshot!("csv_grows", why);
    Ok(())
}
