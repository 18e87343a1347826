use super::*;

fn before() -> Resource {
    resource(json!({
        "schemas": [THING, EXTRA],
        "id": "1",
        "code": "c",
        "serial": "s-1",
        "count": 5,
        "marks": ["m", "n"],
        "owner": { "value": "o", "display": "O", "role": "user", "note": "n" },
        "parts": [
            { "value": "p", "type": "x", "name": "wheel", "made": "2001", "display": "P" },
            { "value": "p", "type": "y", "made": "2002" },
            { "value": "q", "made": "2003" },
            { "name": "bare", "made": "2004" },
        ],
        EXTRA: { "colour": "red", "born": "yesterday" },
        "meta": { "resourceType": "Thing" },
    }))
}

fn put(body: Value) -> Result<Resource, ScimError> {
    replace(&before(), resource(body), &things(), Tolerance::Strict)
}

fn replaced(body: Value) -> Resource {
    put(body.clone()).unwrap_or_else(|error| panic!("{body}: {error:?}"))
}

fn refused(body: Value, scim_type: ScimType, words: &str) {
    is_error(
        &put(body.clone()).expect_err(&body.to_string()),
        scim_type,
        words,
    );
}

/// RFC 7644 §3.5.1.
#[test]
fn what_is_not_there_is_cleared_but_for_what_a_client_cannot_write() {
    assert_eq!(
        replaced(thing(json!({}))),
        resource(json!({
            "schemas": [THING, EXTRA],
            "id": "1",
            "code": "c",
            "secret": "s",
            "serial": "s-1",
            "marks": ["m", "n"],
            EXTRA: { "colour": "red", "born": "yesterday" },
            "meta": { "resourceType": "Thing" },
        }))
    );
}

#[test]
fn schemas_and_id_come_first() {
    let after = replaced(thing(json!({})));
    let names: Vec<_> = after.as_map().keys().take(2).collect();
    assert_eq!(names, ["schemas", "id"]);
}

#[test]
fn to_put_what_was_read_changes_nothing() {
    let mut body = before();
    body.set("secret", "s");
    let after = replaced(body.as_value());
    assert_eq!(after, body);
    let again = replace(&after, after.clone(), &things(), Tolerance::Strict);
    assert_eq!(again, Ok(after));
}

#[test]
fn what_is_read_only_is_ignored() {
    let after = replaced(thing(json!({
        "id": "2",
        "serial": "s-2",
        "meta": { "resourceType": "X" },
        "owner": { "value": "o", "display": "X", "role": "user" },
        "parts": [{ "value": "q", "made": "1999" }, { "value": "new", "made": "1999" }],
    })));
    assert_eq!(after.id(), Some("1"));
    assert_eq!(after.get("serial"), Some(&json!("s-1")));
    assert_eq!(after.get("meta"), before().get("meta"));
    assert_eq!(
        after.get("owner"),
        Some(&json!({ "value": "o", "role": "user", "display": "O" }))
    );
    assert_eq!(
        after.get("parts"),
        Some(&json!([{ "value": "q", "made": "2003" }, { "value": "new" }]))
    );
}

/// RFC 7644 §3.5.1: "If one or more values are already set for the attribute, the input value(s)
/// MUST match".
#[test]
fn what_is_immutable_must_match() {
    let mutability = |more, words| refused(thing(more), ScimType::Mutability, words);
    mutability(json!({ "code": "d" }), "code");
    mutability(json!({ "marks": ["m"] }), "marks");
    mutability(
        json!({ "owner": { "value": "x", "role": "user" } }),
        "owner (value)",
    );
    mutability(
        json!({ EXTRA: { "colour": "red", "born": "today" } }),
        "Extra:born",
    );
    for more in [
        json!({ "code": null }),
        json!({ "marks": ["n", "m", "n"] }),
        json!({ "marks": null }),
        json!({ "owner": { "role": "admin" } }),
        json!({ "owner": null }),
        json!({ EXTRA: { "colour": "blue", "born": "yesterday" } }),
    ] {
        let after = replaced(thing(more));
        assert_eq!(after.get("code"), Some(&json!("c")));
        assert_eq!(
            after
                .get("marks")
                .map(|marks| marks.as_array().unwrap().len()),
            Some(2)
        );
    }
}

/// "If the service provider has no existing values, the new value(s) SHALL be applied".
#[test]
fn what_is_immutable_is_set_once() {
    let mut bare = before();
    for name in ["code", "marks"] {
        bare.remove(name);
    }
    let body = resource(thing(json!({ "code": "new", "marks": ["z"] })));
    let after = replace(&bare, body, &things(), Tolerance::Strict).unwrap();
    assert_eq!(after.get("code"), Some(&json!("new")));
    assert_eq!(after.get("marks"), Some(&json!(["z"])));
}

#[test]
fn a_complex_attribute_that_stays_keeps_its_fixed_parts() {
    let after = replaced(thing(json!({ "owner": { "role": "admin" } })));
    assert_eq!(
        after.get("owner"),
        Some(&json!({ "role": "admin", "value": "o", "display": "O" }))
    );
    assert_eq!(replaced(thing(json!({}))).get("owner"), None);
}

#[test]
fn what_is_the_servers_alone_is_not_cleared() {
    let mut before = before();
    before.set("box", json!({ "size": "L", "unknown": 1 }));
    before.set(
        "parts",
        json!([{ "made": "2001" }, { "value": "p", "made": "2002" }]),
    );
    let parts = |more: Value| {
        let after = replace(
            &before,
            resource(thing(more)),
            &things(),
            Tolerance::Lenient,
        );
        let after = after.unwrap();
        assert_eq!(after.get("box"), Some(&json!({ "size": "L" })));
        after.get("parts").cloned()
    };
    assert_eq!(parts(json!({})), Some(json!([{ "made": "2001" }])));
    assert_eq!(
        parts(json!({ "box": { "size": "X" }, "parts": [{ "made": "X" }, { "value": "q" }] })),
        Some(json!([{ "value": "q" }, { "made": "2001" }]))
    );
}

#[test]
fn values_of_a_list_keep_their_fixed_parts() {
    let after = replaced(thing(json!({ "parts": [
        { "value": "p", "type": "y" },
        { "value": "p", "name": "another" },
        { "value": "p", "type": "z" },
        { "name": "bare" },
        { "value": "q", "display": "Q" },
    ] })));
    assert_eq!(
        after.get("parts"),
        Some(&json!([
            { "value": "p", "type": "y", "made": "2002" },
            { "value": "p", "name": "another", "made": "2001", "display": "P" },
            { "value": "p", "type": "z" },
            { "name": "bare", "made": "2004" },
            { "value": "q", "display": "Q", "made": "2003" },
        ]))
    );
}

/// That `members.value` is immutable hinders nobody from coming and going.
#[test]
fn members_come_and_go() {
    let schema = ResourceSchema::group();
    let group = |members: Value| {
        resource(json!({ "schemas": [GROUP], "displayName": "G", "members": members }))
    };
    let before = group(json!([
        { "value": "1", "type": "User", "$ref": "../Users/1", "display": "One" },
        { "value": "2", "type": "User", "$ref": "../Users/2" },
    ]));
    // Each gives its parts once, to those of its type first.
    let body = group(json!([{ "value": "2" }, { "value": "2", "type": "User" }]));
    let after = replace(&before, body, &schema, Tolerance::Strict).unwrap();
    assert_eq!(
        after.get("members"),
        Some(&json!([
            { "value": "2" },
            { "value": "2", "type": "User", "$ref": "../Users/2" },
        ]))
    );
    let body = group(json!([{ "value": "3" }, { "value": "1", "display": "Uno" }]));
    let after = replace(&before, body, &schema, Tolerance::Strict).unwrap();
    assert_eq!(
        after.get("members"),
        Some(&json!([
            { "value": "3" },
            { "value": "1", "display": "Uno", "type": "User", "$ref": "../Users/1" },
        ]))
    );
    let body = resource(json!({ "schemas": [GROUP], "displayName": "G" }));
    let after = replace(&before, body, &schema, Tolerance::Strict).unwrap();
    assert_eq!(after.get("members"), None);
}

#[test]
fn what_is_required_must_be_in_the_body() {
    let missing = |more, words| refused(thing(more), ScimType::InvalidValue, words);
    missing(json!({ "secret": null }), "secret");
    missing(json!({ EXTRA: null }), "colour");
    missing(json!({ "owner": { "note": "x" } }), "owner.role");
}

#[test]
fn an_extension_goes_and_leaves_what_is_fixed() {
    let before = resource(json!({
        "schemas": [USER, ENTERPRISE_USER],
        "userName": "babs",
        "userType": "x",
        "password": "old",
        "unknown": 5,
        ENTERPRISE_USER: { "department": "Tours", "manager": { "value": "1", "displayName": "J" } },
    }));
    let body = resource(json!({ "userName": "BABS", "title": "Guide" }));
    let after = replace(&before, body, &ResourceSchema::user(), Tolerance::Lenient).unwrap();
    assert_eq!(
        after,
        resource(json!({ "schemas": [USER], "userName": "BABS", "title": "Guide" }))
    );
}

#[test]
fn a_large_group_takes_no_time() {
    let members = |from: usize| -> Vec<Value> {
        (from..from + 20_000)
            .map(|id| json!({ "value": id.to_string(), "type": "User", "display": "x" }))
            .collect()
    };
    let group = |from| {
        resource(json!({ "schemas": [GROUP], "displayName": "G", "members": members(from) }))
    };
    let schema = ResourceSchema::group();
    let after = replace(&group(0), group(10_000), &schema, Tolerance::Strict).unwrap();
    assert_eq!(after, group(10_000));
    assert_eq!(finish(after.clone(), &schema), Ok(after));
}
