use super::*;
use crate::{
    diff::diff,
    path::AttrPath,
    schema::ResourceSchema,
    urn::{ENTERPRISE_USER, USER},
};
use serde_json::json;

fn user() -> Resource {
    Resource::from_value(json!({
        "schemas": [USER],
        "id": "2819c223",
        "UserName": "bjensen",
        "x-Unknown": { "kept": [1, null] },
        "name": { "givenName": "Barbara" },
        "emails": [{ "value": "a@example.com", "type": "work" }, { "value": "b@example.com" }, null],
        ENTERPRISE_USER: { "department": "Tours" },
    }))
    .unwrap()
}

fn path(text: &str) -> AttrPath {
    text.parse().unwrap()
}

#[test]
fn text_survives_a_round_trip_byte_for_byte() {
    let text = r#"{"z":1,"a":{"c":null,"b":[]},"urn:x:y":{},"schemas":[]}"#;
    let resource = Resource::parse(text).unwrap();
    assert_eq!(serde_json::to_string(&resource).unwrap(), text);
}

#[test]
fn names_ignore_case_and_keep_their_spelling_and_place() {
    let mut user = user();
    assert_eq!(user.get("username"), Some(&json!("bjensen")));
    user.set("userName", "babs");
    assert_eq!(user.as_map().keys().nth(2).unwrap(), "UserName");
    assert_eq!(user.get("USERNAME"), Some(&json!("babs")));
    assert_eq!(user.remove("userNAME"), Some(json!("babs")));
    let keys: Vec<_> = user.as_map().keys().take(4).collect();
    assert_eq!(keys, ["schemas", "id", "x-Unknown", "name"]);
}

#[test]
fn paths_reach_into_core_extension_and_lists() {
    let user = user();
    assert_eq!(
        user.get_path(&path(&format!("{USER}:name.GIVENNAME"))),
        Some(&json!("Barbara"))
    );
    assert_eq!(
        user.get_path(&path(&format!(
            "{}:department",
            ENTERPRISE_USER.to_uppercase()
        ))),
        Some(&json!("Tours"))
    );
    assert_eq!(user.get_path(&path("department")), None);
    assert_eq!(user.get_path(&path("emails.value")), None);
    assert_eq!(
        user.values_at(&path("emails.value")),
        [&json!("a@example.com"), &json!("b@example.com")]
    );
    assert_eq!(user.values_at(&path("emails")).len(), 2);
    assert_eq!(user.values_at(&path("name.nothing")), Vec::<&Value>::new());
}

#[test]
fn writing_an_extension_brings_its_urn_and_emptying_takes_it() {
    let mut user = Resource::new();
    let department = path(&format!("{ENTERPRISE_USER}:department"));
    let manager = path(&format!("{ENTERPRISE_USER}:manager.value"));
    user.set_path(&path("userName"), "babs");
    user.set_path(&department, Value::Null);
    assert!(user.schemas().is_empty());
    user.set_path(&department, "Tours");
    user.set_path(&manager, "26118915");
    assert_eq!(user.schemas(), [ENTERPRISE_USER]);
    assert_eq!(user.as_map().keys().next().unwrap(), "schemas");

    assert_eq!(user.remove_path(&manager), Some(json!("26118915")));
    assert_eq!(
        user.get(ENTERPRISE_USER),
        Some(&json!({ "department": "Tours" }))
    );
    user.remove_path(&department);
    assert_eq!(
        user.into_value(),
        json!({ "userName": "babs", "schemas": [] })
    );
}

#[test]
fn a_sub_attribute_is_set_in_every_value() {
    let mut user = user();
    user.set_path(&path("emails.type"), "other");
    assert_eq!(user.values_at(&path("emails.type")), [&json!("other"); 3]);
    user.remove_path(&path("emails.type"));
    user.remove_path(&path("emails.value"));
    assert_eq!(user.get("emails"), None);
}

#[test]
fn only_objects_are_resources() {
    assert_eq!(
        Resource::parse("[]").unwrap_err().to_string(),
        "the resource is a list, not a JSON object"
    );
    assert!(Resource::parse("{").is_err());
    assert!(Resource::parse(&"[".repeat(100_000)).is_err());
}

/// The bodies of RFC 7643 §8.1–8.4.
#[test]
fn the_examples_of_the_rfc_are_carried_whole() {
    let user = ResourceSchema::user();
    let group = ResourceSchema::group();
    for (text, schema) in [
        (include_str!("data/minimal_user.json"), &user),
        (include_str!("data/full_user.json"), &user),
        (include_str!("data/enterprise_user.json"), &user),
        (include_str!("data/group.json"), &group),
    ] {
        let resource = Resource::parse(text).unwrap();
        let printed = serde_json::to_string_pretty(&resource).unwrap();
        assert_eq!(printed, text.trim_end());
        assert_eq!(schema.unknown_attributes(&resource), []);
        assert_eq!(schema.missing_required(&resource), []);

        // Made from nothing by PATCH, it lacks only what the server assigns.
        let mut made = Resource::new();
        let delta = diff(&made, &resource, schema);
        assert!(delta.to_patch().apply(&mut made, schema).unwrap());
        assert!(diff(&made, &resource, schema).is_empty());
        let lost = resource
            .as_map()
            .keys()
            .filter(|name| made.get(name).is_none());
        assert!(
            lost.into_iter()
                .all(|name| { ["schemas", "id", "groups", "meta"].contains(&name.as_str()) })
        );
    }
}
