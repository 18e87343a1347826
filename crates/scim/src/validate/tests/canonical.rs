use super::*;

#[test]
fn the_users_and_groups_of_the_rfc() {
    for (body, schema) in [
        (
            include_str!("../../resource/data/full_user.json"),
            ResourceSchema::user(),
        ),
        (
            include_str!("../../resource/data/enterprise_user.json"),
            ResourceSchema::user(),
        ),
        (
            include_str!("../../resource/data/minimal_user.json"),
            ResourceSchema::user(),
        ),
        (
            include_str!("../../resource/data/group.json"),
            ResourceSchema::group(),
        ),
    ] {
        let body = Resource::parse(body).unwrap();
        let made = create(body.clone(), &schema, Tolerance::Strict).unwrap();
        for (name, value) in body.as_map() {
            let is_read_only = ["id", "meta", "groups", ENTERPRISE_USER].contains(&name.as_str());
            if !is_read_only {
                assert_eq!(made.get(name), Some(value), "{name}");
            }
        }
        for name in ["id", "meta", "groups"] {
            assert_eq!(made.get(name), None);
        }
        assert_eq!(finish(body.clone(), &schema).unwrap(), body);
    }
}

#[test]
fn schemas_come_first_and_follow_from_the_data() {
    created(
        json!({
            ENTERPRISE_USER: { "department": "Tours" },
            "userName": "babs",
            "schemas": [ENTERPRISE_USER.to_uppercase(), USER.to_lowercase()],
        }),
        json!({
            "schemas": [USER, ENTERPRISE_USER],
            ENTERPRISE_USER: { "department": "Tours" },
            "userName": "babs",
        }),
    );
    created(
        user(json!({ "schemas": [USER, ENTERPRISE_USER] })),
        user(json!({})),
    );
    created(
        user(
            json!({ "schemas": [USER, ENTERPRISE_USER], ENTERPRISE_USER: { "department": null } }),
        ),
        user(json!({})),
    );
}

/// RFC 7643 §2.1.
#[test]
fn names_are_spelled_as_in_the_schema() {
    created(
        json!({
            "SCHEMAS": [USER, ENTERPRISE_USER],
            "USERNAME": "babs",
            "Name": { "GIVENNAME": "Barbara" },
            "EMails": [{ "VALUE": "b@example.com", "Primary": true }],
            ENTERPRISE_USER.to_uppercase(): { "MANAGER": { "VALUE": "1" } },
        }),
        json!({
            "schemas": [USER, ENTERPRISE_USER],
            "userName": "babs",
            "name": { "givenName": "Barbara" },
            "emails": [{ "value": "b@example.com", "primary": true }],
            ENTERPRISE_USER: { "manager": { "value": "1" } },
        }),
    );
}

/// RFC 7643 §2.5.
#[test]
fn what_is_empty_goes() {
    created(
        user(json!({
            "title": null,
            "roles": [],
            "name": { "givenName": null },
            "emails": [null, {}, { "value": null }, { "value": "a", "type": null }],
            "nickName": "",
        })),
        user(json!({ "emails": [{ "value": "a" }], "nickName": "" })),
    );
}

/// RFC 7644 §3.3: "Attributes whose mutability is "readOnly" SHALL be ignored".
#[test]
fn what_is_read_only_is_ignored_whatever_it_is() {
    created(
        user(json!({
            "id": 5,
            "META": [[{ "x": "y" }]],
            "groups": "all",
            "schemas": [USER, ENTERPRISE_USER],
            ENTERPRISE_USER: { "manager": { "value": "1", "displayName": ["X", "Y"] } },
        })),
        json!({
            "schemas": [USER, ENTERPRISE_USER],
            "userName": "babs",
            ENTERPRISE_USER: { "manager": { "value": "1" } },
        }),
    );
}

#[test]
fn what_is_write_only_and_immutable_is_taken() {
    created(
        user(json!({ "password": "t1meMa$heen" })),
        user(json!({ "password": "t1meMa$heen" })),
    );
    created(
        json!({ "schemas": [GROUP], "displayName": "G", "members": [{ "value": "1", "display": "A" }] }),
        json!({ "schemas": [GROUP], "displayName": "G", "members": [{ "value": "1", "display": "A" }] }),
    );
}

#[test]
fn what_is_required_must_be_there() {
    let missing = |body, words| refused_both(body, &ScimType::InvalidValue, words);
    missing(json!({ "schemas": [USER] }), "userName");
    missing(user(json!({ "userName": null })), "userName");
    missing(user(json!({ "userName": "" })), "blank");
    missing(user(json!({ "userName": " \t\u{a0}" })), "blank");
    missing(thing(json!({ "secret": null })), "secret");
    missing(thing(json!({ EXTRA: null })), EXTRA);
    missing(
        thing(json!({ EXTRA: { "born": "today" } })),
        "urn:example:2.0:Extra:colour",
    );
    missing(thing(json!({ EXTRA: { "colour": " " } })), "colour");
    missing(thing(json!({ "owner": { "note": "x" } })), "owner.role");
}

/// RFC 7643 §2.4.
#[test]
fn values_of_a_list_are_there_once() {
    created(
        thing(json!({ "tags": ["a", "b", "a", "A"] })),
        thing(json!({ "tags": ["a", "b", "A"] })),
    );
    let address = json!({ "type": "home", "locality": "Hollywood" });
    created(
        user(json!({
            "emails": [
                { "value": "a", "type": "work", "display": "first" },
                { "value": "a", "type": "home" },
                { "value": "a" },
                { "type": "work", "value": "a", "display": "last" },
            ],
            "addresses": [address, { "locality": "Hollywood", "TYPE": "home" }],
        })),
        user(json!({
            "emails": [
                { "type": "work", "value": "a", "display": "last" },
                { "value": "a", "type": "home" },
                { "value": "a" },
            ],
            "addresses": [{ "locality": "Hollywood", "type": "home" }],
        })),
    );
}

/// RFC 7643 §2.4: "no more than once".
#[test]
fn one_value_is_primary_at_most() {
    let emails = json!([
        { "value": "a", "primary": true },
        { "value": "b", "primary": true },
    ]);
    refused_both(
        user(json!({ "emails": emails })),
        &ScimType::InvalidValue,
        "emails: only one",
    );
    created(
        user(json!({ "emails": [
            { "value": "a", "primary": true },
            { "value": "a", "primary": true },
            { "value": "b", "primary": false },
        ] })),
        user(json!({ "emails": [
            { "value": "a", "primary": true },
            { "value": "b", "primary": false },
        ] })),
    );
}
