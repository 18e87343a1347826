//! The lenient reading of a PATCH leaves alone what is right.

use proptest::{collection, option, prelude::*};
use purser_scim::{
    PatchRequest, Resource, ResourceSchema,
    diff::diff,
    urn::{ENTERPRISE_USER, PATCH_OP, USER},
};
use serde_json::{Value, json};

use super::{config, values};

/// The resource without what no schema knows, which the lenient reading leaves out.
fn known(mut resource: Resource, schema: &ResourceSchema) -> Resource {
    for path in schema.unknown_attributes(&resource) {
        resource.remove_path(&path);
    }
    resource
}

/// Operations in the RFC's form, most of them possible.
fn operations() -> impl Strategy<Value = Vec<Value>> {
    let text = || "[a-c]{1,2}".prop_map(Value::from);
    let email = || {
        (option::of("[a-c]"), option::of("[a-c]"), any::<bool>()).prop_map(
            |(value, type_, primary)| json!({ "value": value, "type": type_, "primary": primary }),
        )
    };
    let value = prop_oneof![
        3 => text(),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        3 => email(),
        3 => collection::vec(email(), 0..3).prop_map(Value::from),
        1 => text().prop_map(|text| json!({ "givenName": text, "familyName": null })),
        1 => text().prop_map(|text| json!({ "manager": { "value": text }, "department": text })),
        2 => values::user().prop_map(|user| {
            let mut user = known(user, &ResourceSchema::user());
            user.remove("schemas");
            user.into_value()
        }),
    ];
    let manager = format!("{ENTERPRISE_USER}:manager");
    let paths = vec![
        None,
        Some("title".to_owned()),
        Some("active".to_owned()),
        Some(format!("{USER}:nickName")),
        Some("name".to_owned()),
        Some("name.givenName".to_owned()),
        Some("emails".to_owned()),
        Some("emails.type".to_owned()),
        Some("emails[type eq \"a\"]".to_owned()),
        Some("emails[type eq \"a\"].value".to_owned()),
        Some("emails[value sw \"b\"].type".to_owned()),
        Some("emails[primary eq true].primary".to_owned()),
        Some("groups".to_owned()),
        Some(ENTERPRISE_USER.to_owned()),
        Some(format!("{manager}.value")),
        Some(manager),
    ];
    let operation = (
        prop::sample::select(vec!["add", "replace", "remove"]),
        prop::sample::select(paths),
        value,
    );
    let operation = operation.prop_map(|(op, path, value)| match op {
        // What a `remove` lists is no form of the RFC's.
        "remove" => json!({ "op": op, "path": path }),
        _ => json!({ "op": op, "path": path, "value": value }),
    });
    collection::vec(operation, 1..3)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_delta_reads_the_same(from in values::user(), to in values::user()) {
        let schema = ResourceSchema::user();
        let delta = diff(&known(from, &schema), &known(to, &schema), &schema);
        if !delta.is_empty() {
            let wire = delta.to_patch().to_value();
            let lenient = PatchRequest::parse_lenient(&wire, &schema);
            prop_assert_eq!(lenient, PatchRequest::parse(&wire), "{}", wire);
        }
    }

    #[test]
    fn what_can_be_done_is_done_the_same(user in values::user(), operations in operations()) {
        let schema = ResourceSchema::user();
        let mut user = known(user, &schema);
        // So that the filters find something.
        user.set("emails", json!([
            { "value": "a", "type": "a", "primary": true },
            { "value": "b", "type": "b", "display": "B" },
            { "value": "ba", "type": "a" },
        ]));
        let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
        let (mut strictly, mut leniently) = (user.clone(), user);
        let strict = PatchRequest::parse(&body).unwrap().apply(&mut strictly, &schema);
        let lenient = PatchRequest::parse_lenient(&body, &schema)
            .and_then(|request| request.apply(&mut leniently, &schema));
        // A value that fits another path brings what no schema knows.
        if strict.is_ok() && schema.unknown_attributes(&strictly).is_empty() {
            prop_assert_eq!(lenient, strict, "{}", body);
            prop_assert_eq!(leniently, strictly, "{}", body);
        }
    }
}
