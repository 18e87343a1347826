//! Runs on schedule, by the running host.

use anyhow::{Context, Result, ensure};
use purser_tests::{dataset::Version, host::Host, purser::MAPPING, scene::Scene};
use rusqlite::Connection;

use super::{DONE, PARKED, at_rest, scene, told};

/// Every two seconds.
const OFTEN: &str = "*/2 * * * * *";

/// Once in four years, and that was a while ago.
const RARELY: &str = "0 0 29 2 *";

fn schedule(scene: &mut Scene, mapping: &str, key: &str, value: &str) -> Result<()> {
    let path = ["mapping", mapping, "schedule", key];
    scene.purser.set(&path, value)?;
    scene.purser.write_config()
}

fn database(scene: &Scene) -> Result<Connection> {
    Ok(Connection::open(scene.purser.folder().join("purser.db"))?)
}

/// As if the mapping had had its schedule for eight years.
fn since_long_ago(scene: &Scene) -> Result<()> {
    let host = Host::start(&scene.purser)?;
    let schedules = || -> Result<i64> {
        let count = "SELECT count(*) FROM schedule";
        Ok(database(scene)?.query_row(count, [], |row| row.get(0))?)
    };
    let mappings = scene.purser.config.get("mapping");
    let mappings = mappings.and_then(toml::Value::as_table);
    let configured = mappings.context("there are mappings")?.len();
    while usize::try_from(schedules()?)? < configured {
        ensure!(host.running()?.is_running()?, "the host has ended");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    host.end()?.expect(DONE)?;
    let rows = "UPDATE schedule SET since = '2018-01-01T00:00:00.000Z'";
    database(scene)?.execute(rows, [])?;
    Ok(())
}

/// Who has asked for the full runs of a mapping, from the first to the last.
fn asked_by(scene: &Scene, mapping: &str) -> Result<Vec<String>> {
    let database = database(scene)?;
    let mut runs = database
        .prepare("SELECT asked_by FROM run WHERE mapping = ?1 AND mode = 'run' ORDER BY id")?;
    let words = runs.query_map([mapping], |row| row.get(0))?;
    Ok(words.collect::<Result<_, _>>()?)
}

#[test]
fn a_schedule_brings_a_site_into_step_without_anybody_asking() -> Result<()> {
    let mut scene = scene()?;
    schedule(&mut scene, MAPPING, "cron", OFTEN)?;
    schedule(&mut scene, MAPPING, "time_zone", "Europe/Zurich")?;
    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("a scheduled run has ended", 1)?;
    let log = scene.purser.call(&["log", "--limit", "1"])?;
    told(&log, DONE, &["scheduled"])?;
    let status = scene.purser.call(&["status", MAPPING])?;
    told(&status, PARKED, &["scheduled: next at ", "[Europe/Zurich]"])?;
    let shown = scene.purser.call(&["status", MAPPING, "--json"])?.json()?;
    let next = shown[MAPPING]["next_runs"].as_array().map(Vec::len);
    assert_eq!(next, Some(5));
    assert_eq!(shown[MAPPING]["runs"][0]["asked_by"], "scheduled");
    at_rest(&scene)?;

    host.end()?.expect(DONE)?;

    // With the next export comes another number of rows, which a host reads when it starts.
    scene.advance()?;
    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("a scheduled run has ended", 1)?;
    host.end()?.expect(DONE)?;
    scene.compare(Version::Second)
}

/// The host was stopped at the time of both: one is made up for, once, the other not.
#[test]
fn a_missed_run_is_made_up_for_or_skipped() -> Result<()> {
    let mut scene = scene()?;
    let copy = scene.purser.config["mapping"][MAPPING].clone();
    scene.purser.set(&["mapping", "later"], copy)?;
    schedule(&mut scene, MAPPING, "cron", RARELY)?;
    schedule(&mut scene, "later", "cron", RARELY)?;
    schedule(&mut scene, "later", "missed", "skip")?;
    since_long_ago(&scene)?;

    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("a scheduled run has ended", 1)?;
    host.end()?.expect(DONE)?;
    assert_eq!(asked_by(&scene, MAPPING)?, ["scheduled"]);
    assert_eq!(asked_by(&scene, "later")?, Vec::<String>::new());

    // It has run since: nothing is missed any more.
    let host = Host::start(&scene.purser)?;
    scene.purser.run(&[])?.expect(PARKED)?;
    let printed = host.end()?.all();
    ensure!(!printed.contains("a scheduled run"), "{printed}");
    assert_eq!(asked_by(&scene, MAPPING)?, ["scheduled", "manual"]);
    Ok(())
}

/// The power fails in the middle of a scheduled run: what takes it up is that run still,
/// with what a schedule may do.
#[test]
fn a_scheduled_run_that_was_cut_short_is_taken_up_as_scheduled() -> Result<()> {
    let mut scene = scene()?;
    let may: toml::Value = vec!["scheduled"].into();
    scene
        .purser
        .set(&["mapping", MAPPING, "operations", "user", "create"], may)?;
    schedule(&mut scene, MAPPING, "cron", RARELY)?;
    since_long_ago(&scene)?;
    let cut = scene.purser.spawn_cut(&["serve"], "settle.after=20")?;
    assert_eq!(cut.wait()?.code, None, "the power has failed");
    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("what was cut short has been taken up", 1)?;
    host.end()?.expect(DONE)?;
    assert_eq!(asked_by(&scene, MAPPING)?, ["scheduled", "scheduled"]);
    at_rest(&scene)
}

#[test]
fn what_is_switched_off_on_schedule_is_done_on_a_persons_word() -> Result<()> {
    let mut scene = scene()?;
    let may: toml::Value = vec!["manual"].into();
    for kind in ["user", "role", "group"] {
        let path = ["mapping", MAPPING, "operations", kind, "create"];
        scene.purser.set(&path, may.clone())?;
    }
    schedule(&mut scene, MAPPING, "cron", OFTEN)?;
    let plan = scene
        .purser
        .call(&["plan", MAPPING, "--trigger", "scheduled"])?;
    told(
        &plan,
        PARKED,
        &["`operations.user.create` does not name scheduled"],
    )?;
    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("a scheduled run has ended", 1)?;
    assert_eq!(scene.proxy.counts().writes, 0);
    let synced = scene
        .purser
        .call(&["sync", MAPPING, "--object", "user:5"])?;
    told(&synced, DONE, &["user:5: create"])?;
    scene.purser.run(&[])?.expect(PARKED)?;
    host.end()?.expect(DONE)?;
    scene.compare(Version::First)
}

#[test]
fn a_schedule_that_cannot_be_is_refused() -> Result<()> {
    let mut scene = scene()?;
    schedule(&mut scene, MAPPING, "cron", "0 25 * * *")?;
    let check = scene.purser.call(&["check"])?;
    told(
        &check,
        2,
        &["not a cron expression", "every night at three"],
    )?;
    schedule(&mut scene, MAPPING, "cron", "0 3 * * *")?;
    schedule(&mut scene, MAPPING, "time_zone", "Europe/Atlantis")?;
    let check = scene.purser.call(&["check"])?;
    told(&check, 2, &["there is no time zone `Europe/Atlantis`"])?;
    Ok(())
}
