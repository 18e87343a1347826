//! The misbehaving components of `tests/guests`, in a real run: whoever stands
//! beside a culprit in its batch reaches the target, and only the culprit is
//! parked, whichever limit it breaks.
//!
//! `crates/plugin/tests/corpus.rs` describes the folders. Cases that are refused
//! when they are loaded map nobody and have no neighbours.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use purser_host::config::{LookupConfig, LookupContent, PluginRef};
use serde_json::json;
use toml::Table;

use crate::fakes::{MemorySource, World};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The component of a case, as cargo has built it.
fn component(case: &Path) -> PathBuf {
    let name = case.file_name().unwrap().to_str().unwrap();
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let file = format!("{}.wasm", name.replace('-', "_"));
    let path = target
        .join("guests/wasm32-unknown-unknown/guest/examples")
        .join(file);
    assert!(path.exists(), "{name}: run `cargo xtask guests` first");
    path
}

/// The tables that a case is granted.
fn lookups(expected: &Table) -> Vec<LookupConfig> {
    let tables = expected.get("tables").and_then(toml::Value::as_table);
    let table = |(name, entries): (&String, &toml::Value)| {
        let mut table = purser_plugin::Table::default();
        for (key, values) in entries.as_table().unwrap() {
            let values = values.as_array().unwrap().iter();
            let values = values.map(|value| value.as_str().unwrap().to_owned());
            table.insert(key.clone(), values.collect()).unwrap();
        }
        LookupConfig {
            name: name.clone(),
            content: LookupContent::Entries(table),
        }
    };
    tables.into_iter().flatten().map(table).collect()
}

/// Runs a case; answers the ids that must be mapped and those that must not.
async fn run(case: &Path, expected: &Table) -> (usize, usize) {
    let component = component(case);
    let name = case.display();
    let world = World::of(MemorySource::of(&[("user", "User")]), |config| {
        config.plugin = PluginRef::File(component);
        config.settings = json!({});
        config.lookups = lookups(expected);
        config.grants = config
            .lookups
            .iter()
            .map(|table| format!("lookup:{}", table.name))
            .collect();
        config.scope.clear();
        config.limits.batch_time = Duration::from_secs(1);
        config.limits.memory_mib = 32;
    });
    let objects = expected["objects"].as_table().unwrap();
    let people = objects
        .keys()
        .map(|id| json!({"id": id, "login": "jdoe", "secret": "hush"}));
    world.source.put("user", people.collect());
    let report = world.run().await;

    let mapped = |outcome: &toml::Value| outcome.as_str() == Some("mapped");
    let wanted: Vec<&String> = objects
        .iter()
        .filter(|(_, outcome)| mapped(outcome))
        .map(|(id, _)| id)
        .collect();
    for id in &wanted {
        world.target.by("User", "userName", id);
    }
    assert_eq!(world.target.count("User"), wanted.len(), "{name}");
    let status = world.status().await;
    let parked: Vec<&str> = status
        .parked
        .iter()
        .map(|row| row.object.as_str())
        .collect();
    let culprits: Vec<String> = objects
        .iter()
        .filter(|(_, outcome)| !mapped(outcome))
        .map(|(id, _)| format!("user:{id}"))
        .collect();
    assert_eq!(parked, culprits, "{name}");
    assert_eq!((report.suspended, &status.suspended), (0, &None), "{name}");
    (wanted.len(), culprits.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_neighbours_of_every_culprit_reach_the_target() {
    let mut cases: Vec<PathBuf> = fs::read_dir(root().join("tests/guests"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let (mut run_cases, mut with_both) = (0, 0);
    for case in &cases {
        let expected: Table = fs::read_to_string(case.join("expected.toml"))
            .unwrap()
            .parse()
            .unwrap();
        if expected.contains_key("load") {
            continue;
        }
        let (mapped, culprits) = run(case, &expected).await;
        run_cases += 1;
        with_both += usize::from(mapped > 0 && culprits > 0);
    }
    assert!(run_cases >= 19, "only {run_cases} cases were run");
    assert!(
        with_both >= 15,
        "only {with_both} had culprits and neighbours"
    );
}
