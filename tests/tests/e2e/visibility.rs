//! Lost answers at targets that show late what they made, and at those that
//! would take a second one: nothing is made twice, and ours is never taken for
//! somebody else's.

use std::{thread, time::Duration};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    dataset::{Dataset, Version},
    proxy::{Entry, Fault, KillPoint, Moment, Trouble},
    scene::{Leavers, Scene},
    server::{Demo, Foreign as _},
};
use serde_json::{Value, json};

/// The signal that cannot be caught.
const SIGKILL: i32 = 9;
/// What is parked in the end.
const PARKED: i32 = 5;
/// Then the target shows all that it has to whoever compares.
const SHOWN: Duration = Duration::from_secs(3);

/// A target with such manners, and a Purser that is told how long it may hide things.
fn scene(manners: &[&str], delay: i64) -> Result<Scene<Demo>> {
    let dataset = Dataset::generated(60, 5)?;
    let mut scene = Scene::around(dataset, Leavers::Deactivate, |folder| {
        Demo::behaving(folder, manners)
    })?;
    let target = ["target", "wiki"];
    let set = [target[0], target[1], "visibility_delay_seconds"];
    scene.purser.set(&set, delay)?;
    // One after the other, so that a death is about one create.
    scene
        .purser
        .set(&[target[0], target[1], "concurrency"], 1)?;
    scene.purser.write_config()?;
    Ok(scene)
}

/// Parked objects: (object, situation).
fn parked(scene: &Scene<Demo>) -> Result<Vec<(String, String)>> {
    let status = scene.purser.status()?;
    let rows = status
        .get("people")
        .and_then(|people| people.get("parked")?.as_array())
        .context("the status has no list of parked objects")?;
    let text = |row: &Value, name| Some(row.get(name)?.as_str()?.to_owned());
    rows.iter()
        .map(|row| text(row, "object").zip(text(row, "situation")))
        .collect::<Option<_>>()
        .context("a parked object without a situation")
}

/// Runs, and dies when the target has answered the `nth` request.
fn die(scene: &Scene<Demo>, endpoint: &str, nth: u64) -> Result<()> {
    let run = scene.purser.spawn(&["run", "people"])?;
    let point = KillPoint {
        endpoint: endpoint.to_owned(),
        nth,
        moment: Moment::AfterAnswer,
    };
    scene.proxy.arm(point, run.victim());
    let outcome = run.wait()?;
    ensure!(
        outcome.signal == Some(SIGKILL),
        "it did not die:\n{}",
        outcome.all()
    );
    Ok(())
}

/// Values of an attribute in the creates that the target took.
fn made<'e>(passed: &'e [Entry], endpoint: &str, attribute: &str) -> Vec<&'e str> {
    let creates = passed
        .iter()
        .filter(|entry| entry.endpoint == endpoint && entry.succeeded());
    let mut values: Vec<&str> = creates
        .filter_map(|entry| entry.body.get(attribute)?.as_str())
        .collect();
    values.sort_unstable();
    values
}

fn all_differ(values: &[&str]) -> bool {
    values.windows(2).all(|pair| pair.first() != pair.last())
}

#[test]
fn killed_before_it_hears_and_the_resource_shows_up_after_three_seconds() -> Result<()> {
    let late = ["--show-after", "3"];
    let sharing = ["--show-after", "3", "--share-names"];
    for (manners, endpoint, attribute) in [
        (&late[..], "POST /Users", "userName"),
        (&sharing, "POST /Users", "userName"),
        // Nothing but the delay protects these.
        (&late, "POST /Groups", "displayName"),
    ] {
        let scene = scene(manners, 3)?;
        die(&scene, endpoint, 3)?;
        let mut passed = scene.proxy.take();
        // It stays alive and waits; it neither parks the object nor makes it again.
        scene.purser.run(&[])?.expect(scene.code(Version::First))?;
        passed.extend(scene.proxy.take());
        let names = made(&passed, endpoint, attribute);
        assert!(all_differ(&names), "{manners:?}: made twice: {names:?}");
        thread::sleep(SHOWN);
        scene.compare(Version::First)?;
        scene.nothing_adopted()?;
        scene.purser.run(&[])?.expect(scene.code(Version::First))?;
        assert_eq!(scene.proxy.counts().writes, 0, "all of it was remembered");
    }
    Ok(())
}

#[test]
fn an_answer_gets_lost_and_the_same_run_waits_for_what_it_made() -> Result<()> {
    let manners = ["--show-after", "3", "--share-names"];
    let scene = scene(&manners, 3)?;
    for endpoint in ["POST /Users", "POST /Groups"] {
        scene.proxy.trouble(Fault::new(endpoint, 2, Trouble::Lose));
    }
    scene.purser.run(&[])?.expect(scene.code(Version::First))?;
    assert!(scene.proxy.is_trouble_over(), "both answers were lost");
    let passed = scene.proxy.take();
    for (endpoint, attribute) in [("POST /Users", "userName"), ("POST /Groups", "displayName")] {
        let names = made(&passed, endpoint, attribute);
        assert!(all_differ(&names), "made twice: {names:?}");
    }
    thread::sleep(SHOWN);
    scene.compare(Version::First)?;
    scene.nothing_adopted()
}

#[test]
fn what_never_shows_up_is_parked_where_the_target_would_take_a_second_one() -> Result<()> {
    let scene = scene(&["--show-after", "86400", "--share-names"], 1)?;
    scene
        .proxy
        .trouble(Fault::new("POST /Users", 1, Trouble::Lose));
    let mut passed = Vec::new();
    for _ in 0..2 {
        scene.purser.run(&[])?.expect(PARKED)?;
        passed.extend(scene.proxy.take());
        let unknown: Vec<_> = parked(&scene)?
            .into_iter()
            .filter(|(_, situation)| situation == "unknown-outcome")
            .collect();
        assert_eq!(unknown.len(), 1, "it waits for a person: {unknown:?}");
    }
    let names = made(&passed, "POST /Users", "userName");
    assert!(all_differ(&names), "made twice: {names:?}");
    assert_eq!(names.len() as u64, scene.dataset.expected_users()?);
    Ok(())
}

#[test]
fn a_group_whose_name_stands_twice_at_the_target_is_not_taken() -> Result<()> {
    let scene = scene(&[], 0)?;
    let roles = scene.dataset.lines("roles", Version::First)?;
    let role: Value = serde_json::from_str(roles.first().context("no role")?)?;
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    for _ in 0..2 {
        let group = json!({"schemas": schemas, "displayName": role.get("label")});
        scene.server.create("Groups", &group)?;
    }
    scene.purser.run(&[])?.expect(PARKED)?;
    let id = role
        .get("id")
        .and_then(Value::as_str)
        .context("a role without an id")?;
    let ambiguous = (format!("role:{id}"), "ambiguous".to_owned());
    assert!(parked(&scene)?.contains(&ambiguous));
    let passed = scene.proxy.take();
    let label = role.get("label").and_then(Value::as_str);
    let groups = made(&passed, "POST /Groups", "displayName");
    assert!(!groups.contains(&label.context("a role without a label")?));
    // Neither of the two was taken, and all others have what they need.
    scene.nothing_adopted()?;
    scene.purser.run(&[])?.expect(PARKED)?;
    assert_eq!(scene.proxy.counts().writes, 0);
    Ok(())
}
