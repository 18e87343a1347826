//! The default mapping as a component, and what a configuration checks.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests may stop at the first surprise"
)]

#[path = "support/guests.rs"]
#[expect(dead_code, reason = "each test file uses its part")]
mod guests;

use std::path::PathBuf;

use guests::{context, guest, hostile, map, runtime};
use insta::assert_snapshot;
use purser_plugin::{Grants, Mapper, Outcome, ProblemKind, Reads, Runtime, SourceObject};
use serde_json::{Map, Value, json};

fn attribute_map(runtime: &Runtime) -> Mapper {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("examples/drupal-300/purser.toml");
    let config: Value = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    runtime
        .load("staff", &guest("attribute_map.wasm"), &Grants::none())
        .unwrap()
        .configure(&config["mapping"]["people"]["settings"])
        .unwrap()
}

fn users() -> Vec<Map<String, Value>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("examples/drupal-300/users.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn objects(users: &[Map<String, Value>]) -> Vec<SourceObject<'_>> {
    let object = |attributes| SourceObject {
        kind: "user",
        id: "1",
        resource_type: "User",
        active: true,
        roles: &[],
        attributes,
    };
    users.iter().map(object).collect()
}

#[test]
fn the_default_mapping_maps() {
    let runtime = runtime();
    let mapper = attribute_map(&runtime);
    let users = users();
    let mut mapped = 0;
    for batch in objects(&users).chunks(100) {
        for (outcome, object) in mapper
            .map_objects(&context(), batch)
            .unwrap()
            .iter()
            .zip(batch)
        {
            match outcome {
                Outcome::Projection(projection) => {
                    assert_eq!(projection.resource["externalId"], object.attributes["uuid"]);
                    mapped += 1;
                }
                Outcome::Problem(problem) => {
                    assert_eq!(problem.kind, ProblemKind::MissingAttribute);
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(mapped, 301);
}

#[test]
fn only_what_is_read_is_sent() {
    let runtime = runtime();
    let mapper = hostile(&runtime).configure(&json!({})).unwrap();
    assert_eq!(*mapper.reads(), Reads::Names(["login".to_owned()].into()));
    let outcomes = map(&mapper, &["1"]).unwrap();
    let Outcome::Projection(projection) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    // The guest writes there the names of all that it was given.
    assert_eq!(projection.resource["schemas"], json!(["login"]));
}

#[test]
fn a_fingerprint_tells_settings_and_files_apart() {
    let runtime = runtime();
    let plugin = hostile(&runtime);
    let one = plugin.configure(&json!({})).unwrap();
    let same = hostile(&runtime).configure(&json!({})).unwrap();
    let other = plugin.configure(&json!({ "do": "fine" })).unwrap();
    assert_eq!(one.fingerprint(), same.fingerprint());
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_eq!(plugin.digest().len(), 64);
    assert_eq!(plugin.description().name, "hostile");
}

#[test]
fn settings_are_checked_against_schema_plugin_and_grants() {
    let runtime = runtime();
    let plugin = hostile(&runtime);
    let refusal = |settings: Value| plugin.configure(&settings).unwrap_err().to_string();
    assert_snapshot!(refusal(json!({ "do": 1, "dont": 2 })), @r#"settings do not fit: /do: the value is not of type "string"; the settings: Additional properties are not allowed ('dont' was unexpected)"#);
    assert_snapshot!(refusal(json!([])), @r#"settings do not fit: the settings: the value is not of type "object""#);
    assert_snapshot!(refusal(json!({ "do": "refuse" })), @"settings do not fit: refused by [31m request");
    assert_snapshot!(refusal(json!({ "do": "ask-time" })), @r#"asks for `time` (to know when), which is not granted: allow it with `grants = ["time"]` under `[mapping.staff]`"#);
    assert_snapshot!(refusal(json!({ "do": "ask-network" })), @"asks for `network`, which this host does not offer");
    let granted = runtime
        .load(
            "staff",
            &guest("hostile.wasm"),
            &Grants::from_iter(["time"]),
        )
        .unwrap();
    let mapper = granted.configure(&json!({ "do": "ask-time" })).unwrap();
    assert!(mapper.knows_time());
}

#[test]
fn the_default_mapping_says_what_is_wrong_with_a_table() {
    let runtime = runtime();
    let plugin = runtime
        .load("staff", &guest("attribute_map.wasm"), &Grants::none())
        .unwrap();
    let refusal = |rule: Value| {
        let settings = json!({ "user": { "title": rule } });
        plugin.configure(&settings).unwrap_err().to_string()
    };
    assert_snapshot!(refusal(json!({ "frm": "title" })), @"settings do not fit: /user/title: Additional properties are not allowed ('frm' was unexpected)");
    assert_snapshot!(refusal(json!({ "from": "title", "transform": ["upper"] })), @"settings do not fit: kind `user`, path `title`: unknown transform `upper`");
    assert_snapshot!(refusal(json!({ "from": ["title"] })), @r#"settings do not fit: /user/title/from: the value is not of type "string""#);
}

#[test]
fn a_mapper_is_shared_by_threads() {
    let runtime = runtime();
    let mapper = attribute_map(&runtime);
    // The mapper keeps the engine and its clock alive.
    drop(runtime);
    let users = users();
    let objects = objects(&users);
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| mapper.map_objects(&context(), &objects[..20]).unwrap());
        }
    });
}
