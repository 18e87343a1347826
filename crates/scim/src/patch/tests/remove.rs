//! RFC 7644 §3.5.2.2.

use super::*;

/// §3.5.2.2, the examples in order.
#[test]
fn members_and_values() {
    let two = patched(
        group(),
        json!([{ "op": "add", "path": "members", "value": [{ "value": "08e1d05d" }] }]),
    );
    let one = json!([{ "op": "remove", "path": "members[value eq \"2819c223\"]" }]);
    let after = patched(two.clone(), one.clone());
    assert_eq!(get(&after, "members.value"), json!(["08e1d05d"]));
    unchanged(after, one);

    let after = patched(two.clone(), json!([{ "op": "remove", "path": "members" }]));
    assert_eq!(after.get("members"), None);

    let after = patched(
        user(),
        json!([{ "op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]" }]),
    );
    assert_eq!(get(&after, "emails.type"), json!(["home"]));

    let after = patched(
        two,
        json!([
            { "op": "remove", "path": "members[value eq\"2819c223\"]" },
            { "op": "add", "path": "members", "value": [{ "display": "James Smith", "value": "d4" }] },
        ]),
    );
    assert_eq!(get(&after, "members.value"), json!(["08e1d05d", "d4"]));
}

/// §3.5.2.2, last example: the same result by remove and add, and by replace.
#[test]
fn all_members_replaced() {
    let members = json!([{ "value": "a", "display": "A" }, { "value": "b" }]);
    let by_two = patched(
        group(),
        json!([
            { "op": "remove", "path": "members" },
            { "op": "add", "path": "members", "value": members },
        ]),
    );
    let by_one = patched(
        group(),
        json!([{ "op": "replace", "path": "members", "value": members }]),
    );
    assert_eq!(by_two.get("members"), Some(&members));
    assert_eq!(by_two, by_one);
}

#[test]
fn the_last_value_leaves_nothing() {
    let after = patched(
        group(),
        json!([{ "op": "remove", "path": "members[value pr]" }]),
    );
    assert_eq!(after.get("members"), None);
    let after = patched(
        user(),
        json!([
            { "op": "remove", "path": "name.familyName" },
            { "op": "remove", "path": "name.givenName" },
            { "op": "remove", "path": "emails[type eq \"home\"].type" },
        ]),
    );
    assert_eq!(after.get("name"), None);
    assert_eq!(
        after.get("emails").unwrap()[1],
        json!({ "value": "babs@jensen.org" })
    );
}

#[test]
fn a_listed_member_only() {
    let two = patched(
        group(),
        json!([{ "op": "add", "path": "members", "value": [{ "value": "08e1d05d" }] }]),
    );
    for listed in [json!([{ "value": "08e1d05d" }]), json!("08e1d05d")] {
        let after = patched(
            two.clone(),
            json!([{ "op": "remove", "path": "members", "value": listed }]),
        );
        assert_eq!(get(&after, "members.value"), json!(["2819c223"]));
    }
}

#[test]
fn refusals() {
    for (operation, scim_type) in [
        (json!({ "op": "remove" }), ScimType::NoTarget),
        (
            json!({ "op": "remove", "path": "userName" }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "remove", "path": "id" }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "remove", "path": "meta.resourceType" }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "remove", "path": "groups[value eq \"x\"]" }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "remove", "path": "schemas" }),
            ScimType::Mutability,
        ),
    ] {
        refused(user(), json!([operation]), scim_type);
    }
    unchanged(user(), json!([{ "op": "remove", "path": "title" }]));
}
