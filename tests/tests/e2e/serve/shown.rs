//! What people see of the work: progress on a terminal, and the log.

use anyhow::{Context, Result, ensure};
use purser_tests::{
    host::Host,
    proxy::{Fault, Moment, Trouble},
    purser::MAPPING,
};
use serde_json::Value;

use super::{DONE, FAILED, PARKED, USAGE, scene, told};

#[test]
fn a_terminal_shows_how_far_a_run_is_and_nothing_else_does() -> Result<()> {
    let scene = scene()?;
    let fault = Fault::new("POST /Users", 5, Trouble::Hold(Moment::AfterAnswer));
    scene.proxy.trouble(fault);
    let alone = scene.purser.spawn_on_terminal(&["run", MAPPING])?;
    alone.until_printed("writing", 1)?;
    alone.until_printed("No host is running", 1)?;
    scene.proxy.let_go();
    alone.wait()?.expect(PARKED)?;

    // The host says it to its client.
    let host = Host::start(&scene.purser)?;
    let fault = Fault::new("GET /Users", 1, Trouble::Hold(Moment::BeforeForward));
    scene.proxy.trouble(fault);
    let client = scene.purser.spawn_on_terminal(&["plan", MAPPING])?;
    client.until_printed("listing User", 1)?;
    client.until_printed("Asking the running host", 1)?;
    let quiet = scene
        .purser
        .spawn_on_terminal(&["run", MAPPING, "--quiet"])?;
    let elsewhere = scene.purser.spawn(&["run", MAPPING])?;
    scene.proxy.let_go();
    client.wait()?.expect(PARKED)?;
    for run in [quiet, elsewhere] {
        let outcome = run.wait()?;
        outcome.expect(PARKED)?;
        for word in ["reading", "planning", "Asking", "\u{1b}[2K"] {
            ensure!(!outcome.all().contains(word), "{word}: {}", outcome.all());
        }
    }
    host.end()?.expect(DONE)
}

#[test]
fn the_log_says_what_was_done_to_whom_and_why() -> Result<()> {
    let scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let follow = ["log", "--follow"];
    let follower = scene.purser.spawn(&follow)?;
    let interrupted = scene.purser.spawn(&follow)?;
    host.running()?.until_printed("operation=\"log\"", 2)?;
    interrupted.victim().interrupt()?;
    let outcome = interrupted.wait()?;
    told(&outcome, FAILED, &["stopped before its end"])?;
    scene.purser.run(&[])?.expect(PARKED)?;
    let users = usize::try_from(scene.dataset.expected_users()?)?;
    follower.until_printed("create user:", users)?;
    let lines = |arguments: &[&str]| -> Result<Vec<Value>> {
        let outcome = scene
            .purser
            .call(&[&["log", "--json", "--limit", "100000"], arguments].concat())?;
        outcome.expect(DONE)?;
        let lines = outcome.stdout.lines();
        Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
    };
    let all = lines(&[])?;
    let created = |line: &&Value| {
        line["effects"] == "create"
            && line["object"]
                .as_str()
                .is_some_and(|o| o.starts_with("user:"))
    };
    assert_eq!(
        all.iter().filter(created).count() as u64,
        scene.dataset.expected_users()?,
        "{:?}",
        all.first()
    );
    let first = all.iter().find(created).context("a created account")?;
    let object = first["object"].as_str().context("an object")?;
    let of_it = lines(&["--object", object])?;
    assert!(!of_it.is_empty() && of_it.len() < all.len());
    assert!(of_it.iter().all(|line| line["object"] == object));
    assert_eq!(lines(&["--mapping", MAPPING])?, all);
    assert_eq!(lines(&["--since", "1h"])?, all);
    assert_eq!(
        lines(&["--since", "2999-01-01T00:00:00Z"])?,
        [0; 0].map(Value::from)
    );
    assert_eq!(lines(&["--run", "1"])?, all);
    assert_eq!(lines(&["--limit", "3"]).ok(), None, "given twice");
    let last = scene.purser.call(&["log", "--limit", "3"])?;
    assert_eq!(
        last.stdout
            .lines()
            .filter(|line| line.starts_with("20"))
            .count(),
        3
    );

    // Names of attributes and why, and nobody's data.
    let outcome = scene.purser.call(&["log", "--object", object])?;
    told(&outcome, DONE, &["create", object, "userName", "run 1"])?;
    let text: String = scene.purser.call(&["log", "--limit", "100000"])?.stdout;
    assert!(!text.contains('@'), "an address: {text}");
    told(
        &scene.purser.call(&["log", "--since", "yesterday"])?,
        USAGE,
        &["write a time with its zone"],
    )?;
    host.end()?.expect(DONE)?;
    told(&follower.wait()?, FAILED, &["stopped before its end"])?;
    let alone = scene.purser.call(&follow)?;
    told(&alone, USAGE, &["there is no running host to follow"])
}
