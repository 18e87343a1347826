use super::*;
use crate::{
    resource::Resource,
    schema::ResourceSchema,
    urn::{ENTERPRISE_USER, USER},
};
use serde_json::json;

fn resource(value: Value) -> Resource {
    Resource::from_value(value).unwrap()
}

/// The delta as operations, each `op path value`.
fn operations(from: Value, to: Value) -> Vec<String> {
    let delta = diff(&resource(from), &resource(to), &ResourceSchema::user());
    let patch = delta.to_patch();
    let words = patch.operations.iter().map(|operation| {
        let path = operation.path.as_ref().unwrap();
        match &operation.value {
            Some(value) => format!("{} {path} {value}", operation.op.word()),
            None => format!("{} {path}", operation.op.word()),
        }
    });
    words.collect()
}

#[test]
fn one_operation_per_change() {
    assert_eq!(
        operations(
            json!({
                "userName": "bjensen",
                "title": "Guide",
                "name": { "familyName": "Jensen", "givenName": "Babs" },
                ENTERPRISE_USER: { "department": "Tours", "manager": { "value": "1", "displayName": "John" } },
            }),
            json!({
                "username": "BJensen",
                "name": { "familyname": "Jensen", "middleName": "J" },
                "active": false,
                ENTERPRISE_USER: { "department": "Sales", "manager": { "value": "2" } },
            }),
        ),
        [
            "replace userName \"BJensen\"".to_owned(),
            "remove title".to_owned(),
            "remove name.givenName".to_owned(),
            "add name.middleName \"J\"".to_owned(),
            format!("replace {ENTERPRISE_USER}:department \"Sales\""),
            format!("replace {ENTERPRISE_USER}:manager.value \"2\""),
            "add active false".to_owned(),
        ]
    );
}

#[test]
fn spellings_of_the_same_are_no_change() {
    let full = json!({
        "title": null,
        "name": { "familyName": "Jensen", "givenName": null },
        "emails": [null, { "value": "a", "type": "work" }, { "value": "b" }],
        "phoneNumbers": [],
        ENTERPRISE_USER: {},
    });
    let spare = json!({
        "name": { "familyName": "Jensen" },
        "emails": [{ "value": "b", "display": null }, { "type": "work", "Value": "a" }],
    });
    assert!(operations(full.clone(), spare.clone()).is_empty());
    assert!(operations(spare, full).is_empty());
}

#[test]
fn a_list_is_replaced_as_a_whole() {
    assert_eq!(
        operations(
            json!({ "emails": [{ "value": "a" }, { "value": "b" }] }),
            json!({ "emails": [{ "value": "b" }, null, { "value": "C" }, { "value": "b" }] }),
        ),
        [r#"replace emails [{"value":"b"},{"value":"C"}]"#]
    );
    assert_eq!(
        operations(
            json!({ "emails": [{ "value": "a" }] }),
            json!({ "emails": [] })
        ),
        ["remove emails"]
    );
}

#[test]
fn what_is_not_ours_to_write_never_appears() {
    let ours = json!({ "userName": "a" });
    let theirs = json!({
        "schemas": [USER],
        "id": "1",
        "userName": "a",
        "meta": { "version": "x" },
        "groups": [{ "value": "g" }],
        ENTERPRISE_USER: { "manager": { "displayName": "John" } },
    });
    assert!(operations(ours.clone(), theirs.clone()).is_empty());
    assert!(operations(theirs, ours).is_empty());
}

#[test]
fn unknown_attributes_go_by_their_json() {
    assert_eq!(
        operations(
            json!({ "shoe": 38, "tags": ["a", "b"], "desk": { "floor": 1, "room": { "n": 1 } }, "x": 1 }),
            json!({ "shoe": 39, "tags": ["b", "a"], "desk": { "floor": 1, "room": { "n": 2 } }, "x": [1],
                    "urn:example:Ext": { "a": [1] }, "urn:example:Odd": 5 }),
        ),
        [
            "replace shoe 39",
            r#"replace desk.room {"n":2}"#,
            "replace x [1]",
            "add urn:example:Ext:a [1]",
            "add urn:example:Odd 5",
        ]
    );
}

#[test]
fn a_delta_survives_json() {
    let delta = diff(
        &resource(json!({ "title": "a" })),
        &resource(json!({ "name": { "givenName": "b" } })),
        &ResourceSchema::user(),
    );
    let json = serde_json::to_value(&delta).unwrap();
    assert_eq!(json["changes"][1]["path"], json!("name.givenName"));
    assert_eq!(serde_json::from_value::<Delta>(json).unwrap(), delta);
}

#[test]
fn an_overlay_manages_what_it_names() {
    let base = json!({
        "schemas": [USER, ENTERPRISE_USER, "urn:example:Ext"],
        "userName": "bjensen",
        "title": "Guide",
        "nickName": "Babs",
        "name": { "familyName": "Jensen", "givenName": "Barbara" },
        "emails": [{ "value": "a" }],
        "photos": [{ "value": "p" }],
        "urn:example:Ext": { "a": 1 },
        ENTERPRISE_USER: { "department": "Tours" },
    });
    let over = json!({
        "schemas": [USER],
        "UserName": "babs",
        "title": null,
        "name": { "givenName": null, "middleName": "J" },
        "emails": [{ "value": "b" }],
        "photos": [],
        ENTERPRISE_USER: { "department": null },
    });
    assert_eq!(
        overlay(&resource(base), &resource(over)).into_value(),
        json!({
            "schemas": [USER, "urn:example:Ext"],
            "userName": "babs",
            "nickName": "Babs",
            "name": { "familyName": "Jensen", "middleName": "J" },
            "emails": [{ "value": "b" }],
            "urn:example:Ext": { "a": 1 },
        })
    );
}

#[test]
fn a_create_holds_nothing_empty() {
    assert_eq!(
        without_empty(resource(json!({
            "schemas": [USER, ENTERPRISE_USER],
            "userName": "babs",
            "title": null,
            "active": false,
            "nickName": "",
            "name": { "givenName": null },
            "emails": [{ "value": "a", "type": null }, {}, null],
            ENTERPRISE_USER: { "manager": { "value": null } },
        })))
        .into_value(),
        json!({
            "schemas": [USER],
            "userName": "babs",
            "active": false,
            "nickName": "",
            "emails": [{ "value": "a" }],
        })
    );
}
