//! `purser plugin inspect`: what a component is, or why it is none.

use std::fs;

use anyhow::{Context, Result, ensure};
use purser_tests::{
    dataset::{Dataset, Version},
    files,
    purser::{MAPPING, Outcome},
    scene::{Leavers, Scene},
    server::Demo,
};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The exit code of docs/exit-codes.md.
const USAGE: i32 = 2;

fn inspect(scene: &Scene, arguments: &[&str]) -> Result<Outcome> {
    scene
        .purser
        .call(&[&["plugin", "inspect"], arguments].concat())
}

#[test]
fn a_component_says_what_it_is_and_what_it_wants() -> Result<()> {
    let scene = Scene::new(Dataset::changing(20, 2, "0.3")?)?;
    let file = files::program(
        files::target()?.join("guests/wasm32-unknown-unknown/guest/university.wasm"),
    )?;
    let path = file.to_str().context("a path in UTF-8")?;
    let outcome = inspect(&scene, &[path, "--json"])?;
    outcome.expect(0)?;
    let told = outcome.json()?;
    let digest: String = Sha256::digest(fs::read(&file)?)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(told["name"], "university");
    assert_eq!(told["version"], "0.1.0");
    assert_eq!(told["digest"], format!("sha256:{digest}"));
    assert_eq!(told["capabilities"][0]["name"], "time");
    assert_eq!(told["file_bytes"], fs::metadata(&file)?.len());
    assert_eq!(told["memories"], 1);
    for (list, entry) in [
        ("reads", "contract_end"),
        ("writes", "entitlements"),
        ("imports", "purser:plugin/log@0.1.0"),
        ("exports", "purser:plugin/mapping@0.1.0"),
    ] {
        let list = told[list].as_array().context("a list")?;
        ensure!(list.contains(&json!(entry)), "{entry}: {told}");
    }
    let settings = &told["settings_schema"]["properties"];
    assert_eq!(settings["utc_offset"]["type"], "string");

    // For people: the same, line by line.
    let outcome = inspect(&scene, &[path])?;
    outcome.expect(0)?;
    for word in [
        "university 0.1.0",
        &digest,
        "contract_end",
        "asks for  time: Contractors lose their account",
        "64 MiB at most unless configured",
        "\"utc_offset\"",
    ] {
        ensure!(outcome.stdout.contains(word), "{word}:\n{}", outcome.stdout);
    }
    inspect(&scene, &["attribute-map"])?.expect(0)
}

#[test]
fn what_is_no_component_is_refused_in_words() -> Result<()> {
    let scene = Scene::new(Dataset::changing(20, 2, "0.3")?)?;
    let folder = scene.purser.folder();
    fs::write(folder.join("text.wasm"), "no WebAssembly")?;
    // The smallest module there is: the format's magic and its version.
    fs::write(folder.join("empty.wasm"), b"\0asm\x01\0\0\0")?;
    fs::write(folder.join("cut.wasm"), b"\0asm\x0d\0\x01\0\x07\x7f")?;
    for (file, word) in [
        ("text.wasm", "not a WebAssembly file"),
        ("empty.wasm", "without the plugin contract"),
        ("cut.wasm", "damaged, cut off"),
        ("nowhere.wasm", "there is no plugin or file `nowhere.wasm`"),
    ] {
        let outcome = inspect(&scene, &[file])?;
        outcome.expect(USAGE)?;
        ensure!(outcome.stderr.contains(word), "{file}: {}", outcome.stderr);
        ensure!(outcome.stdout.is_empty(), "{file}: {}", outcome.stdout);
    }
    Ok(())
}

/// A pool wants the addresses of 256 memories: 4 GiB each, or as much as the limits
/// allow. Where neither is to be had, each call makes its memory.
#[test]
fn where_address_space_is_short_plugins_work_and_it_is_said() -> Result<()> {
    let small = "no address space for a memory pool of this size";
    let none = "no memory pool for plugins, allocating on demand";
    for (mib, warnings) in [(64 << 10, 1), (3 << 10, 3)] {
        let dataset = Dataset::changing(60, 2, "0.3")?;
        let scene = Scene::around(dataset, Leavers::Deactivate, Demo::start)?;
        let code = scene.code(Version::First);
        let outcome = scene.purser.call_within(mib, &["run", MAPPING])?;
        outcome.expect(code).with_context(|| format!("{mib} MiB"))?;
        scene.compare(Version::First)?;
        let lines = outcome.stderr.lines();
        let told = lines.filter(|line| line.contains(small) || line.contains(none));
        assert_eq!(told.count(), warnings, "{mib} MiB: {}", outcome.stderr);
        assert_eq!(outcome.stderr.contains(none), warnings == 3);
        // And the next finds its code in the cache.
        scene
            .purser
            .call_within(mib, &["run", MAPPING])?
            .expect(code)?;
    }
    Ok(())
}

/// A component of `tests/guests` that is written in WAT; what its file says to repeat
/// is repeated.
fn bomb(name: &str) -> Result<Vec<u8>> {
    let path = files::root()?.join(format!("tests/guests/{name}/guest.wat"));
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut parts = text.split(";; repeat ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (times, rest) = part.split_once('\n').context("how often")?;
        let (body, rest) = rest.split_once(";; end").context("an end")?;
        out.push_str(&body.repeat(times.parse()?));
        out.push_str(rest);
    }
    Ok(wat::parse_str(out)?)
}

/// The compiler has the time and the memory that the mapping allows, and the run ends
/// before anything is sent.
#[test]
fn a_bomb_for_the_compiler_ends_within_the_limits_of_its_mapping() -> Result<()> {
    let dataset = Dataset::changing(20, 2, "0.3")?;
    let mut scene = Scene::around(dataset, Leavers::Deactivate, Demo::start)?;
    let stories = [
        (
            "bomb-instances",
            "compile_memory_mib = 256",
            "it needs more than 268435456 bytes of memory, or the file breaks it",
        ),
        (
            "bomb-function",
            "compile_seconds = 1",
            "compiling it takes longer than 1 s",
        ),
    ];
    for (name, limit, words) in stories {
        fs::write(scene.purser.folder().join("bomb.wasm"), bomb(name)?)?;
        let plugin: toml::Table = "path = \"bomb.wasm\"".parse()?;
        let limits: toml::Table = limit.parse()?;
        let mapping = ["mapping", MAPPING];
        for (key, table) in [("plugin", plugin), ("limits", limits)] {
            scene.purser.set(&[mapping[0], mapping[1], key], table)?;
        }
        scene.purser.write_config()?;
        for arguments in [&["run", MAPPING][..], &["check"]] {
            let outcome = scene.purser.call(arguments)?;
            outcome.expect(USAGE)?;
            let all = outcome.all();
            ensure!(all.contains(words), "{name}, {arguments:?}: {all}");
        }
        assert_eq!(scene.proxy.take().len(), 0, "{name}: nobody was asked");
    }
    Ok(())
}
