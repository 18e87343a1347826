//! What a rule means: one small table and one small object a case.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may stop at the first surprise"
)]

use attribute_map::AttributeMap;
use purser_guest::{
    Context, Mapper, Outcome, SourceObject,
    json::{Value, json},
    map_batch,
};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn outcome(rules: Value, attributes: Value) -> Outcome {
    let settings = json!({ "transform": ["trim"], "user": rules });
    AttributeMap::describe(&settings).unwrap();
    let mut object = SourceObject::new("user", "7");
    object.attributes = attributes.as_object().unwrap().clone();
    map_batch::<AttributeMap>(&Context::with_settings(settings), &[object]).remove(0)
}

/// The resource without its schemas.
fn resource(rules: Value, attributes: Value) -> Value {
    match outcome(rules, attributes) {
        Outcome::Projection(mut projection) => {
            projection.resource.remove("schemas");
            projection.resource.into()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn unknown_is_left_out_and_empty_clears() {
    let rules = || json!({ "title": { "from": "a" } });
    assert_eq!(resource(rules(), json!({})), json!({}));
    assert_eq!(
        resource(rules(), json!({ "a": null })),
        json!({ "title": null })
    );
    assert_eq!(
        resource(rules(), json!({ "a": "  " })),
        json!({ "title": null })
    );
    assert_eq!(
        resource(rules(), json!({ "a": [] })),
        json!({ "title": null })
    );
    assert_eq!(
        resource(rules(), json!({ "a": " b " })),
        json!({ "title": "b" })
    );
}

#[test]
fn an_element_of_constants_is_left_out() {
    let rules = || {
        json!({
            r#"emails[type eq "work"].value"#: { "from": "mail", "transform": ["email_or_drop"] },
            r#"emails[type eq "work"].primary"#: { "constant": true },
        })
    };
    let work = json!({ "emails": [{ "value": "a@b", "primary": true, "type": "work" }] });
    assert_eq!(resource(rules(), json!({ "mail": "a@b" })), work);
    for empty in [json!(""), json!(null), json!("no address")] {
        assert_eq!(
            resource(rules(), json!({ "mail": empty })),
            json!({ "emails": null })
        );
    }
    assert_eq!(resource(rules(), json!({})), json!({}));
}

#[test]
fn elements_are_not_cleared_while_one_is_unknown() {
    let rules = || {
        json!({
            r#"emails[type eq "work"].value"#: { "from": "work" },
            r#"emails[type eq "home"].value"#: { "from": "home" },
        })
    };
    assert_eq!(resource(rules(), json!({ "work": "" })), json!({}));
    let home = json!({ "emails": [{ "value": "a@b", "type": "home" }] });
    assert_eq!(
        resource(rules(), json!({ "work": "", "home": "a@b" })),
        home
    );
}

#[test]
fn a_complex_value_is_cleared_part_by_part() {
    let rules = || {
        json!({
            "name.givenName": { "from": "first" },
            "name.familyName": { "from": "last" },
            "name.honorificSuffix": { "constant": "MA" },
        })
    };
    let name = json!({ "name": { "givenName": null, "familyName": "b", "honorificSuffix": "MA" } });
    assert_eq!(resource(rules(), json!({ "first": "", "last": "b" })), name);
    assert_eq!(
        resource(rules(), json!({ "first": "" })),
        json!({ "name": { "givenName": null } })
    );
    assert_eq!(resource(rules(), json!({})), json!({}));
}

#[test]
fn an_extension_is_named_only_with_values() {
    let department = format!("{ENTERPRISE}:department");
    let schemas = |value: Value| {
        let Outcome::Projection(projection) = outcome(
            json!({ department.clone(): { "from": "a" } }),
            json!({ "a": value }),
        ) else {
            panic!()
        };
        projection.resource
    };
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    assert_eq!(schemas(json!("b"))["schemas"], json!([core, ENTERPRISE]));
    let cleared = schemas(json!(""));
    assert_eq!(cleared["schemas"], json!([core]));
    assert_eq!(cleared[ENTERPRISE], json!({ "department": null }));
}

#[test]
fn templates_drop_empty_parts_and_repeat_over_many_values() {
    let rules = || json!({ "displayName": { "template": "{a} {b}" } });
    assert_eq!(
        resource(rules(), json!({ "a": "", "b": "c" })),
        json!({ "displayName": "c" })
    );
    let groups = || json!({ "groups": { "template": "role:{roles}", "except": ["x"] } });
    assert_eq!(
        resource(groups(), json!({ "roles": ["x", "y", 3] })),
        json!({ "groups": [{ "value": "role:y" }, { "value": "role:3" }] })
    );
    assert_eq!(
        resource(groups(), json!({ "roles": ["x"] })),
        json!({ "groups": [] })
    );
    assert_eq!(resource(groups(), json!({})), json!({}));
}

#[test]
fn numbers_become_text_where_scim_has_text() {
    let rules = json!({
        "externalId": { "from": "n" },
        "active": { "from": "b" },
        "urn:acme:2.0:User:level": { "from": "n" },
    });
    let expected = json!({
        "externalId": "12", "active": true, "urn:acme:2.0:User": { "level": 12 },
    });
    assert_eq!(resource(rules, json!({ "n": 12, "b": true })), expected);
}

#[test]
fn transforms_work_together() {
    for (rule, attributes, expected) in [
        (
            json!({ "from": "a", "transform": ["lower"] }),
            json!({ "a": "ÄB" }),
            json!("äb"),
        ),
        (
            json!({ "from": "a", "transform": ["first"] }),
            json!({ "a": ["", "b", "c"] }),
            json!("b"),
        ),
        (
            json!({ "from": "a", "join": ", " }),
            json!({ "a": ["b", "c"] }),
            json!("b, c"),
        ),
        (
            json!({ "from": "a", "default": "d" }),
            json!({ "a": "" }),
            json!("d"),
        ),
        (
            json!({ "from": "a", "default": "d" }),
            json!({}),
            json!("d"),
        ),
        (
            json!({ "first_of": [{ "from": "a" }, { "from": "b" }, { "constant": "c" }] }),
            json!({ "a": "" }),
            json!("c"),
        ),
        (
            json!({ "from": "a", "transform": ["email_or_drop"] }),
            json!({ "a": "x" }),
            json!(null),
        ),
    ] {
        let found = resource(json!({ "title": rule.clone() }), attributes);
        assert_eq!(found, json!({ "title": expected }), "{rule}");
    }
}

#[test]
fn what_is_sent_only_at_creation_is_named() {
    let rules = || json!({ "password": { "from": "p", "on_create_only": true } });
    let Outcome::Projection(projection) = outcome(rules(), json!({ "p": "secret" })) else {
        panic!()
    };
    assert_eq!(projection.create_only, ["password"]);
    assert_eq!(resource(rules(), json!({ "p": "" })), json!({}));
}

#[test]
fn values_that_fit_nowhere_are_problems_without_the_value() {
    for (rule, value) in [
        (json!({ "from": "a" }), json!(["secret", "secret2"])),
        (json!({ "from": "a" }), json!({ "x": "secret" })),
        (
            json!({ "from": "a", "transform": ["bool"] }),
            json!("secret"),
        ),
        (
            json!({ "template": "{a} {b}" }),
            json!(["secret", "secret2"]),
        ),
    ] {
        let Outcome::Problem(problem) = outcome(json!({ "title": rule }), json!({ "a": value }))
        else {
            panic!()
        };
        assert!(!problem.message.contains("secret"), "{}", problem.message);
    }
}

#[test]
fn what_is_read_and_written_is_described_exactly() {
    assert!(AttributeMap::describe(&json!({})).is_ok());
    let settings = json!({
        "user": {
            "userName": { "first_of": [{ "from": "a" }, { "template": "{b}{c}" }] },
            "title": { "constant": "x" },
        },
        "role": { "displayName": { "from": "a" } },
    });
    let description = AttributeMap::describe(&settings).unwrap();
    assert_eq!(description.reads, ["a", "b", "c"]);
    assert_eq!(description.writes, ["displayName", "title", "userName"]);
}

#[test]
fn contradictions_name_kind_and_path() {
    for (rules, expected) in [
        (
            json!({ "a": { "from": "x", "transform": ["upper"] } }),
            "unknown transform `upper`",
        ),
        (
            json!({ "a": { "from": "x", "transform": ["lookup"] } }),
            "`lookup` needs a table: write `lookup = \"…\"` beside `transform`",
        ),
        (
            json!({ "a": { "from": "x", "missing": "drop" } }),
            "`missing` says what becomes of a value that a table does not have: write `lookup = \"TABLE\"` beside it",
        ),
        (
            json!({ "a": { "from": "x", "lookup": " " } }),
            "`lookup` takes the name of a table",
        ),
        (
            json!({ "a": { "from": "x", "transform": ["join"] } }),
            "`join` needs a separator: write `join = \", \"` beside `transform`",
        ),
        (
            json!({ "a": {} }),
            "exactly one of `from`, `template`, `constant` and `first_of` is needed",
        ),
        (
            json!({ "a": { "from": "x", "constant": 1 } }),
            "exactly one of `from`, `template`, `constant` and `first_of` is needed",
        ),
        (
            json!({ "a": { "template": "{x" } }),
            "a template has a `{` without its `}`",
        ),
        (json!({ "a": "x" }), "not a rule: write `{ from = \"…\" }`"),
        (
            json!({ "A": { "from": "x" }, "a": { "from": "y" } }),
            "`A` already says what stands there",
        ),
        (
            json!({ "Name": { "from": "x" }, "a": { "from": "x" }, "name.b": { "from": "y" } }),
            "",
        ),
    ] {
        let settings = json!({ "user": rules });
        let error = AttributeMap::describe(&settings).unwrap_err();
        if expected.is_empty() {
            assert_eq!(
                error,
                "kind `user`, path `name.b`: `Name` already says what stands there"
            );
        } else {
            assert_eq!(error, format!("kind `user`, path `a`: {expected}"));
        }
    }
    let error = AttributeMap::describe(&json!({ "user": { "a b": { "from": "x" } } })).unwrap_err();
    assert_eq!(
        error,
        "kind `user`, path `a b`: `a b` is not an attribute name"
    );
    let error = AttributeMap::describe(&json!({ "transform": ["lower"] })).unwrap_err();
    assert_eq!(
        error,
        "transform: `lower` belongs to a rule; for all there are `strip_control` and `trim`"
    );
}
