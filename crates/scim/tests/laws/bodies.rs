//! Generated bodies of requests, and schemas to judge them by.

use std::sync::LazyLock;

use proptest::{collection, prelude::*};
use purser_scim::{
    Resource, ResourceSchema,
    schema::{ResourceType, Schema},
    urn::{ENTERPRISE_USER, USER},
};
use serde_json::{Map, Value, json};

use super::values;

/// The schemas that ship, and one with every type, mutability and `returned`, with and without
/// parts.
pub static SCHEMAS: LazyLock<Vec<ResourceSchema>> = LazyLock::new(|| {
    let types = [
        ("a", "string"),
        ("b", "boolean"),
        ("c", "decimal"),
        ("d", "integer"),
        ("e", "dateTime"),
        ("f", "binary"),
        ("g", "reference"),
        ("h", "complex"),
        ("i", "complex"),
        ("j", "complex"),
    ];
    let mut mutabilities = ["readWrite", "immutable", "readOnly"].into_iter().cycle();
    let mut returned = ["default", "always", "never", "request"]
        .into_iter()
        .cycle();
    let mut attributes = Vec::new();
    for (name, type_) in types {
        let mutability = mutabilities.next();
        for (digit, multi_valued) in [("0", false), ("1", true)] {
            let parts = json!([
                { "name": "value" },
                { "name": "type", "mutability": "immutable", "returned": "always" },
                { "name": "display", "mutability": "readOnly", "returned": "request" },
                { "name": "a", "type": "integer", "multiValued": multi_valued, "returned": "never" },
            ]);
            attributes.push(json!({
                "name": format!("{name}{digit}"),
                "type": type_,
                "multiValued": multi_valued,
                "mutability": mutability,
                "returned": returned.next(),
                "subAttributes": if type_ == "complex" { parts } else { json!([]) },
            }));
        }
    }
    let schema = |id: &str| {
        serde_json::from_value::<Schema>(json!({ "id": id, "attributes": attributes }))
            .unwrap_or_default()
    };
    let kind = ResourceType::new("Thing", "/Things", "urn:example:Thing")
        .with_extension("urn:example:Ext", false);
    let own = ResourceSchema::from_parts(
        kind,
        &[schema("urn:example:Thing"), schema("urn:example:Ext")],
    );
    let mut all = vec![ResourceSchema::user(), ResourceSchema::group()];
    all.extend(own.ok());
    all
});

/// A name that means something to one of the schemas, or nearly.
pub fn name() -> impl Strategy<Value = String> {
    let own = "[a-jA-J][01](\\.(value|type|display|a|primary))?";
    let urns = prop::sample::select(vec![
        USER,
        ENTERPRISE_USER,
        "urn:example:Thing",
        "urn:example:Ext",
        "urn:example:Other",
    ]);
    let parts = vec![
        "value", "TYPE", "display", "a", "primary", "password", "active",
    ];
    prop_oneof![
        4 => own,
        2 => values::word(),
        1 => urns.clone().prop_map(str::to_owned),
        1 => (urns, own).prop_map(|(urn, name)| format!("{urn}:{name}")),
        1 => prop::sample::select(parts).prop_map(str::to_owned),
    ]
}

/// A value that may stand anywhere, and fits rarely.
fn noise() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        values::leaf(),
        (-3..3_i64).prop_map(Value::from),
        one_of(&[json!("\0")])
    ];
    leaf.prop_recursive(3, 12, 3, |value| {
        prop_oneof![
            collection::vec(value.clone(), 0..3).prop_map(Value::from),
            collection::vec((name(), value), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn one_of(values: &[Value]) -> impl Strategy<Value = Value> + use<> {
    prop::sample::select(values.to_vec())
}

/// A value for an attribute `letter` of our own schema, in one of the forms that leniency takes.
fn fitting(letter: char) -> BoxedStrategy<Value> {
    let text = || {
        one_of(&[
            json!("x"),
            json!("X"),
            json!("y"),
            json!(""),
            json!(5),
            json!(true),
        ])
    };
    match letter {
        'b' => one_of(&[json!(true), json!(false), json!("False"), json!(["TRUE"])]).boxed(),
        'c' => one_of(&[
            json!(0.5),
            json!(5),
            json!("5.0"),
            json!(1e300),
            json!(-0.0),
        ])
        .boxed(),
        'd' => one_of(&[json!(5), json!(5.0), json!("5"), json!("1e3"), json!(-0.0)]).boxed(),
        'e' => one_of(&[
            json!("2011-05-13T04:42:34Z"),
            json!(["2011-05-13T04:42:34.5+02:00"]),
        ])
        .boxed(),
        'f' => one_of(&[json!("Zm9v"), json!("Zg"), json!("-_8="), json!("")]).boxed(),
        'g' => one_of(&[json!("../Users/1"), json!(["urn:x:y"])]).boxed(),
        'h' | 'i' | 'j' => {
            let part = prop_oneof![
                3 => (one_of(&[json!("value"), json!("Value"), json!("type"), json!("display")]), text()),
                1 => (Just(json!("a")), one_of(&[json!(5), json!([6, "6"]), json!(null)])),
                1 => (Just(json!("primary")), one_of(&[json!(true), json!("false"), json!([])])),
                1 => (name().prop_map(Value::from), noise()),
            ];
            let object = collection::vec(part, 0..4).prop_map(|parts| {
                let parts = parts
                    .into_iter()
                    .map(|(name, value)| (name.as_str().unwrap_or("x").to_owned(), value));
                Value::Object(parts.collect())
            });
            prop_oneof![4 => object, 1 => text()].boxed()
        }
        _ => text().boxed(),
    }
}

/// An attribute of our own schema.
fn member() -> impl Strategy<Value = (String, Value)> {
    let place =
        prop_oneof![4 => Just(""), 1 => Just("urn:example:Thing:"), 2 => Just("urn:example:Ext:")];
    let letter = prop::sample::select(('a'..='j').collect::<Vec<char>>());
    (place, letter, any::<bool>(), any::<bool>()).prop_flat_map(
        |(place, letter, is_list, is_upper)| {
            let name = if is_upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            };
            let name = format!("{place}{name}{}", u8::from(is_list));
            let value = if is_list {
                prop_oneof![
                    3 => collection::vec(fitting(letter), 0..4).prop_map(Value::from),
                    1 => fitting(letter),
                ]
                .boxed()
            } else {
                prop_oneof![6 => fitting(letter), 1 => Just(Value::Null)].boxed()
            };
            (Just(name), value)
        },
    )
}

/// A body with attributes of all the schemas, most of them right.
pub fn body() -> impl Strategy<Value = Resource> {
    let members = collection::vec(member(), 0..8);
    let extension = collection::vec(member(), 0..3);
    let strange = collection::vec((name(), noise()), 0..2);
    let flags = one_of(&[json!(true), json!("False"), json!(null)]);
    (values::user(), members, extension, strange, flags).prop_map(
        |(mut body, members, extension, strange, active)| {
            body.set("active", active);
            let extension: Map<String, Value> = extension.into_iter().collect();
            if !extension.is_empty() {
                body.set("urn:example:Ext", extension);
            }
            for (name, value) in members.into_iter().chain(strange) {
                body.as_map_mut().insert(name, value);
            }
            body
        },
    )
}
