//! RFC 7644 §3.5.2.1.

use super::*;

/// §3.5.2.1, first example, and "if the user was already a member".
#[test]
fn a_member() {
    let operation = json!([{ "op": "add", "path": "members", "value": [{
        "display": "Babs Jensen",
        "$ref": "https://example.com/v2/Users/2819c223...413861904646",
        "value": "2819c223-7f76-453a-919d-413861904646",
    }] }]);
    let after = patched(group(), operation.clone());
    assert_eq!(
        get(&after, "members.value"),
        json!(["2819c223", "2819c223-7f76-453a-919d-413861904646"])
    );
    unchanged(after, operation);
    unchanged(
        group(),
        json!([{ "op": "add", "path": "members", "value": { "value": "2819c223" } }]),
    );
}

/// §3.5.2.1, second example: no path.
#[test]
fn attributes() {
    let after = patched(
        user(),
        json!([{ "op": "Add", "value": {
            "emails": [{ "value": "babs@example.org", "type": "other" }],
            "nickname": "Babsy",
        } }]),
    );
    assert_eq!(get(&after, "emails.type"), json!(["work", "home", "other"]));
    assert_eq!(after.get("nickName"), Some(&json!("Babsy")));
    assert_eq!(after.as_map().len(), user().as_map().len());
}

#[test]
fn an_existing_value_is_no_change() {
    for operation in [
        json!({ "op": "add", "path": "nickName", "value": "Babs" }),
        json!({ "op": "add", "path": "name", "value": { "givenName": "Barbara" } }),
        json!({ "op": "add", "path": "emails", "value": { "value": "babs@jensen.org", "type": "home" } }),
        json!({ "op": "add", "path": "title", "value": null }),
        json!({ "op": "add", "value": { "id": "2819c223-7f76-453a-919d-413861904646" } }),
        json!({ "op": "add", "path": "schemas", "value": [USER.to_owned()] }),
    ] {
        unchanged(user(), json!([operation]));
    }
}

#[test]
fn sub_attributes_join_those_there() {
    let after = patched(
        user(),
        json!([{ "op": "add", "path": "name", "value": { "middleName": "Jane" } }]),
    );
    assert_eq!(
        after.get("name"),
        Some(&json!({ "familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane" }))
    );
}

#[test]
fn a_new_primary_takes_over() {
    let after = patched(
        user(),
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "x@example.com", "primary": true }] }]),
    );
    assert_eq!(get(&after, "emails.primary"), json!([false, true]));
    let after = patched(
        user(),
        json!([{ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }]),
    );
    assert_eq!(get(&after, "emails.primary"), json!([false, true]));
    refused(
        user(),
        json!([{ "op": "add", "path": "emails", "value": [
            { "value": "x", "primary": true }, { "value": "y", "primary": true },
        ] }]),
        ScimType::InvalidValue,
    );
}

#[test]
fn a_value_path_without_match_makes_the_value() {
    let after = patched(
        user(),
        json!([{ "op": "add", "path": "emails[type eq \"other\"].value", "value": "x@example.com" }]),
    );
    let emails = after.get("emails").unwrap();
    assert_eq!(
        emails[2],
        json!({ "type": "other", "value": "x@example.com" })
    );
    refused(
        user(),
        json!([{ "op": "add", "path": "emails[type sw \"o\"].value", "value": "x" }]),
        ScimType::NoTarget,
    );
}
