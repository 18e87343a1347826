use super::*;
use crate::{
    message::ScimType,
    schema::{ResourceType, Schema},
    urn::{ENTERPRISE_USER, USER},
};
use serde_json::json;

fn things() -> ResourceSchema {
    let thing: Schema = serde_json::from_value(json!({
        "id": "urn:example:2.0:Thing",
        "attributes": [
            { "name": "exact", "caseExact": true },
            { "name": "flag", "type": "boolean" },
            { "name": "count", "type": "integer" },
            { "name": "since", "type": "dateTime" },
            { "name": "key", "type": "binary" },
            { "name": "tags", "multiValued": true },
            { "name": "secret", "type": "complex", "returned": "never", "subAttributes": [{ "name": "hint" }] },
        ],
    }))
    .unwrap();
    let kind = ResourceType::new("Thing", "/Things", &thing.id);
    ResourceSchema::from_parts(kind, &[thing]).unwrap()
}

fn order(by: &str, descending: bool, schema: &ResourceSchema) -> Result<Order, ScimError> {
    Order::new(by.parse().unwrap(), descending, schema)
}

/// Expects the resources to be in this order and, descending, in the reverse.
fn ordered(schema: &ResourceSchema, by: &str, resources: &[Value]) {
    let resources: Vec<Resource> = resources
        .iter()
        .map(|value| Resource::from_value(value.clone()).unwrap())
        .collect();
    for descending in [false, true] {
        let order = order(by, descending, schema).unwrap();
        let mut expected = resources.clone();
        let mut sorted = resources.clone();
        if descending {
            expected.reverse();
        } else {
            sorted.reverse();
        }
        sorted.sort_by_cached_key(|resource| order.key(resource, schema));
        assert_eq!(sorted, expected, "{by}");
        let keys: Vec<_> = sorted
            .iter()
            .map(|resource| order.key(resource, schema))
            .collect();
        assert!(
            keys.is_sorted_by(|left, right| left < right),
            "{by}: {keys:?}"
        );
    }
}

#[test]
fn texts_by_case_only_where_it_counts() {
    let user = ResourceSchema::user();
    let named = |name: &str| json!({ "userName": name });
    ordered(
        &user,
        "USERNAME",
        &[
            named("adam"),
            named("Babs"),
            named("carl"),
            named("straSSe"),
            named("straßf"),
            json!({}),
        ],
    );
    let exact = |text: &str| json!({ "exact": text });
    ordered(
        &things(),
        "exact",
        &[exact("B"), exact("a"), exact("b"), json!({ "exact": [] })],
    );
}

#[test]
fn by_type() {
    let schema = things();
    ordered(
        &schema,
        "flag",
        &[
            json!({ "flag": false }),
            json!({ "flag": true }),
            json!({ "flag": null }),
        ],
    );
    let count = |value: Value| json!({ "count": value });
    ordered(
        &schema,
        "count",
        &[
            count(json!(-1e300)),
            count(json!(i64::MIN)),
            count(json!(-0.5)),
            count(json!(-0.0)),
            count(json!(9)),
            count(json!(10.5)),
            count(json!(9_007_199_254_740_992_u64)),
            count(json!(9_007_199_254_740_993_u64)),
            count(json!(u64::MAX - 1)),
            count(json!(u64::MAX)),
            count(json!(1e300)),
            json!({}),
        ],
    );
    let since = |text: &str| json!({ "since": text });
    ordered(
        &schema,
        "since",
        &[
            since("2011-05-13T05:42:34+02:00"),
            since("2011-05-13T04:42:34Z"),
            since("2011-05-13T04:42:34.5Z"),
            since("no instant"),
            json!({}),
        ],
    );
    ordered(
        &schema,
        "key",
        &[json!({ "key": "ZZ==" }), json!({ "key": "Za" })],
    );
}

/// "By the value of the primary attribute, if any, or else the first value in the list".
#[test]
fn lists_by_their_primary_or_first_value() {
    let user = ResourceSchema::user();
    let resources = [
        json!({ "emails": [{ "value": "a", "type": "z" }, { "value": "x" }] }),
        json!({ "emails": [null, { "value": "b", "type": "y" }] }),
        json!({ "emails": [{ "value": "a" }, { "value": "c", "type": "x", "primary": true }] }),
        json!({ "emails": [{ "type": "w" }] }),
    ];
    ordered(&user, "emails", &resources);
    ordered(&user, "emails.value", &resources);
    let mut by_type = resources.clone();
    by_type.reverse();
    ordered(&user, "emails.type", &by_type);
    ordered(
        &things(),
        "tags",
        &[
            json!({ "tags": ["a", "z"] }),
            json!({ "tags": ["b", "a"] }),
            json!({ "tags": [null] }),
        ],
    );
}

#[test]
fn parts_and_extensions_and_full_names() {
    let user = ResourceSchema::user();
    let given = |name: &str| json!({ "name": { "GivenName": name } });
    for by in ["name.givenName", &format!("{USER}:name.givenname")] {
        ordered(
            &user,
            by,
            &[
                given("a"),
                given("B"),
                json!({ "name": { "familyName": "A" } }),
            ],
        );
    }
    let enterprise = |value: Value| json!({ ENTERPRISE_USER: value });
    ordered(
        &user,
        &format!("{}:department", ENTERPRISE_USER.to_uppercase()),
        &[
            enterprise(json!({ "department": "A" })),
            enterprise(json!({ "department": "b" })),
            json!({}),
        ],
    );
    ordered(
        &user,
        &format!("{ENTERPRISE_USER}:manager"),
        &[
            enterprise(json!({ "manager": { "value": "1" } })),
            enterprise(json!({ "manager": { "value": "2" } })),
        ],
    );
    ordered(
        &user,
        "meta.lastModified",
        &[
            json!({ "meta": { "lastModified": "2011-05-13T04:42:34Z" } }),
            json!({ "meta": { "lastModified": "2011-05-13T04:42:35Z" } }),
        ],
    );
}

#[test]
fn attributes_that_no_schema_knows() {
    let user = ResourceSchema::user();
    ordered(
        &user,
        "x",
        &[
            json!({ "x": true }),
            json!({ "x": 1 }),
            json!({ "x": "A" }),
            json!({ "x": { "value": "b" } }),
            json!({ "x": {} }),
        ],
    );
    let order = order("x", true, &user).unwrap();
    assert!(order.is_descending());
    let missing = order.key(&Resource::new(), &user);
    assert_eq!(missing, order.key(&Resource::new(), &user));
}

#[test]
fn what_has_no_order() {
    for (by, schema) in [
        ("name", ResourceSchema::user()),
        ("meta", ResourceSchema::user()),
        ("password", ResourceSchema::user()),
        (ENTERPRISE_USER, ResourceSchema::user()),
        (USER, ResourceSchema::user()),
        ("secret", things()),
        ("secret.hint", things()),
    ] {
        let error = order(by, false, &schema).unwrap_err();
        assert_eq!(
            (error.status, error.scim_type.clone()),
            (400, Some(ScimType::InvalidValue)),
            "{by}: {error}"
        );
    }
}
