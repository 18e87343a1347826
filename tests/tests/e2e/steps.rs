//! First export, second export, and once more: what arrives, and what that costs.

use anyhow::{Context, Result};
use purser_tests::{
    dataset::{Dataset, Version},
    long,
    proxy::Counts,
    scene::{Leavers, Scene},
    server::{Foreign, Kind},
};
use serde_json::json;

fn story(dataset: Dataset, leavers: Leavers) -> Result<()> {
    tell(Scene::with(dataset, leavers)?, leavers)
}

/// The story, with whatever server the scene has.
pub(super) fn tell<S: Foreign>(mut scene: Scene<S>, leavers: Leavers) -> Result<()> {
    let [first, second] = [Version::First, Version::Second].map(|version| scene.code(version));

    scene.purser.run(&[])?.expect(first)?;
    let counts = scene.proxy.counts();
    assert_eq!(counts.users_created, scene.dataset.expected_users()?);
    assert_eq!(counts.users_changed, 0);
    nothing_refused(&counts);
    scene.compare(Version::First)?;

    scene.advance()?;
    scene.run_allowed(None)?.expect(second)?;
    let counts = scene.proxy.counts();
    nothing_refused(&counts);
    as_expected(&counts, &scene.dataset, leavers)?;
    scene.compare(Version::Second)?;

    scene.purser.run(&[])?.expect(second)?;
    let counts = scene.proxy.counts();
    assert_eq!(counts.writes, 0, "the third run writes nothing");
    assert_eq!(
        counts.searches,
        Vec::<String>::new(),
        "the third run reads discovery and pages only"
    );
    scene.compare(Version::Second)
}

/// Exactly what `expected_ops.json` says the second export may cause.
fn as_expected(counts: &Counts, dataset: &Dataset, leavers: Leavers) -> Result<()> {
    let op = |name: &str| dataset.expected(name);
    let (created, changed, deleted, added) = match leavers {
        Leavers::Deactivate => (
            op("create_when_leavers_are_deactivated")?,
            op("update")? + op("delete_or_deactivate")?,
            0,
            op("edges_added_when_leavers_are_deactivated")?,
        ),
        Leavers::Delete => (
            op("create")?,
            op("update")?,
            op("delete_or_deactivate")?,
            op("edges_added")?,
        ),
    };
    assert_eq!(counts.users_created, created, "accounts created");
    assert_eq!(counts.users_changed, changed, "accounts changed");
    assert_eq!(counts.users_deleted, deleted, "accounts deleted");
    assert_eq!(
        counts.groups_created,
        op("groups_created")?,
        "groups created"
    );
    assert_eq!(
        counts.groups_renamed,
        op("groups_renamed")?,
        "groups renamed"
    );
    assert_eq!(counts.groups_deleted, 0, "groups deleted");
    assert_eq!(counts.edges_added, added, "memberships added");
    assert_eq!(
        counts.edges_removed,
        op("edges_removed")?,
        "memberships removed"
    );
    Ok(())
}

fn nothing_refused(counts: &Counts) {
    assert!(counts.failed.is_empty(), "refused: {:?}", counts.failed);
}

macro_rules! stories {
    ($($name:ident: $dataset:expr, $leavers:ident;)+) => {$(
        #[test]
        fn $name() -> Result<()> {
            story($dataset?, Leavers::$leavers)
        }
    )+};
}

stories! {
    drupal_300_deactivating_leavers: Dataset::drupal_300(), Deactivate;
    drupal_300_deleting_leavers: Dataset::drupal_300(), Delete;
    drupal_2000_deactivating_leavers: Dataset::drupal_2000(), Deactivate;
    drupal_2000_deleting_leavers: Dataset::drupal_2000(), Delete;
    seed_3_deactivating_leavers: Dataset::generated(500, 3), Deactivate;
    seed_3_deleting_leavers: Dataset::generated(500, 3), Delete;
    seed_7_deactivating_leavers: Dataset::generated(500, 7), Deactivate;
    seed_7_deleting_leavers: Dataset::generated(500, 7), Delete;
}

/// Sites that nobody has looked at before: the soak's seeds are new ones each time.
#[test]
fn seeds_of_the_day() -> Result<()> {
    let (first, sites) = (long::number("SEED", 11)?, long::number("SITES", 1)?);
    for seed in first..first + sites {
        for leavers in [Leavers::Deactivate, Leavers::Delete] {
            let dataset = Dataset::generated(200, u32::try_from(seed)?)?;
            story(dataset, leavers).with_context(|| format!("the site of seed {seed}"))?;
            long::note(&json!({ "seed": seed, "accounts": 200, "leavers": leavers.word() }))?;
        }
    }
    Ok(())
}

/// As large as the soak wants it, before our own server: others take minutes to list it.
#[test]
fn a_large_site() -> Result<()> {
    let accounts = u32::try_from(long::number("ACCOUNTS", 400)?)?;
    let (dataset, leavers) = (Dataset::generated(accounts, 5)?, Leavers::Delete);
    let scene = Scene::around(dataset, leavers, |folder| Kind::Demo.start(folder))?;
    tell(scene, leavers)?;
    long::note(&json!({ "seed": 5, "accounts": accounts, "leavers": leavers.word() }))
}
