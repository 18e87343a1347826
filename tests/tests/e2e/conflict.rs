//! Two people, one user name.

use anyhow::{Context, Result};
use purser_tests::{
    dataset::{Dataset, Version},
    scene::{Leavers, Scene},
};
use serde_json::Value;

/// The parked objects of `status --json`, each with its reason.
fn parked(scene: &Scene) -> Result<Vec<(String, String)>> {
    let status = scene.purser.status()?;
    let rows = status
        .get("people")
        .and_then(|people| people.get("parked")?.as_array())
        .context("the status has no list of parked objects")?;
    let text = |row: &Value, name: &str| {
        row.get(name).map_or_else(String::new, |v| {
            v.as_str().map_or(v.to_string(), str::to_owned)
        })
    };
    Ok(rows
        .iter()
        .map(|row| (text(row, "object"), text(row, "reason")))
        .collect())
}

#[test]
fn one_is_provisioned_and_the_other_follows_when_the_holder_is_deleted() -> Result<()> {
    // The generator lets uid 33 want the name of uid 23, who leaves.
    let mut scene = Scene::with(Dataset::drupal_2000()?, Leavers::Delete)?;
    scene.purser.run(&[])?.expect(5)?;
    let (_, reason) = parked(&scene)?
        .into_iter()
        .find(|(object, _)| object == "user:33")
        .context("user:33 is not parked")?;
    assert!(
        reason.contains("userName"),
        "the reason names the attribute: {reason}"
    );
    assert!(
        !parked(&scene)?
            .iter()
            .any(|(object, _)| object == "user:23")
    );

    scene.advance()?;
    scene.purser.run(&["--allow", "delete=100"])?.expect(5)?;
    assert!(
        !parked(&scene)?
            .iter()
            .any(|(object, _)| object == "user:33"),
        "it follows in the same run"
    );
    scene.compare(Version::Second)
}
