//! RFC 7644 §3.5.2.3.

use super::*;

/// §3.5.2.3, "change a User's entire work address".
#[test]
fn an_entire_value() {
    let value = json!({
        "type": "work",
        "streetAddress": "911 Universal City Plaza",
        "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US",
        "primary": true,
    });
    let after = patched(
        user(),
        json!([{ "op": "replace", "path": "addresses[type eq \"work\"]", "value": value }]),
    );
    let addresses = after.get("addresses").unwrap();
    assert_eq!(addresses[0], value);
    assert_eq!(addresses[1]["primary"], json!(false));
}

/// §3.5.2.3, "change a specific sub-attribute".
#[test]
fn a_sub_attribute_of_a_value() {
    let after = patched(
        user(),
        json!([{ "op": "replace", "path": "addresses[type eq \"work\"].streetAddress", "value": "1010 Broadway Ave" }]),
    );
    assert_eq!(
        get(&after, "addresses.streetAddress"),
        json!(["1010 Broadway Ave", "456 Hollywood Blvd"])
    );
}

/// §3.5.2.3, last example: no path.
#[test]
fn whole_attributes() {
    let emails = json!([
        { "value": "bjensen@example.com", "type": "work", "primary": true },
        { "value": "babs@jensen.org", "type": "other" },
    ]);
    let after = patched(
        user(),
        json!([{ "op": "replace", "value": { "emails": emails, "nickname": "Babsy" } }]),
    );
    assert_eq!(after.get("emails"), Some(&emails));
    assert_eq!(after.get("x-unknown"), user().get("x-unknown"));
}

#[test]
fn what_is_missing_is_added() {
    for (path, value) in [
        ("title", json!("Guide")),
        ("name.middleName", json!("Jane")),
    ] {
        let after = patched(
            user(),
            json!([{ "op": "replace", "path": path, "value": value }]),
        );
        assert_eq!(get(&after, path), json!([value]));
    }
}

#[test]
fn sub_attributes_not_named_stay() {
    let after = patched(
        user(),
        json!([{ "op": "replace", "path": "name", "value": { "givenName": "Babs", "familyName": null } }]),
    );
    assert_eq!(after.get("name"), Some(&json!({ "givenName": "Babs" })));
}

#[test]
fn the_same_set_is_no_change() {
    let Some(Value::Array(mut emails)) = user().get("emails").cloned() else {
        panic!("a list");
    };
    emails.reverse();
    unchanged(
        user(),
        json!([{ "op": "replace", "path": "emails", "value": emails }]),
    );
}

#[test]
fn names_in_full_and_dotted() {
    let after = patched(
        user(),
        json!([{ "op": "replace", "value": {
            "name.givenName": "Babs",
            format!("{ENTERPRISE_USER}:department"): "Tours",
            format!("{USER}:title"): "Guide",
        } }]),
    );
    assert_eq!(get(&after, "name.givenName"), json!(["Babs"]));
    assert_eq!(get(&after, "title"), json!(["Guide"]));
    assert_eq!(
        after.get(ENTERPRISE_USER),
        Some(&json!({ "department": "Tours" }))
    );
}

#[test]
fn refusals() {
    for (operation, scim_type) in [
        (
            json!({ "op": "replace", "path": "emails[type eq \"none\"]", "value": {} }),
            ScimType::NoTarget,
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"none\"].value", "value": "x" }),
            ScimType::NoTarget,
        ),
        (
            json!({ "op": "replace", "path": "phoneNumbers.value", "value": "x" }),
            ScimType::NoTarget,
        ),
        (
            json!({ "op": "replace", "path": "emails[primary gt true]", "value": {} }),
            ScimType::InvalidFilter,
        ),
        (
            json!({ "op": "replace", "path": "userName.x", "value": "x" }),
            ScimType::InvalidPath,
        ),
        (
            json!({ "op": "replace", "path": "id", "value": "x" }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "replace", "path": "groups", "value": [{ "value": "x" }] }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "replace", "path": "userName", "value": null }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "replace", "path": "userName", "value": 5 }),
            ScimType::InvalidValue,
        ),
        (
            json!({ "op": "replace", "path": "active", "value": "False" }),
            ScimType::InvalidValue,
        ),
        (
            json!({ "op": "replace", "path": "name", "value": "x" }),
            ScimType::InvalidValue,
        ),
        (
            json!({ "op": "replace", "value": "x" }),
            ScimType::InvalidValue,
        ),
    ] {
        refused(user(), json!([operation]), scim_type);
    }
}

/// RFC 7643 §8.7.1: `members.value` is immutable.
#[test]
fn an_immutable_part_keeps_its_value() {
    refused(
        group(),
        json!([{ "op": "replace", "path": "members[value eq \"2819c223\"].value", "value": "other" }]),
        ScimType::Mutability,
    );
    let after = patched(
        group(),
        json!([{ "op": "add", "path": "members[value eq \"2819c223\"].type", "value": "User" }]),
    );
    assert_eq!(get(&after, "members.type"), json!(["User"]));
}
