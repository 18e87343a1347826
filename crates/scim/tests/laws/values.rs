//! Generated names, values, filters and resources.

use proptest::{collection, option, prelude::*};
use purser_scim::{
    AttrPath, Filter, Path, Resource,
    filter::CompareOp,
    urn::{ENTERPRISE_USER, GROUP, USER},
};
use serde_json::{Map, Value, json};

pub fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z$_][a-zA-Z0-9$_-]{0,8}"
}

pub fn urn() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(USER.to_owned()),
        Just(ENTERPRISE_USER.to_owned()),
        "urn:[a-z0-9.]{1,6}(:[a-zA-Z0-9.]{1,6}){1,3}",
    ]
}

pub fn attr_path() -> impl Strategy<Value = AttrPath> {
    (option::of(urn()), name(), option::of(name())).prop_map(|(urn, attr, sub)| AttrPath {
        urn,
        attr,
        sub,
    })
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ]
}

pub fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        any::<String>().prop_map(Value::from),
    ]
}

pub fn op() -> impl Strategy<Value = CompareOp> {
    prop::sample::select(CompareOp::ALL.to_vec())
}

pub fn filter() -> impl Strategy<Value = Filter> {
    let expression = prop_oneof![
        (attr_path(), op(), leaf()).prop_map(|(path, op, value)| Filter::compare(path, op, value)),
        attr_path().prop_map(Filter::present),
    ];
    expression.prop_recursive(4, 24, 4, |part| {
        prop_oneof![
            collection::vec(part.clone(), 2..4).prop_map(Filter::And),
            collection::vec(part.clone(), 2..4).prop_map(Filter::Or),
            part.clone().prop_map(|part| !part),
            (attr_path(), part).prop_map(|(path, part)| Filter::value_path(path.parent(), part)),
        ]
    })
}

pub fn path() -> impl Strategy<Value = Path> {
    prop_oneof![
        attr_path().prop_map(Path::from),
        (attr_path(), filter(), option::of(name())).prop_map(|(attr, filter, sub)| Path {
            sub,
            ..Path::values(attr.parent(), filter)
        }),
    ]
}

/// JSON with a preference for the names and spellings that matter here.
pub fn any_json() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 32, 5, |value| {
        prop_oneof![
            collection::vec(value.clone(), 0..5).prop_map(Value::from),
            collection::vec((word(), value), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

pub fn word() -> impl Strategy<Value = String> {
    let known = [
        "schemas",
        "id",
        "userName",
        "USERNAME",
        "name",
        "givenName",
        "name.givenName",
        "emails",
        "value",
        "type",
        "primary",
        "members",
        "groups",
        "meta",
        "op",
        "path",
        "Operations",
        "Resources",
        "totalResults",
        "method",
        "bulkId",
        "data",
        "filter",
        "sortBy",
        "count",
        "cursor",
        "attributes",
        USER,
        ENTERPRISE_USER,
        "urn:example:Ext",
        "manager",
        "",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "a b",
        ":",
        "urn:",
        "x.y",
    ];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn text() -> impl Strategy<Value = Value> {
    "[a-cA-C]{1,2}".prop_map(Value::from)
}

/// A value or one of the spellings of none.
fn or_empty(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![4 => value, 1 => Just(json!(null)), 1 => Just(json!([]))]
}

/// Objects with some of the given members.
fn object(
    members: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> impl Strategy<Value = Value> + use<> {
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| option::of(value).prop_map(move |value| (name, value)))
        .collect();
    members.prop_map(|members| {
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        Value::Object(
            present
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    })
}

/// A list of complex values of which at most one is primary.
fn list() -> impl Strategy<Value = Value> {
    let value = object(vec![
        ("value", text().boxed()),
        ("type", or_empty(text()).boxed()),
        ("display", text().boxed()),
        ("x", any_small_json().boxed()),
    ]);
    let values = collection::vec(prop_oneof![5 => value, 1 => Just(Value::Null)], 0..4);
    (values, any::<prop::sample::Index>()).prop_map(|(mut values, primary)| {
        if !values.is_empty() {
            let index = primary.index(values.len());
            if let Some(Value::Object(map)) = values.get_mut(index) {
                map.insert("primary".to_owned(), json!(true));
            }
        }
        Value::from(values)
    })
}

fn any_small_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        text(),
    ];
    leaf.prop_recursive(3, 12, 3, |value| {
        prop_oneof![
            collection::vec(value.clone(), 0..3).prop_map(Value::from),
            collection::vec(("[pqPQ]", value), 0..3).prop_map(distinct),
        ]
    })
}

/// An object whose names differ by more than case: all that SCIM allows.
fn distinct(members: Vec<(String, Value)>) -> Value {
    let mut object = Resource::new();
    for (name, value) in members {
        object.set(&name, value);
    }
    object.into_value()
}

fn resource(schema: &'static str, body: Value) -> Resource {
    let mut resource = Resource::from_value(body).unwrap_or_default();
    resource.add_schema(schema);
    for urn in [ENTERPRISE_USER, "urn:example:2.0:Ext"] {
        if resource
            .get(urn)
            .is_some_and(|value| !purser_scim::is_empty_value(value))
        {
            resource.add_schema(urn);
        }
    }
    resource
}

/// Users with unknown attributes, both kinds of extension, and what only a server may write.
pub fn user() -> impl Strategy<Value = Resource> {
    let name = object(vec![
        ("familyName", or_empty(text()).boxed()),
        ("givenName", text().boxed()),
        ("xUnknown", any_small_json().boxed()),
    ]);
    let manager = object(vec![
        ("value", text().boxed()),
        ("displayName", text().boxed()),
    ]);
    let enterprise = object(vec![
        ("department", or_empty(text()).boxed()),
        ("manager", or_empty(manager).boxed()),
        ("xUnknown", any_small_json().boxed()),
    ]);
    let unknown = object(vec![
        ("a", any_small_json().boxed()),
        ("b", any_small_json().boxed()),
    ]);
    let optional = object(vec![
        ("id", text().boxed()),
        ("externalId", or_empty(text()).boxed()),
        ("title", or_empty(text()).boxed()),
        ("active", any::<bool>().prop_map(Value::from).boxed()),
        ("name", or_empty(name).boxed()),
        ("emails", list().boxed()),
        ("roles", list().boxed()),
        ("groups", list().boxed()),
        ("xOne", any_small_json().boxed()),
        ("xTwo", any_small_json().boxed()),
        (ENTERPRISE_USER, enterprise.boxed()),
        ("urn:example:2.0:Ext", unknown.boxed()),
    ]);
    let user_name = prop::sample::select(vec!["userName", "username"]);
    (optional, user_name, text()).prop_map(|(body, spelling, user_name)| {
        let mut user = resource(USER, body);
        user.set(spelling, user_name);
        user
    })
}

/// Groups.
pub fn group() -> impl Strategy<Value = Resource> {
    object(vec![
        ("displayName", or_empty(text()).boxed()),
        ("members", list().boxed()),
        ("xOne", any_small_json().boxed()),
    ])
    .prop_map(|body| resource(GROUP, body))
}

/// What must be equal after a delta was applied, found without the crate's own comparison: no
/// readOnly attributes, no `schemas`, no empties, names in lower case, lists sorted.
pub fn essence(resource: &Resource) -> Value {
    let mut map = resource.as_map().clone();
    for name in ["schemas", "id", "meta", "groups"] {
        map.shift_remove(name);
    }
    if let Some(Value::Object(manager)) = map
        .get_mut(ENTERPRISE_USER)
        .and_then(|extension| extension.get_mut("manager"))
    {
        manager.shift_remove("displayName");
    }
    canonical(&Value::Object(map))
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let members = map
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), canonical(value)))
                .filter(|(_, value)| !purser_scim::is_empty_value(value));
            let mut map: Map<String, Value> = members.collect();
            map.sort_keys();
            Value::Object(map)
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items
                .iter()
                .map(canonical)
                .filter(|value| !purser_scim::is_empty_value(value))
                .collect();
            items.sort_by_key(Value::to_string);
            items.dedup();
            Value::from(items)
        }
        simple => simple.clone(),
    }
}
