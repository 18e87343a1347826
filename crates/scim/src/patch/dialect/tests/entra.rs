//! Microsoft Entra: the examples of its article on SCIM compatibility, with and without the flag
//! `aadOptscim062020`, and what its connectors are known to send besides.

use super::*;

#[test]
fn a_user_is_disabled() {
    let disable = json!([{ "op": "Replace", "path": "active", "value": "False" }]);
    assert_eq!(
        translated(disable.clone(), &ResourceSchema::user()),
        json!([{ "op": "replace", "path": "active", "value": false }])
    );
    assert_eq!(get(&patched(user(), disable), "active"), json!([false]));
    for value in [
        json!([{ "$ref": null, "value": "False" }]),
        json!(["false"]),
    ] {
        let after = patched(
            user(),
            json!([{ "op": "Add", "path": "active", "value": value }]),
        );
        assert_eq!(get(&after, "active"), json!([false]));
    }
    refused(
        user(),
        json!([{ "op": "Replace", "path": "active", "value": "maybe" }]),
        ScimType::InvalidValue,
    );
}

/// "Requests to replace multiple attributes", without the flag.
#[test]
fn attributes_one_by_one() {
    let after = patched(
        user(),
        json!([
            { "op": "Replace", "path": "displayName", "value": "Pvlo" },
            { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "t@test.example" },
            { "op": "Replace", "path": "name.givenName", "value": "Gtfd" },
            { "op": "Replace", "path": "externalId", "value": "Eqpj" },
            { "op": "Replace", "path": format!("{ENTERPRISE_USER}:employeeNumber"), "value": "Eqpj" },
            { "op": "Add", "path": format!("{USER}:title"), "value": "Guide" },
        ]),
    );
    assert_eq!(get(&after, "displayName"), json!(["Pvlo"]));
    assert_eq!(get(&after, "name.givenName"), json!(["Gtfd"]));
    assert_eq!(get(&after, "title"), json!(["Guide"]));
    assert_eq!(
        after.get("emails"),
        Some(&json!([
            { "value": "babs@jensen.org", "type": "home" },
            { "type": "work", "value": "t@test.example" },
        ]))
    );
    assert_eq!(
        after.get(ENTERPRISE_USER),
        Some(&json!({ "employeeNumber": "Eqpj" }))
    );
}

/// The same with the flag: no path, names dotted and with their URN, filters as names.
#[test]
fn attributes_without_a_path() {
    let operations = json!([{ "op": "replace", "value": {
        "displayName": "Bjfe",
        "active": "True",
        "name.givenName": "Kkom",
        "emails[type eq \"work\"].value": "t@test.example",
        "roles[primary eq \"True\"].value": "Guide",
        format!("{USER}:title"): "Guide",
        format!("{ENTERPRISE_USER}:employeeNumber"): "Aklq",
        format!("{ENTERPRISE_USER}:manager"): "26118915",
    } }]);
    assert_eq!(
        translated(operations.clone(), &ResourceSchema::user()),
        json!([
            { "op": "replace", "value": {
                "displayName": "Bjfe",
                "active": true,
                "name.givenName": "Kkom",
                format!("{USER}:title"): "Guide",
                format!("{ENTERPRISE_USER}:employeeNumber"): "Aklq",
                format!("{ENTERPRISE_USER}:manager"): { "value": "26118915" },
            } },
            { "op": "add", "path": "emails[type eq \"work\"].value", "value": "t@test.example" },
            { "op": "add", "path": "roles[primary eq true].value", "value": "Guide" },
        ])
    );
    let after = patched(user(), operations);
    assert_eq!(get(&after, "name.givenName"), json!(["Kkom"]));
    assert_eq!(
        get(&after, "emails.value"),
        json!(["babs@jensen.org", "t@test.example"])
    );
    assert_eq!(
        after.get("roles"),
        Some(&json!([{ "primary": true, "value": "Guide" }]))
    );
    assert_eq!(
        after.get(ENTERPRISE_USER),
        Some(&json!({ "employeeNumber": "Aklq", "manager": { "value": "26118915" } }))
    );
}

#[test]
fn booleans_as_text_inside_values() {
    let after = patched(
        user(),
        json!([
            { "op": "Add", "path": "emails", "value": [
                { "type": "work", "primary": "True", "value": "a@test.example" },
                { "type": "other", "primary": "FALSE", "value": "b@test.example" },
            ] },
            { "op": "Replace", "path": "emails[type eq \"other\"].primary", "value": "False" },
            { "op": "Replace", "path": "emails[type eq \"home\"]",
              "value": [{ "type": "home", "value": "c@test.example", "primary": "false" }] },
        ]),
    );
    assert_eq!(get(&after, "emails.primary"), json!([false, true, false]));
    assert_eq!(
        get(&after, "emails.value"),
        json!(["c@test.example", "a@test.example", "b@test.example"])
    );
}

#[test]
fn numbers_as_text() {
    let schema = json!({ "id": "urn:example:2.0:Badge", "attributes": [
        { "name": "number", "type": "integer" },
        { "name": "height", "type": "decimal" },
        { "name": "since", "type": "dateTime" },
    ] });
    let schema = Schema::parse_strict(&schema.to_string()).unwrap();
    let schema = ResourceSchema::user().with_extension(schema, false);
    assert_eq!(
        translated(
            json!([
                { "op": "Add", "path": "urn:example:2.0:Badge:number", "value": "5" },
                { "op": "Replace", "value": { "urn:example:2.0:Badge": { "height": "1.5", "number": "x" } } },
            ]),
            &schema
        ),
        json!([
            { "op": "add", "path": "urn:example:2.0:Badge:number", "value": 5 },
            { "op": "replace", "value": { "urn:example:2.0:Badge": { "height": 1.5, "number": "x" } } },
        ])
    );
}

#[test]
fn a_value_that_is_missing_is_made() {
    for op in ["Add", "Replace"] {
        let after = patched(
            user(),
            json!([
                { "op": op, "path": "addresses[type eq \"work\"].locality", "value": "Hollywood" },
                { "op": op, "path": "addresses[type eq \"work\"].country", "value": "US" },
                { "op": op, "path": "emails[type eq \"home\"].value", "value": "new@test.example" },
            ]),
        );
        assert_eq!(
            after.get("addresses"),
            Some(&json!([{ "type": "work", "locality": "Hollywood", "country": "US" }]))
        );
        assert_eq!(
            after.get("emails"),
            Some(&json!([{ "value": "new@test.example", "type": "home" }]))
        );
    }
    // A whole value is replaced where it is (RFC 7644 §3.5.2.3), and a filter that describes no
    // value makes none.
    for path in ["emails[type eq \"work\"]", "emails[type ne \"home\"].value"] {
        refused(
            user(),
            json!([{ "op": "Replace", "path": path, "value": { "value": "x" } }]),
            ScimType::NoTarget,
        );
    }
}

/// "Requests to remove a group member", without the flag and with it.
#[test]
fn a_member_is_removed() {
    for operation in [
        json!({ "op": "Remove", "path": "members", "value": [{ "value": "u1" }] }),
        json!({ "op": "Remove", "path": "members", "value": { "value": "u1" } }),
        json!({ "op": "Remove", "path": "members", "value": ["u1"] }),
        json!({ "op": "Remove", "path": "members", "value": "u1" }),
        json!({ "op": "Remove", "path": "members", "value": [
            { "value": "u1", "display": "B. Jensen", "$ref": "https://other.example/u1", "type": "Member" },
        ] }),
        json!({ "op": "remove", "path": "members[value eq \"u1\"]" }),
    ] {
        let after = patched(group(), json!([operation]));
        assert_eq!(
            get(&after, "members.value"),
            json!(["u2", "u3"]),
            "{operation}"
        );
    }
    let after = patched(
        group(),
        json!([{ "op": "Remove", "path": "members", "value": [{ "value": "u1" }, { "value": "u3" }] }]),
    );
    assert_eq!(get(&after, "members.value"), json!(["u2"]));
}

#[test]
fn a_list_of_nobody_removes_nobody() {
    let nobody = json!([{ "op": "Remove", "path": "members", "value": [] }]);
    assert_eq!(patched(group(), nobody), group());
    for all in [json!(null), json!("")] {
        let all = json!([{ "op": "Remove", "path": "members", "value": all }]);
        assert_eq!(patched(group(), all).get("members"), None);
    }
    // The same address may be there under two types.
    let after = patched(
        user(),
        json!([
            { "op": "Add", "path": "emails", "value": [{ "value": "babs@jensen.org", "type": "work" }] },
            { "op": "Remove", "path": "emails", "value": [{ "value": "babs@jensen.org", "type": "work" }] },
        ]),
    );
    assert_eq!(get(&after, "emails.type"), json!(["home"]));
}

#[test]
fn a_manager_is_a_bare_text() {
    let manager = format!("{ENTERPRISE_USER}:manager");
    for (path, value) in [
        (manager.as_str(), json!("26118915")),
        (&manager, json!({ "value": "26118915" })),
        (
            &manager,
            json!([{ "$ref": "https://x.example/Users/1", "value": "26118915" }]),
        ),
        (&format!("{manager}.value"), json!("26118915")),
        // The connectors of before 2018.
        ("manager", json!("26118915")),
    ] {
        for op in ["Add", "Replace"] {
            let operation = json!([{ "op": op, "path": path, "value": value }]);
            let after = patched(user(), operation.clone());
            let manager = get(&after, &format!("{manager}.value"));
            assert_eq!(manager, json!(["26118915"]), "{operation}");
            assert!(after.schemas().contains(&ENTERPRISE_USER));
        }
    }
}

#[test]
fn a_manager_is_taken_away() {
    let manager = format!("{ENTERPRISE_USER}:manager");
    let mut expected = managed();
    expected.set(ENTERPRISE_USER, json!({ "department": "Tours" }));
    for operation in [
        json!({ "op": "Replace", "path": manager, "value": null }),
        json!({ "op": "Replace", "path": manager, "value": "" }),
        json!({ "op": "Replace", "path": manager, "value": { "value": "" } }),
        json!({ "op": "Replace", "path": "manager", "value": { "value": "", "$ref": null } }),
        json!({ "op": "Remove", "path": manager }),
        json!({ "op": "Remove", "path": manager, "value": "26118915" }),
        json!({ "op": "replace", "value": { manager.clone(): null } }),
        json!({ "op": "replace", "value": { manager.clone(): "" } }),
        json!({ "op": "replace", "value": { ENTERPRISE_USER: { "manager": "" } } }),
    ] {
        assert_eq!(
            patched(managed(), json!([operation])),
            expected,
            "{operation}"
        );
    }
    let unmanaged = patched(
        user(),
        json!([{ "op": "Add", "path": manager, "value": "" }]),
    );
    assert_eq!(unmanaged, user());
}

#[test]
fn null_removes() {
    assert_eq!(
        translated(
            json!([
                { "op": "Replace", "path": "title", "value": null },
                { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": null },
            ]),
            &ResourceSchema::user()
        ),
        json!([
            { "op": "remove", "path": "title" },
            { "op": "remove", "path": "emails[type eq \"work\"].value" },
        ])
    );
    refused(
        user(),
        json!([{ "op": "Replace", "path": "userName", "value": null }]),
        ScimType::Mutability,
    );
}

#[test]
fn a_text_for_a_value_of_a_list() {
    let after = patched(
        user(),
        json!([
            { "op": "Replace", "path": "emails", "value": "a@test.example" },
            { "op": "Add", "path": "phoneNumbers", "value": ["1", "2"] },
            { "op": "Add", "value": { "roles": ["Guide", { "value": "Cook" }] } },
        ]),
    );
    assert_eq!(
        after.get("emails"),
        Some(&json!([{ "value": "a@test.example" }]))
    );
    assert_eq!(get(&after, "phoneNumbers.value"), json!(["1", "2"]));
    assert_eq!(get(&after, "roles.value"), json!(["Guide", "Cook"]));
    // A name and an address have no `value` that the text could be.
    for path in ["name", "addresses"] {
        refused(
            user(),
            json!([{ "op": "Replace", "path": path, "value": "Babs" }]),
            ScimType::InvalidValue,
        );
    }
}

#[test]
fn a_list_of_one_for_a_singular_attribute() {
    let after = patched(
        user(),
        json!([
            { "op": "Add", "path": "nickName", "value": ["Babs"] },
            { "op": "Add", "path": "title", "value": [{ "value": "Guide" }] },
            { "op": "Add", "value": { "name": [{ "middleName": "Jane" }] } },
        ]),
    );
    assert_eq!(get(&after, "nickName"), json!(["Babs"]));
    assert_eq!(get(&after, "title"), json!(["Guide"]));
    assert_eq!(get(&after, "name.middleName"), json!(["Jane"]));
    refused(
        user(),
        json!([{ "op": "Add", "path": "nickName", "value": ["Babs", "B"] }]),
        ScimType::InvalidValue,
    );
}
