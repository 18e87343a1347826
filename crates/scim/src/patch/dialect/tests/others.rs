//! Okta, Google, JumpCloud; what is ignored, and what is refused nevertheless.

use super::*;

#[test]
fn okta_repeats_the_whole_group() {
    let after = patched(
        group(),
        json!([{ "op": "replace", "value": {
            "id": "another",
            "schemas": [GROUP, "urn:example:2.0:Other"],
            "meta": { "resourceType": "Group", "version": "W/\"2\"" },
            "displayName": "Guides",
            "members": [],
        } }]),
    );
    assert_eq!(after.id(), Some("e9e30dba"));
    assert_eq!(after.schemas(), [GROUP]);
    assert_eq!(get(&after, "displayName"), json!(["Guides"]));
    assert_eq!(after.get("members"), None);
    assert_eq!(after.get("meta"), None);

    let only_read_only = json!([{ "op": "replace", "value": { "id": "another" } }]);
    let schema = ResourceSchema::group();
    assert_eq!(
        lenient(&body(only_read_only), &schema),
        Ok(PatchRequest::default())
    );
}

#[test]
fn okta_writes_a_users_groups() {
    let after = patched(
        user(),
        json!([{ "op": "replace", "value": {
            "groups": [{ "value": "g1" }],
            "title": "Guide",
            ENTERPRISE_USER: { "department": "Tours", "manager": { "value": "1", "displayName": "J" } },
        } }]),
    );
    assert_eq!(after.get("groups"), None);
    assert_eq!(get(&after, "title"), json!(["Guide"]));
    assert_eq!(
        after.get(ENTERPRISE_USER),
        Some(&json!({ "department": "Tours", "manager": { "value": "1" } }))
    );
    // With a path it is a demand, and refused (RFC 7644 §3.5.2).
    refused(
        user(),
        json!([{ "op": "replace", "path": "groups", "value": [{ "value": "g1" }] }]),
        ScimType::Mutability,
    );
}

/// The samples of the Rust crate scim_v2: Okta's and JumpCloud's members.
#[test]
fn members_in_full() {
    let after = patched(
        group(),
        json!([{ "op": "replace", "path": "members", "value": [
            { "value": "id-001", "display": "user1@example.com" },
            { "value": "id-002", "display": "user2@example.com" },
        ] }]),
    );
    assert_eq!(get(&after, "members.value"), json!(["id-001", "id-002"]));
    let after = patched(
        after,
        json!([{ "op": "remove", "path": "members", "value": [{ "value": "id-001" }] }]),
    );
    assert_eq!(get(&after, "members.value"), json!(["id-002"]));
}

/// Google Workspace, as reported.
#[test]
fn an_operation_without_op_replaces() {
    let after = patched(
        user(),
        json!([
            { "path": "title", "value": "Guide" },
            { "op": null, "value": { "nickName": "Babs" } },
        ]),
    );
    assert_eq!(get(&after, "title"), json!(["Guide"]));
    assert_eq!(get(&after, "nickName"), json!(["Babs"]));
    refused(
        user(),
        json!([{ "path": "title" }]),
        ScimType::InvalidSyntax,
    );
}

#[test]
fn an_envelope_in_any_manner() {
    let schema = ResourceSchema::user();
    let expected = json!([{ "op": "replace", "value": { "title": "Guide" } }]);
    for body in [
        json!({ "operations": [{ "Op": "REPLACE", "Path": "", "Value": { "title": "Guide" } }] }),
        json!({ "SCHEMAS": urn::PATCH_OP.to_uppercase(), "OPERATIONS": [
            { "op": " replace", "path": null, "value": [{ "title": "Guide" }] },
        ] }),
    ] {
        let request = lenient(&body, &schema).unwrap();
        assert_eq!(request.to_value()["Operations"], expected, "{body}");
    }
    for (body, scim_type) in [
        (json!([]), ScimType::InvalidSyntax),
        (json!({}), ScimType::InvalidSyntax),
        (body(json!([])), ScimType::InvalidSyntax),
        (body(json!(["add"])), ScimType::InvalidSyntax),
        (
            body(json!([{ "op": "move", "path": "title" }])),
            ScimType::InvalidSyntax,
        ),
        (
            body(json!([{ "op": "add", "path": 5, "value": 1 }])),
            ScimType::InvalidSyntax,
        ),
        (
            body(json!([{ "op": "add", "path": "title" }])),
            ScimType::InvalidValue,
        ),
        (
            body(json!([{ "op": "add", "path": "a b", "value": 1 }])),
            ScimType::InvalidPath,
        ),
        (
            body(json!([{ "op": "add", "value": { "emails[type": 1 } }])),
            ScimType::InvalidPath,
        ),
    ] {
        let error = lenient(&body, &schema).unwrap_err();
        assert_eq!(
            (error.status, error.scim_type),
            (400, Some(scim_type)),
            "{body}"
        );
    }
}

#[test]
fn what_no_schema_knows_is_left_out() {
    let operations = json!([{ "op": "add", "value": {
        "title": "Guide",
        "shoeSize": 38,
        "name": { "middleName": "Jane", "nobility": "Countess" },
        "name.nobility": "Countess",
        "emails": [{ "value": "a@test.example", "label": "x" }, { "label": "y" }],
        "urn:example:2.0:Ext": { "a": 1 },
        "urn:example:2.0:Ext:b": 2,
        "shoes[size eq 38].colour": "red",
        "emails[type eq \"home\"].label": "z",
        ENTERPRISE_USER: { "desk": 5, "manager.desk": 5, "department": "Tours" },
        "not a name": 1,
    } }]);
    assert_eq!(
        translated(operations, &ResourceSchema::user()),
        json!([{ "op": "add", "value": {
            "title": "Guide",
            "name": { "middleName": "Jane" },
            "emails": [{ "value": "a@test.example" }],
            ENTERPRISE_USER: { "department": "Tours" },
        } }])
    );
    // To replace a list by what is left of it, nothing, would be to clear it.
    let nothing_known = json!([
        { "op": "replace", "path": "emails", "value": [{ "label": "x" }] },
        { "op": "replace", "value": { "name": { "nobility": "Countess" } } },
    ]);
    assert_eq!(patched(user(), nothing_known), user());
}

/// A path is what the operation is about.
#[test]
fn a_path_that_no_schema_knows_is_refused() {
    for path in [
        "shoeSize",
        "name.nobility",
        "emails[type eq \"home\"].label",
        "shoes[size eq 38]",
        "urn:example:2.0:Ext:b",
        "urn:example:2.0",
        &format!("{ENTERPRISE_USER}:desk"),
        &format!("{USER}:desk"),
        "members",
    ] {
        for op in ["add", "replace", "remove"] {
            let operations = json!([{ "op": op, "path": path, "value": "x" }]);
            refused(user(), operations, ScimType::InvalidPath);
        }
    }
    refused(
        user(),
        json!([{ "op": "add", "path": "userName.x", "value": "x" }]),
        ScimType::InvalidPath,
    );
}

#[test]
fn whole_schemas() {
    let after = patched(
        user(),
        json!([
            { "op": "add", "path": ENTERPRISE_USER, "value": { "manager": "26118915", "desk": 5 } },
            { "op": "add", "path": USER, "value": { "active": "False", "id": "another" } },
            { "op": "add", "value": { USER: { "title": ["Guide"] } } },
            { "op": "replace", "value": { ENTERPRISE_USER: { "manager.value": "7" } } },
        ]),
    );
    assert_eq!(
        after.get(ENTERPRISE_USER),
        Some(&json!({ "manager": { "value": "7" } }))
    );
    assert_eq!(get(&after, "active"), json!([false]));
    assert_eq!(get(&after, "title"), json!(["Guide"]));
    let after = patched(
        after,
        json!([{ "op": "replace", "value": { ENTERPRISE_USER: null } }]),
    );
    assert_eq!(after.get(ENTERPRISE_USER), None);
    assert_eq!(after.schemas(), [USER]);
}

#[test]
fn an_error_tells_no_value() {
    let schema = ResourceSchema::user();
    for operation in [
        json!({ "op": "Jensen", "path": "title", "value": "Jensen" }),
        json!({ "op": "add", "path": "shoes[size eq \"Jensen\"]", "value": "Jensen" }),
        json!({ "op": "add", "path": "emails[value eq Jensen]", "value": "Jensen" }),
    ] {
        let error = lenient(&body(json!([operation])), &schema).unwrap_err();
        assert!(!error.detail.contains("Jensen"), "{}", error.detail);
    }
}

/// RFC 7644 §3.5.2: what is right stays as it is.
#[test]
fn the_rfcs_form_is_left_alone() {
    let operations = json!([
        { "op": "add", "path": "members", "value": [{ "display": "Babs", "$ref": "x", "value": "u4" }] },
        { "op": "remove", "path": "members[value eq \"u1\"]" },
        { "op": "replace", "path": "members", "value": [] },
        { "op": "replace", "path": "members[value eq \"u1\"]", "value": { "value": "u1", "type": "User" } },
        { "op": "add", "value": { "displayName": "Guides" } },
        { "op": "remove" },
        { "op": "add", "value": {} },
        { "op": "add", "value": "x" },
    ]);
    let body = body(operations);
    assert_eq!(
        lenient(&body, &ResourceSchema::group()),
        PatchRequest::parse(&body)
    );
}
