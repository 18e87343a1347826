//! A second SCIM server of others: SCIMMY on express 4, where it pages well, and
//! on express 5, where it answers every page with its first twenty resources.

use anyhow::Result;
use purser_tests::{
    dataset::{Dataset, Version},
    long,
    purser::Outcome,
    scene::{Leavers, Scene},
    server::{Express, Scimmy},
};
use serde_json::json;

use super::steps::tell;

fn scene(leavers: Leavers, express: Express) -> Result<Scene<Scimmy>> {
    scene_of(Dataset::drupal_300()?, leavers, express)
}

fn scene_of(dataset: Dataset, leavers: Leavers, express: Express) -> Result<Scene<Scimmy>> {
    Scene::around(dataset, leavers, |folder| Scimmy::start(folder, express))
}

#[test]
fn scimmy_deactivating_leavers() -> Result<()> {
    tell(
        scene(Leavers::Deactivate, Express::Four)?,
        Leavers::Deactivate,
    )
}

#[test]
fn scimmy_deleting_leavers() -> Result<()> {
    tell(scene(Leavers::Delete, Express::Four)?, Leavers::Delete)
}

/// The soak's is larger.
#[test]
fn scimmy_with_a_site_of_another_seed() -> Result<()> {
    let accounts = u32::try_from(long::number("FOREIGN_ACCOUNTS", 100)?)?;
    let (dataset, leavers) = (Dataset::generated(accounts, 2)?, Leavers::Delete);
    tell(scene_of(dataset, leavers, Express::Four)?, leavers)?;
    long::note(&json!({ "seed": 2, "accounts": accounts, "leavers": leavers.word() }))
}

/// What it says about listings that are not whole.
fn doubts(outcome: &Outcome) -> Vec<&str> {
    let all = outcome.stderr.lines();
    all.filter(|line| line.contains("was not whole")).collect()
}

#[test]
fn pages_that_repeat_prove_nothing_and_nobody_suffers_for_it() -> Result<()> {
    let mut scene = scene(Leavers::Delete, Express::Five)?;
    scene.purser.run(&[])?.expect(0)?;
    scene.proxy.take();
    scene.compare(Version::First)?;

    // 20 of 301 come again and again: a short listing of what is linked.
    let again = scene.purser.run(&[])?;
    again.expect(0)?;
    insta::assert_snapshot!(doubts(&again).join("\n"), @r"
    warning: The target's listing of Group was not whole (the target ignores startIndex: a page repeats what came before it, 20 of 31 came); objects without a link were looked up one by one.
    warning: The target's listing of User was not whole (the target ignores startIndex: a page repeats what came before it, 20 of 301 came); objects without a link were looked up one by one.
    ");
    let passed: Vec<(String, String, u16)> = scene
        .proxy
        .take()
        .into_iter()
        .map(|entry| (entry.endpoint, entry.query, entry.status))
        .collect();
    let count = |endpoint: &str| passed.iter().filter(|passed| passed.0 == endpoint).count();
    assert_eq!(
        (count("GET /Users"), count("GET /Groups")),
        (2, 2),
        "the second page shows it, there is no third, and whoever is linked is not looked up: {passed:?}"
    );
    assert!(
        passed.iter().all(|passed| passed.0.starts_with("GET ")),
        "nothing is written: {passed:?}"
    );

    // Who comes and who leaves is seen all the same: the source says it, not the listing.
    scene.advance()?;
    let allow = format!("delete={}", scene.dataset.expected("delete_or_deactivate")?);
    scene.purser.run(&["--allow", &allow])?.expect(0)?;
    let counts = scene.proxy.counts();
    assert_eq!(counts.users_created, scene.dataset.expected("create")?);
    assert_eq!(
        counts.users_deleted,
        scene.dataset.expected("delete_or_deactivate")?
    );
    assert!(counts.failed.is_empty(), "refused: {:?}", counts.failed);
    scene.compare(Version::Second)
}
