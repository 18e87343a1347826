mod returned;

use super::*;
use crate::{
    message::ScimType,
    schema::{ResourceType, Schema},
    urn::{ENTERPRISE_USER, GROUP, USER},
};
use serde_json::{Value, json};

fn user() -> Resource {
    Resource::from_value(json!({
        "schemas": [USER, ENTERPRISE_USER],
        "id": "1",
        "userName": "babs",
        "password": "t1meMa$heen",
        "name": { "familyName": "Jensen", "givenName": "Barbara" },
        "emails": [
            { "value": "a@example.com", "type": "work" },
            { "value": "b@example.com" },
            { "type": "other" },
        ],
        ENTERPRISE_USER: { "department": "Tours", "manager": { "value": "2", "displayName": "J" } },
        "shoeSize": 42,
        "urn:example:2.0:Ext": { "a": 1, "b": 2 },
        "meta": { "resourceType": "User", "version": "1" },
    }))
    .unwrap()
}

fn select(attributes: &str, excluded: &str) -> Selection {
    Selection::parse(Some(attributes), Some(excluded)).unwrap()
}

/// What is shown of `resource`, without what always is.
fn shown_of(resource: Resource, selection: &Selection, schema: &ResourceSchema) -> Value {
    let mut shown = selection.apply(resource.clone(), schema);
    assert_eq!(shown.remove("schemas").as_ref(), resource.get("schemas"));
    assert_eq!(shown.remove("id").as_ref(), resource.get("id"));
    shown.into_value()
}

fn shown(attributes: &str, excluded: &str) -> Value {
    shown_of(
        user(),
        &select(attributes, excluded),
        &ResourceSchema::user(),
    )
}

#[test]
fn by_default_all_but_what_is_never_shown() {
    let mut expected = user();
    expected.remove("password");
    assert_eq!(
        Selection::default().apply(user(), &ResourceSchema::user()),
        expected
    );
    for (attributes, excluded) in [(None, None), (Some(""), Some(" , "))] {
        let selection = Selection::parse(attributes, excluded).unwrap();
        assert_eq!(selection, Selection::default());
        assert!(selection.is_default() && !selection.asks());
    }
}

/// RFC 7644 §3.9.
#[test]
fn attributes_asked_for() {
    for (asked, expected) in [
        ("userName", json!({ "userName": "babs" })),
        ("USERNAME , title", json!({ "userName": "babs" })),
        ("id,schemas", json!({})),
        ("nonsense", json!({})),
        ("password", json!({})),
        (
            "name",
            json!({ "name": { "familyName": "Jensen", "givenName": "Barbara" } }),
        ),
        (
            "name.givenName",
            json!({ "name": { "givenName": "Barbara" } }),
        ),
        (
            "name.GIVENNAME,Name.familyName",
            json!({ "name": { "familyName": "Jensen", "givenName": "Barbara" } }),
        ),
        (
            "name,name.givenName",
            json!({ "name": { "familyName": "Jensen", "givenName": "Barbara" } }),
        ),
        ("name.nonsense", json!({})),
        ("userName.x", json!({})),
        ("shoeSize", json!({ "shoeSize": 42 })),
        ("shoeSize.x", json!({})),
        (
            "emails.type",
            json!({ "emails": [{ "type": "work" }, { "type": "other" }] }),
        ),
        ("emails.primary", json!({})),
        ("meta.version", json!({ "meta": { "version": "1" } })),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            json!({ "userName": "babs" }),
        ),
        (
            "URN:ietf:params:scim:schemas:core:2.0:user:NAME.givenname",
            json!({ "name": { "givenName": "Barbara" } }),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            json!({ ENTERPRISE_USER: { "department": "Tours" } }),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            json!({ ENTERPRISE_USER: { "manager": { "value": "2" } } }),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User",
            json!({ ENTERPRISE_USER: { "department": "Tours", "manager": { "value": "2", "displayName": "J" } } }),
        ),
        ("department", json!({})),
        (
            "urn:example:2.0:Ext",
            json!({ "urn:example:2.0:Ext": { "a": 1, "b": 2 } }),
        ),
        (
            "urn:example:2.0:Ext:b",
            json!({ "urn:example:2.0:Ext": { "b": 2 } }),
        ),
    ] {
        assert_eq!(shown(asked, ""), expected, "{asked}");
    }
}

#[test]
fn a_whole_core_schema() {
    let mut expected = user();
    for name in [
        "schemas",
        "id",
        "password",
        ENTERPRISE_USER,
        "urn:example:2.0:Ext",
    ] {
        expected.remove(name);
    }
    assert_eq!(shown(USER, ""), expected.as_value());
    assert_eq!(
        shown("", USER),
        json!({
            ENTERPRISE_USER: user().get(ENTERPRISE_USER),
            "urn:example:2.0:Ext": { "a": 1, "b": 2 },
        })
    );
}

/// RFC 7644 §3.4.2.5.
#[test]
fn attributes_excluded() {
    let without = |remove: fn(&mut Resource)| {
        let mut expected = user();
        for name in ["schemas", "id", "password"] {
            expected.remove(name);
        }
        remove(&mut expected);
        expected.into_value()
    };
    for (excluded, expected) in [
        ("id,schemas,nonsense,name.x,userName.x", without(|_| {})),
        ("USERNAME", without(|user| drop(user.remove("userName")))),
        (
            "name.givenName",
            without(|user| user.set("name", json!({ "familyName": "Jensen" }))),
        ),
        (
            "name.givenName,name.familyName",
            without(|user| drop(user.remove("name"))),
        ),
        (
            "emails.Type",
            without(|user| {
                user.set(
                    "emails",
                    json!([{ "value": "a@example.com" }, { "value": "b@example.com" }]),
                );
            }),
        ),
        (
            ENTERPRISE_USER,
            without(|user| drop(user.remove(ENTERPRISE_USER))),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            without(|user| user.set(ENTERPRISE_USER, json!({ "department": "Tours" }))),
        ),
        (
            "urn:example:2.0:Ext",
            without(|user| drop(user.remove("urn:example:2.0:Ext"))),
        ),
        (
            "urn:example:2.0:Ext:a",
            without(|user| user.set("urn:example:2.0:Ext", json!({ "b": 2 }))),
        ),
        ("shoeSize", without(|user| drop(user.remove("shoeSize")))),
    ] {
        assert_eq!(shown("", excluded), expected, "{excluded}");
    }
}

#[test]
fn a_secret_stays_one_in_whatever_spelling() {
    let schema = ResourceSchema::user();
    for body in [
        json!({ "PASSWORD": "s" }),
        json!({ format!("{USER}:password"): "s" }),
        json!({ "password.x": "s" }),
        json!({ USER: { "Password": "s" } }),
        json!({ "urn:ietf:params:scim:schemas:core:2.0:Group": { "password": "s" } }),
    ] {
        let resource = Resource::from_value(body).unwrap();
        for selection in [
            Selection::default(),
            select("password", ""),
            select(USER, ""),
        ] {
            let shown = selection.apply(resource.clone(), &schema);
            assert_eq!(shown, Resource::new(), "{resource}");
        }
    }
}

/// RFC 7644 §3.9, table 9.
#[test]
fn what_cannot_be_asked() {
    for (attributes, excluded, words) in [
        (Some("userName"), Some("name"), "exclude each other"),
        (
            Some("userName, a b"),
            None,
            "\"attributes\": not a path: expected an attribute name at byte 11",
        ),
        (
            None,
            Some("emails[type eq \"work\"]"),
            "\"excludedAttributes\"",
        ),
        (Some("name."), None, "sub-attribute"),
    ] {
        let error = Selection::parse(attributes, excluded).unwrap_err();
        assert_eq!(
            (error.status, error.scim_type.clone()),
            (400, Some(ScimType::InvalidValue))
        );
        assert!(error.detail.contains(words), "{error}");
    }
    let both = Selection::new(
        vec![AttrPath::new("name"), AttrPath::new("title")],
        vec![AttrPath::new("name").with_sub("givenName")],
    );
    assert!(both.asks() && !both.is_default());
    assert_eq!(
        shown_of(user(), &both, &ResourceSchema::user()),
        json!({ "name": { "familyName": "Jensen" } })
    );
}

#[test]
fn what_is_empty_is_not_shown() {
    let resource = Resource::from_value(json!({ "id": "1", "title": null, "emails": [] })).unwrap();
    let shown = Selection::default().apply(resource, &ResourceSchema::user());
    assert_eq!(shown.as_value(), json!({ "id": "1" }));
}
