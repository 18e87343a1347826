//! The running host, asked over its socket. What ends in the middle, what people
//! see of it, and what it does unasked have files of their own.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::PathBuf,
};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    dataset::{Dataset, Version},
    host::Host,
    proxy::{Fault, Moment, Trouble},
    purser::{MAPPING, Outcome, Running, TARGET},
    scene::Scene,
};
use serde_json::{Value, json};

mod ended;
mod scheduled;
mod shown;
mod unasked;

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
