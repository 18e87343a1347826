//! First export, second export, and once more: what arrives, and what that costs.

use anyhow::Result;
use purser_tests::{
    dataset::{Dataset, Version},
    proxy::Counts,
    scene::{Leavers, Scene},
    server::Foreign,
};

/// What a run ends with where nothing is parked, or two want one name.
const IN_STEP: i32 = 0;
const PARKED: i32 = 5;

fn story(dataset: Dataset, leavers: Leavers) -> Result<()> {
    tell(Scene::with(dataset, leavers)?, leavers)
}

/// The story, with whatever server the scene has.
pub(super) fn tell<S: Foreign>(mut scene: Scene<S>, leavers: Leavers) -> Result<()> {
    let codes = [Version::First, Version::Second].map(|version| {
        if waits(&scene.dataset, version, leavers) {
            PARKED
        } else {
            IN_STEP
        }
    });
    let [first, second] = codes;

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

/// Whether somebody waits for a user name at the end of the run. Where leavers
/// are deactivated, they keep theirs.
fn waits(dataset: &Dataset, version: Version, leavers: Leavers) -> bool {
    let lines = dataset
        .lines("expected_problems", version)
        .unwrap_or_default();
    let conflict = lines.iter().any(|line| line.contains("userName_conflict"));
    let left_waiting = version == Version::Second
        && leavers == Leavers::Deactivate
        && dataset.expected("create").ok()
            != dataset.expected("create_when_leavers_are_deactivated").ok();
    conflict || left_waiting
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
