//! Hosts and clients that end in the middle: on a signal, at once, or without a word.

use anyhow::Result;
use purser_tests::{dataset::Version, host::Host, scene::Scene};

use super::{DONE, FAILED, PARKED, at_rest, held, scene, socket, told};

#[test]
fn a_host_that_is_to_end_settles_what_is_under_way_and_the_next_goes_on() -> Result<()> {
    let scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let client = held(&scene, &host)?;
    host.terminate()?;
    assert!(client.is_running()?, "what is under way is waited for");
    scene.proxy.let_go();
    host.wait()?.expect(DONE)?;
    told(
        &client.wait()?,
        FAILED,
        &["stopped before its end", "hint: nothing is lost"],
    )?;
    let first = scene.proxy.counts();
    assert!(first.users_created < scene.dataset.expected_users()?);
    let (examined, lost) = (scene.purser.call(&["check", "--store"])?, lost(&scene)?);
    examined.expect(DONE)?;
    assert_eq!(lost, 0, "every answer was settled");

    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("what was cut short has been taken up", 1)?;
    let second = scene.proxy.counts();
    assert_eq!(
        first.users_created + second.users_created,
        scene.dataset.expected_users()?
    );
    scene.compare(Version::First)?;
    scene.nothing_adopted()?;
    host.end()?.expect(DONE)
}

/// Creates of which nobody knows what came.
fn lost(scene: &Scene) -> Result<i64> {
    let database = rusqlite::Connection::open(scene.purser.folder().join("purser.db"))?;
    Ok(database.query_row("SELECT count(*) FROM intent", [], |row| row.get(0))?)
}

#[test]
fn a_host_that_is_killed_is_missed_by_its_client_and_the_next_goes_on() -> Result<()> {
    let scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let client = held(&scene, &host)?;
    host.running()?.victim().kill();
    told(
        &client.wait()?,
        FAILED,
        &["went away before it had finished", "hint:"],
    )?;
    drop(host);
    scene.proxy.let_go();
    assert!(socket(&scene).exists(), "nobody took it away");
    // Nobody is behind it: the command line does the work itself.
    told(
        &scene.purser.call(&["status", "-v"])?,
        PARKED,
        &["No host is running"],
    )?;

    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("what was cut short has been taken up", 1)?;
    at_rest(&scene)?;
    host.end()?.expect(DONE)
}

#[test]
fn a_second_signal_ends_the_host_at_once() -> Result<()> {
    let scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let client = held(&scene, &host)?;
    host.terminate()?;
    host.running()?.victim().terminate()?;
    told(&host.wait()?, FAILED, &["a second signal"])?;
    client.wait()?.expect(FAILED)?;
    scene.proxy.let_go();
    scene.purser.run(&[])?.expect(PARKED)?;
    at_rest(&scene)
}

#[test]
fn ctrl_c_ends_the_operation_and_not_the_host() -> Result<()> {
    let scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let client = held(&scene, &host)?;
    client.victim().interrupt()?;
    host.running()?.until_printed("is told to stop", 1)?;
    scene.proxy.let_go();
    told(&client.wait()?, FAILED, &["stopped before its end"])?;
    assert_eq!(lost(&scene)?, 0, "every answer was settled");
    scene.purser.run(&[])?.expect(PARKED)?;
    at_rest(&scene)?;
    host.end()?.expect(DONE)
}

#[test]
fn a_run_whose_client_goes_away_goes_on_to_its_end() -> Result<()> {
    let scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let client = held(&scene, &host)?;
    client.victim().kill();
    host.running()?
        .until_printed("nobody listens any more", 1)?;
    scene.proxy.let_go();
    host.running()?.until_printed(" ended client=", 1)?;
    at_rest(&scene)?;
    host.end()?.expect(DONE)
}
