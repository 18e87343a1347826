//! Extensions and schema URNs in PATCH paths (RFC 7644 §3.5.2, §3.10).

use super::*;

/// §3.5.2: "adding the attribute …:User:employeeNumber automatically adds the value …:User".
#[test]
fn writing_adds_the_urn_and_emptying_removes_it() {
    let number = format!("{ENTERPRISE_USER}:employeeNumber");
    let after = patched(
        user(),
        json!([{ "op": "add", "path": number, "value": "701984" }]),
    );
    assert_eq!(after.schemas(), [USER, ENTERPRISE_USER]);
    assert_eq!(
        after.get(ENTERPRISE_USER),
        Some(&json!({ "employeeNumber": "701984" }))
    );
    let after = patched(after, json!([{ "op": "remove", "path": number }]));
    assert_eq!(after, user());
}

#[test]
fn a_whole_extension_is_a_target() {
    let after = patched(
        user(),
        json!([{ "op": "add", "path": ENTERPRISE_USER, "value": { "department": "Tours", "division": "A" } }]),
    );
    let after = patched(
        after,
        json!([{ "op": "replace", "value": { ENTERPRISE_USER: { "division": null, "manager": { "value": "1" } } } }]),
    );
    assert_eq!(
        after.get(ENTERPRISE_USER),
        Some(&json!({ "department": "Tours", "manager": { "value": "1" } }))
    );
    assert_eq!(
        patched(after, json!([{ "op": "remove", "path": ENTERPRISE_USER }])),
        user()
    );
    unchanged(user(), json!([{ "op": "remove", "path": ENTERPRISE_USER }]));
}

#[test]
fn an_unknown_extension_is_carried() {
    let after = patched(
        user(),
        json!([
            { "op": "add", "value": { "urn:example:2.0:Ext": { "a": 1 } } },
            { "op": "add", "path": "urn:example:2.0:Ext:b", "value": [2] },
            { "op": "replace", "path": "urn:example:2.0:Ext", "value": { "a": 3 } },
        ]),
    );
    assert_eq!(
        after.get("urn:example:2.0:Ext"),
        Some(&json!({ "a": 3, "b": [2] }))
    );
    assert!(after.schemas().contains(&"urn:example:2.0:Ext"));
}

#[test]
fn the_core_urn_is_the_top_level() {
    let after = patched(
        user(),
        json!([
            { "op": "replace", "path": format!("{USER}:userName"), "value": "babs" },
            { "op": "add", "path": USER, "value": { "title": "Guide" } },
        ]),
    );
    assert_eq!(after.get("userName"), Some(&json!("babs")));
    assert_eq!(after.get("title"), Some(&json!("Guide")));
    assert_eq!(after.get(USER), None);
}
