//! The running host: asked over its socket, ended in the middle, killed, and
//! working of its own accord.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::PathBuf,
};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    dataset::{Dataset, Version},
    files,
    host::Host,
    proxy::{Fault, Moment, Trouble},
    purser::{MAPPING, Outcome, Running, TARGET},
    scene::Scene,
};
use serde_json::{Value, json};
use toml::Table;

/// The exit codes of docs/exit-codes.md.
const DONE: i32 = 0;
const FAILED: i32 = 1;
const USAGE: i32 = 2;
const PARKED: i32 = 5;
const IN_USE: i32 = 6;

/// A small site; two of its people want one name.
fn scene() -> Result<Scene> {
    Scene::new(Dataset::changing(60, 2, "0.3")?)
}

/// A run through the host, with a request of it kept on its way.
fn held(scene: &Scene, host: &Host) -> Result<Running> {
    let fault = Fault::new("POST /Users", 5, Trouble::Hold(Moment::AfterAnswer));
    scene.proxy.trouble(fault);
    let client = scene.purser.spawn(&["run", MAPPING])?;
    scene.proxy.until_held(host.running()?)?;
    Ok(client)
}

/// Fails unless it ended so, and said each of these.
fn told(outcome: &Outcome, code: i32, words: &[&str]) -> Result<()> {
    outcome.expect(code)?;
    let all = outcome.all();
    for word in words {
        ensure!(all.contains(word), "it does not say `{word}`:\n{all}");
    }
    Ok(())
}

/// Each account was made once, by us, and is as it should be; nothing is left to do.
fn at_rest(scene: &Scene) -> Result<()> {
    scene.compare(Version::First)?;
    assert_eq!(
        scene.proxy.counts().users_created,
        scene.dataset.expected_users()?,
        "each account was created once"
    );
    scene.nothing_adopted()?;
    scene.purser.run(&[])?.expect(PARKED)?;
    assert_eq!(scene.proxy.counts().writes, 0, "all of it is remembered");
    Ok(())
}

fn socket(scene: &Scene) -> PathBuf {
    scene.purser.folder().join("purser.db.sock")
}

/// Times, and ids that a server has given, are other ones each time.
fn masked(text: &str) -> String {
    let of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.');
    let mask = |word: &str| {
        let hyphens = word.matches('-').count();
        let hexadecimal = word.chars().all(|c| c.is_ascii_hexdigit());
        if word.len() == 32 && hexadecimal {
            "ID".to_owned()
        } else if word.starts_with("20") && hyphens == 2 && word.contains('T') {
            "TIME".to_owned()
        } else {
            word.to_owned()
        }
    };
    let (mut out, mut word) = (String::new(), String::new());
    for c in text.chars() {
        if of_word(c) {
            word.push(c);
        } else {
            out.push_str(&mask(&std::mem::take(&mut word)));
            out.push(c);
        }
    }
    out + &mask(&word)
}

#[test]
fn what_is_asked_of_the_host_prints_and_ends_as_it_does_without_one() -> Result<()> {
    let stories: [&[&str]; 13] = [
        &["status"],
        &["plan", MAPPING],
        &["run", MAPPING],
        &["run", MAPPING, "--json"],
        &["plan", MAPPING, "--json"],
        &["verify", MAPPING],
        &["verify", MAPPING, "--object", "user:nobody"],
        &["sync", MAPPING, "--match", "nobody has this name"],
        &["status", MAPPING, "--json"],
        &["log", "--limit", "1000"],
        &["log", "--json", "--mapping", MAPPING, "--since", "1h"],
        &["log", "--mapping", "nowhere"],
        &["run", "nowhere"],
    ];
    let [mut alone, mut hosted] = [scene()?, scene()?];
    for scene in [&mut alone, &mut hosted] {
        // One after the other, or the order of the log is chance.
        for key in ["concurrency", "workers"] {
            scene.purser.set(&["target", TARGET, key], 1)?;
        }
        scene.purser.write_config()?;
    }
    let host = Host::start(&hosted.purser)?;
    let mut codes = Vec::new();
    for story in stories {
        let expected = alone.purser.call(story)?;
        let got = hosted.purser.call(story)?;
        let (expected, got) = [expected, got]
            .map(|outcome| {
                let (stdout, stderr) = (masked(&outcome.stdout), masked(&outcome.stderr));
                (outcome.code, stdout, stderr)
            })
            .into();
        assert_eq!(got, expected, "{story:?}");
        codes.push(got.0.context("it was ended by a signal")?);
    }
    assert_eq!(codes[..4], [DONE, PARKED, PARKED, PARKED]);
    assert_eq!(codes[11..], [USAGE, USAGE]);

    // Who did the work is told to people who ask.
    let asked = hosted.purser.call(&["status", "-v"])?;
    told(&asked, PARKED, &["Asking the running host (pid "])?;
    host.end()?.expect(DONE)?;
    let asked = hosted.purser.call(&["status", "-v"])?;
    told(&asked, PARKED, &["No host is running"])?;
    hosted.compare(Version::First)
}

#[test]
fn one_host_has_the_store_and_lets_nobody_else_in() -> Result<()> {
    let mut scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let mode = fs::metadata(socket(&scene))?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    told(&scene.purser.call(&["serve"])?, IN_USE, &["is in use by"])?;
    scene.purser.call(&["status"])?.expect(DONE)?;

    // A copy can be made beside it, and not be put in its place.
    scene.purser.call(&["backup", "copy.db"])?.expect(DONE)?;
    told(
        &scene.purser.call(&["restore", "copy.db"])?,
        IN_USE,
        &["is in use by"],
    )?;

    // A configuration that the host has not read is not the one it works by.
    scene.purser.set(&["target", TARGET, "workers"], 1)?;
    scene.purser.write_config()?;
    told(
        &scene.purser.call(&["run", MAPPING])?,
        USAGE,
        &["was changed after the running host had read it", "hint:"],
    )?;
    assert_eq!(scene.proxy.counts().writes, 0);
    host.end()?.expect(DONE)?;
    assert!(!socket(&scene).exists(), "it takes its socket away");
    Ok(())
}

#[test]
fn whoever_speaks_otherwise_is_told_so_and_the_host_goes_on() -> Result<()> {
    let scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let converse = |line: &str| -> Result<Vec<Value>> {
        let mut stream = UnixStream::connect(socket(&scene))?;
        writeln!(stream, "{line}")?;
        BufReader::new(stream)
            .lines()
            .map(|line| Ok(serde_json::from_str(&line?)?))
            .collect()
    };
    let request = json!({
        "protocol": 99, "version": "9.9", "colours": [false, false],
        "config": {"file": "", "digest": ""}, "operation": {"status": {}},
    });
    let answers = converse(&request.to_string())?;
    assert_eq!(answers[0]["protocol"], 1, "the host says hello first");
    let talk: String = answers.iter().filter_map(|a| a["talk"].as_str()).collect();
    ensure!(
        talk.contains("speaks protocol 1") && talk.contains("hint: restart the host"),
        "{talk}"
    );
    assert_eq!(answers.last().context("an end")?["end"], USAGE);

    assert_eq!(converse("no JSON")?.len(), 1, "it hangs up");
    assert_eq!(converse(&"x".repeat(2 << 20)).map_or(1, |a| a.len()), 1);
    scene.purser.call(&["status"])?.expect(DONE)?;
    host.end()?.expect(DONE)
}

#[test]
fn two_clients_at_once_are_done_one_after_the_other() -> Result<()> {
    let scene = scene()?;
    let host = Host::start(&scene.purser)?;
    let first = held(&scene, &host)?;
    let second = scene.purser.spawn(&["run", MAPPING])?;
    host.running()?.until_printed(" begins client=", 2)?;
    // What only reads does not wait for them.
    scene.purser.call(&["status"])?.expect(PARKED)?;
    assert!(first.is_running()? && second.is_running()?);
    scene.proxy.let_go();
    first.wait()?.expect(PARKED)?;
    second.wait()?.expect(PARKED)?;
    at_rest(&scene)?;
    let runs = scene.purser.call(&["log", "--json", "--limit", "100000"])?;
    let in_second = runs
        .stdout
        .lines()
        .filter(|line| !line.contains("\"run\":1,"));
    assert_eq!(in_second.count(), 0, "the second found everything done");
    host.end()?.expect(DONE)
}

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

/// A site with one contractor, whose account ends with the contract.
fn university(scene: &mut Scene) -> Result<()> {
    let wasm = files::target()?.join("guests/wasm32-unknown-unknown/guest/university.wasm");
    let wasm = files::program(wasm)?;
    let text = format!(
        r#"
        [source.drupal]
        connector = "file"
        [[source.drupal.kinds]]
        name = "person"
        path = "people.jsonl"
        id = "id"
        resource_type = "User"
        expected_rows = 1
        [mapping.people]
        source = "drupal"
        target = "{TARGET}"
        plugin = {{ path = "{}" }}
        grants = ["time"]
        [mapping.people.settings.affiliations.contractor]
        until_contract_end = true
        "#,
        wasm.display()
    );
    for (section, table) in text.parse::<Table>()? {
        scene.purser.config.insert(section, table);
    }
    scene.purser.write_config()?;
    let person = json!({
        "id": "7", "login": "eve", "given_name": "Eve", "family_name": "Poe", "mail": "eve@uni.example",
        "affiliations": ["contractor"], "contract_end": "2999-12-31",
    });
    scene.purser.put_lines("people", &[person.to_string()])
}

#[test]
fn whose_time_has_come_is_brought_into_step_without_anybody_asking() -> Result<()> {
    let mut scene = scene()?;
    university(&mut scene)?;
    scene.purser.run(&[])?.expect(DONE)?;
    assert_eq!(scene.proxy.counts().users_created, 1);

    // Nearly a thousand years pass.
    let database = rusqlite::Connection::open(scene.purser.folder().join("purser.db"))?;
    let rows = database.execute(
        "UPDATE source_document SET document = replace(document, '2999-12-31', '2020-12-31')",
        [],
    )?;
    assert_eq!(rows, 1);
    let links = database.execute(
        "UPDATE link SET reevaluate_at = '2021-01-01T00:00:00.000Z' WHERE reevaluate_at IS NOT NULL",
        [],
    )?;
    assert_eq!(
        links, 1,
        "its mapping has said when it is to be asked again"
    );
    drop(database);

    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("the time of some objects had come", 1)?;
    let log = scene.purser.call(&["log", "--object", "person:7"])?;
    told(&log, DONE, &["deactivate person:7"])?;
    assert_eq!(scene.proxy.counts().writes, 1);
    host.end()?.expect(DONE)?;
    let database = rusqlite::Connection::open(scene.purser.folder().join("purser.db"))?;
    let due = "SELECT count(*) FROM link WHERE reevaluate_at IS NOT NULL";
    let due: i64 = database.query_row(due, [], |row| row.get(0))?;
    assert_eq!(due, 0, "once is enough");
    Ok(())
}
