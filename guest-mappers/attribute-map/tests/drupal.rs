//! The example's settings for a Drupal export give exactly what is expected.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may stop at the first surprise"
)]

use std::{fs, path::PathBuf};

use attribute_map::AttributeMap;
use purser_guest::{
    Context, Outcome, ProblemKind, SourceObject,
    json::{self, Map, Value},
    map_batch,
};

fn rows(name: &str) -> Vec<Map<String, Value>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/drupal-300");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    text.lines()
        .map(|line| json::from_str(line).unwrap())
        .collect()
}

fn context() -> Context {
    let config: Value =
        toml::from_str(include_str!("../../../examples/drupal-300/purser.toml")).unwrap();
    Context::with_settings(config["mapping"]["people"]["settings"].clone())
}

/// The objects as a source would hand them over.
fn objects(kind: &str, resource_type: &str, id: &str, file: &str) -> Vec<SourceObject> {
    let object = |attributes: Map<String, Value>| SourceObject {
        kind: kind.to_owned(),
        id: attributes[id].to_string(),
        resource_type: resource_type.to_owned(),
        active: true,
        roles: Vec::new(),
        attributes,
    };
    rows(file).into_iter().map(object).collect()
}

/// What a create sends: no nulls, nothing empty.
fn without_nulls(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(object) => {
            let kept: Map<String, Value> = object
                .into_iter()
                .filter_map(|(name, value)| Some((name, without_nulls(value)?)))
                .collect();
            (!kept.is_empty()).then_some(kept.into())
        }
        other => Some(other),
    }
}

fn users(file: &str, expected: &str) {
    let objects = objects("user", "User", "uid", file);
    let outcomes = map_batch::<AttributeMap>(&context(), &objects);
    let expected = rows(expected);
    let mut found = Vec::new();
    for (object, outcome) in objects.iter().zip(outcomes) {
        match outcome {
            Outcome::Projection(mut projection) => {
                let roles = projection.resource.remove("groups").unwrap();
                let wanted: Vec<Value> = object.attributes["roles"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(Value::as_str)
                    .filter(|role| !["anonymous", "authenticated"].contains(role))
                    .map(|role| json::json!({ "value": format!("role:{role}") }))
                    .collect();
                assert_eq!(roles, Value::Array(wanted));
                found.push((
                    object.attributes["uid"].clone(),
                    without_nulls(projection.resource.into()).unwrap(),
                ));
            }
            // The anonymous account has no name.
            Outcome::Problem(problem) => {
                assert_eq!(problem.kind, ProblemKind::MissingAttribute);
                assert_eq!(problem.attribute.as_deref(), Some("userName"));
                assert_eq!(object.attributes["uid"], 0);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(found.len(), expected.len());
    for ((uid, resource), expected) in found.iter().zip(&expected) {
        assert_eq!(*uid, expected["uid"]);
        assert_eq!(*resource, expected["resource"], "uid {uid}");
    }
}

#[test]
fn users_come_out_as_expected() {
    users("users.jsonl", "expected_users.jsonl");
}

#[test]
fn users_come_out_as_expected_after_the_changes() {
    users("users.v2.jsonl", "expected_users.v2.jsonl");
}

#[test]
fn groups_come_out_as_expected() {
    for (groups, expected) in [
        ("groups.jsonl", "expected_groups.jsonl"),
        ("groups.v2.jsonl", "expected_groups.v2.jsonl"),
    ] {
        let mut objects = objects("role", "Group", "id", "roles.jsonl");
        objects.extend(self::objects("group", "Group", "gid", groups));
        let expected = rows(expected);
        assert_eq!(objects.len(), expected.len());
        let outcomes = map_batch::<AttributeMap>(&context(), &objects);
        for ((outcome, mut expected), object) in outcomes.into_iter().zip(expected).zip(&objects) {
            let Outcome::Projection(mut projection) = outcome else {
                panic!("{outcome:?}");
            };
            // The expectation names members as the target does; here they are
            // references to the source's objects.
            expected.remove("members");
            let members = projection.resource.remove("members");
            if object.kind == "group" {
                let wanted: Vec<Value> = object.attributes["members"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|uid| json::json!({ "value": format!("user:{uid}") }))
                    .collect();
                assert_eq!(members, Some(Value::Array(wanted)));
            }
            assert_eq!(projection.resource, expected);
        }
    }
}
