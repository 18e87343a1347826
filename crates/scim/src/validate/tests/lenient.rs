use super::*;

#[test]
fn types_in_other_forms() {
    for (sent, taken) in [
        (json!({ "flag": "True" }), json!({ "flag": true })),
        (json!({ "flag": " false" }), json!({ "flag": false })),
        (json!({ "flag": ["TRUE"] }), json!({ "flag": true })),
        (json!({ "count": "5" }), json!({ "count": 5 })),
        (json!({ "count": 5.0 }), json!({ "count": 5 })),
        (json!({ "count": "-5.0" }), json!({ "count": -5 })),
        (json!({ "count": 1e3 }), json!({ "count": 1000 })),
        (json!({ "rate": "0.5" }), json!({ "rate": 0.5 })),
        (
            json!({ "tags": [5, true] }),
            json!({ "tags": ["5", "true"] }),
        ),
        (json!({ "tags": "a" }), json!({ "tags": ["a"] })),
        (json!({ "tags": [["a"]] }), json!({ "tags": ["a"] })),
        (json!({ "link": ["x", null] }), json!({ "link": "x" })),
        (
            json!({ "owner": [{ "role": ["x"] }] }),
            json!({ "owner": { "role": "x" } }),
        ),
        (
            json!({ "parts": { "name": "x", "primary": "true" } }),
            json!({ "parts": [{ "name": "x", "primary": true }] }),
        ),
        (
            json!({ "parts": ["x"] }),
            json!({ "parts": [{ "value": "x" }] }),
        ),
        (
            json!({ "parts": [5] }),
            json!({ "parts": [{ "value": "5" }] }),
        ),
        (json!({ "parts": ["", ""] }), json!({})),
    ] {
        created_leniently(thing(sent), thing(taken));
    }
}

#[test]
fn references_as_bare_ids() {
    let expected = json!({
        "schemas": [USER, ENTERPRISE_USER],
        "userName": "babs",
        ENTERPRISE_USER: { "manager": { "value": "26118915" } },
    });
    for manager in [json!("26118915"), json!(26_118_915), json!(["26118915"])] {
        created_leniently(
            json!({ "userName": "babs", ENTERPRISE_USER: { "manager": manager } }),
            expected.clone(),
        );
    }
    // Entra's way to say that there is none.
    created_leniently(
        json!({ "userName": "babs", ENTERPRISE_USER: { "manager": "" } }),
        user(json!({})),
    );
    created_leniently(
        json!({ "displayName": "G", "members": ["1", { "value": "2" }, "1"] }),
        json!({ "schemas": [GROUP], "displayName": "G", "members": [{ "value": "1" }, { "value": "2" }] }),
    );
}

#[test]
fn schemas_are_not_looked_at() {
    for schemas in [
        json!(null),
        json!([]),
        json!(USER),
        json!({ "x": 1 }),
        json!([USER, USER]),
        json!([USER, 5, null]),
        json!([ENTERPRISE_USER]),
        json!([
            USER,
            "urn:ietf:params:scim:schemas:extension:adscim:2.0:Group"
        ]),
    ] {
        created_leniently(user(json!({ "schemas": schemas })), user(json!({})));
    }
    created_leniently(json!({ "userName": "babs" }), user(json!({})));
    created_leniently(
        user(json!({ ENTERPRISE_USER: { "department": "Tours" } })),
        json!({
            "schemas": [USER, ENTERPRISE_USER],
            "userName": "babs",
            ENTERPRISE_USER: { "department": "Tours" },
        }),
    );
}

#[test]
fn what_no_schema_knows_is_dropped() {
    created_leniently(
        user(json!({
            "shoeSize": 42,
            "a b": 1,
            "": 1,
            ":": 1,
            "name": { "givenName": "Barbara", "x": 1 },
            "emails": [{ "value": "a", "x": 1 }, { "x": 1 }],
            "emails.value": "b",
            "title.x": "c",
            "urn:example:2.0:Other": { "x": 1 },
            "urn:ietf:params:scim:schemas:core:2.0:Group:displayName": "G",
            ENTERPRISE_USER: { "x": 1 },
        })),
        user(json!({ "name": { "givenName": "Barbara" }, "emails": [{ "value": "a" }] })),
    );
}

#[test]
fn the_last_of_several_spellings_wins() {
    created_leniently(
        user(json!({
            "title": "a",
            "nickName": "b",
            "TITLE": "c",
            "NickName": null,
            "name": { "givenName": "d", "GivenName": "e" },
            ENTERPRISE_USER: { "department": "f", "Department": "g" },
        })),
        json!({
            "schemas": [USER, ENTERPRISE_USER],
            "userName": "babs",
            "title": "c",
            "name": { "givenName": "e" },
            ENTERPRISE_USER: { "department": "g" },
        }),
    );
}

/// RFC 7644 §3.10, as names of a body.
#[test]
fn names_in_attribute_notation() {
    created_leniently(
        json!({
            format!("{USER}:userName"): "babs",
            format!("{USER}:name.givenName"): "Barbara",
            "name.familyName": "Jensen",
            "name": { "familyName": "Doe", "middleName": "Jane" },
            format!("{ENTERPRISE_USER}:department"): "Tours",
            format!("{ENTERPRISE_USER}:manager"): "1",
            format!("{}:manager.$ref", ENTERPRISE_USER.to_uppercase()): "../Users/1",
            format!("{ENTERPRISE_USER}:manager.displayName"): "J",
            format!("{USER}:schemas"): ["x"],
            format!("{USER}:id"): "5",
            "meta.version": "5",
        }),
        json!({
            "schemas": [USER, ENTERPRISE_USER],
            "userName": "babs",
            "name": { "familyName": "Jensen", "middleName": "Jane", "givenName": "Barbara" },
            ENTERPRISE_USER: {
                "department": "Tours",
                "manager": { "value": "1", "$ref": "../Users/1" },
            },
        }),
    );
    // A null takes the part away.
    created_leniently(
        user(json!({ "name": { "givenName": "a" }, "name.givenName": null })),
        user(json!({})),
    );
}

#[test]
fn core_attributes_under_the_core_urn() {
    created_leniently(
        json!({ USER: { "userName": "babs", "title": "x", "schemas": [], "unknown": 1 } }),
        user(json!({ "title": "x" })),
    );
    refused(
        Tolerance::Lenient,
        user(json!({ USER: "babs" })),
        ScimType::InvalidValue,
        USER,
    );
}
