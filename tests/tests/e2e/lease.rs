//! A process that is stopped past its leases and woken again, as on a machine
//! that was suspended: what it had under way is not believed but looked at.

use std::{collections::BTreeMap, thread, time::Duration};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    dataset::{Dataset, Version},
    long,
    proxy::{Fault, Moment, Trouble},
    purser::{MAPPING, Outcome, Running, TARGET},
    scene::Scene,
};
use serde_json::json;

/// The signal by which a process ends itself.
const SIGABRT: i32 = 6;
/// What a run of the small export ends with: two of its people want one name.
const PARKED: i32 = 5;
/// How long a request may take: longer than it takes to stop a process.
const TIMEOUT: u32 = 5;

fn scene(timeout: u32) -> Result<Scene> {
    let mut scene = Scene::new(Dataset::changing(60, 2, "0.3")?)?;
    let settings = [("timeout_seconds", timeout), ("lease_seconds", 2 * timeout)];
    for (key, seconds) in settings {
        scene
            .purser
            .set(&["target", TARGET, key], i64::from(seconds))?;
    }
    scene.purser.write_config()?;
    Ok(scene)
}

/// Stops the run while a request is on its way, until its lease has passed.
fn sleep_over(scene: &Scene, running: Running) -> Result<Outcome> {
    let victim = running.victim();
    scene.proxy.until_held(&running)?;
    victim.stop()?;
    thread::sleep(Duration::from_secs(u64::from(2 * TIMEOUT) + 1));
    scene.proxy.let_go();
    victim.wake()?;
    running.wait()
}

/// How often the audit has each sort of line.
fn audit(scene: &Scene) -> Result<BTreeMap<String, u64>> {
    let database = rusqlite::Connection::open(scene.purser.folder().join("purser.db"))?;
    let mut query = database.prepare("SELECT effects, count(*) FROM audit GROUP BY 1")?;
    let rows = query.query_map([], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All is as it should be, each account was made once, and nothing is left to do.
fn at_rest(scene: &Scene) -> Result<()> {
    scene.compare(Version::First)?;
    let seen = scene.proxy.counts();
    assert_eq!(
        seen.users_created,
        scene.dataset.expected_users()?,
        "each account was created once"
    );
    scene.nothing_adopted()?;
    scene.purser.run(&[])?.expect(PARKED)?;
    assert_eq!(scene.proxy.counts().writes, 0, "all of it is remembered");
    Ok(())
}

fn stopped(endpoint: &str, nth: u64, moment: Moment) -> Result<()> {
    let scene = scene(TIMEOUT)?;
    scene
        .proxy
        .trouble(Fault::new(endpoint, nth, Trouble::Hold(moment)));
    let running = scene.purser.spawn(&["run", MAPPING])?;
    sleep_over(&scene, running)?.expect(PARKED)?;
    let verified = audit(&scene)?.get("verify").copied().unwrap_or_default();
    ensure!(verified >= 1, "what was under way was looked at again");
    at_rest(&scene)
}

#[test]
fn stopped_before_the_target_has_seen_a_create() -> Result<()> {
    stopped("POST /Users", 5, Moment::BeforeForward)
}

#[test]
fn stopped_before_the_answer_to_a_create_is_heard() -> Result<()> {
    stopped("POST /Users", 5, Moment::AfterAnswer)
}

#[test]
fn stopped_before_the_answer_about_members_is_heard() -> Result<()> {
    stopped("PATCH /Groups", 2, Moment::AfterAnswer)
}

/// Ends runs at each moment of a step; `run` says how they come by.
fn cut(step: &str, run: impl Fn(&str) -> Result<Outcome>) -> Result<()> {
    for moment in ["before", "uncommitted", "after"] {
        let place = format!("{step}.{moment}");
        let outcome = run(&place)?;
        ensure!(
            outcome.signal == Some(SIGABRT),
            "{place} was not reached:\n{}",
            outcome.all()
        );
    }
    long::note(&json!({ "step": step, "cuts": 3 }))?;
    Ok(())
}

#[test]
fn the_power_fails_while_a_woken_worker_hands_over() -> Result<()> {
    let scene = scene(TIMEOUT)?;
    cut("hand-over", |place| {
        scene.proxy.trouble(Fault::new(
            "POST /Users",
            5,
            Trouble::Hold(Moment::AfterAnswer),
        ));
        let running = scene.purser.spawn_cut(&["run", MAPPING], place)?;
        sleep_over(&scene, running).context(place.to_owned())
    })?;
    scene.purser.run(&[])?.expect(PARKED)?;
    at_rest(&scene)
}

#[test]
fn the_power_fails_while_a_lease_is_renewed() -> Result<()> {
    // One request at a time, and the first takes all of its time: the next needs the lease renewed.
    let mut scene = scene(1)?;
    scene.purser.set(&["target", TARGET, "concurrency"], 1)?;
    scene.purser.write_config()?;
    cut("renew", |place| {
        scene.proxy.trouble(Fault::new(
            "POST /Users",
            1,
            Trouble::Hold(Moment::AfterAnswer),
        ));
        let outcome = scene.purser.spawn_cut(&["run", MAPPING], place)?.wait();
        scene.proxy.let_go();
        outcome
    })?;
    scene.purser.run(&[])?.expect(PARKED)?;
    at_rest(&scene)
}
