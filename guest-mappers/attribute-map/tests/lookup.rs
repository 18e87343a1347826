//! `lookup`: what a table makes of a value, and what it is to lack one.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may stop at the first surprise"
)]

use attribute_map::AttributeMap;
use purser_guest::{
    Context, Mapper, Outcome, Problem, ProblemKind, SourceObject,
    json::{Value, json},
    map_batch,
};

fn outcome(rules: Value, attributes: Value) -> Outcome {
    let settings = json!({ "transform": ["trim"], "user": rules });
    AttributeMap::describe(&settings).unwrap();
    let context = Context::with_settings(settings)
        .with_table("faculties", [("07", "Arts"), ("8", "Law"), ("flag", "yes")])
        .with_table(
            "teams",
            [
                ("dean", "group:1"),
                ("dean", "group:2"),
                ("clerk", "group:2"),
            ],
        );
    let mut object = SourceObject::new("user", "7");
    object.attributes = attributes.as_object().unwrap().clone();
    map_batch::<AttributeMap>(&context, &[object]).remove(0)
}

fn title(mut rule: Value, value: Value) -> Value {
    let rule_has_source = rule.get("from").is_some() || rule.get("first_of").is_some();
    if !rule_has_source {
        rule["from"] = json!("a");
    }
    match outcome(json!({ "title": rule }), json!({ "a": value })) {
        Outcome::Projection(projection) => projection.resource.get("title").unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

fn problem(rule: Value, value: Value) -> Problem {
    match outcome(json!({ "title": rule }), json!({ "a": value })) {
        Outcome::Problem(problem) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_is_replaced_and_the_key_compares_exactly() {
    let rule = || json!({ "lookup": "faculties" });
    assert_eq!(title(rule(), json!(" 07 ")), "Arts");
    assert_eq!(title(rule(), json!(8)), "Law");
    // What is empty has no key: it clears, as without a table.
    assert_eq!(title(rule(), json!("")), json!(null));
    let missing = problem(json!({ "from": "a", "lookup": "faculties" }), json!("7"));
    assert_eq!(missing.kind, ProblemKind::MissingEntry);
    assert_eq!(missing.attribute.as_deref(), Some("title"));
    assert_eq!(
        missing.message,
        "the table `faculties` has no entry for the value"
    );
}

#[test]
fn what_a_missing_entry_means_is_said_by_missing_and_default() {
    for (rule, expected) in [
        (
            json!({ "lookup": "faculties", "missing": "drop" }),
            json!(null),
        ),
        (json!({ "lookup": "faculties", "default": "?" }), json!("?")),
        (
            json!({ "lookup": "faculties", "missing": "drop", "default": "?" }),
            json!("?"),
        ),
        (
            json!({ "lookup": "faculties", "missing": "drop", "first_of": [{ "from": "a" }, { "constant": "none" }] }),
            json!("none"),
        ),
    ] {
        assert_eq!(title(rule.clone(), json!("99")), expected, "{rule}");
    }
    let strict =
        || json!({ "from": "a", "lookup": "faculties", "missing": "problem", "default": "?" });
    assert_eq!(
        problem(strict(), json!("99")).kind,
        ProblemKind::MissingEntry
    );
    assert_eq!(title(strict(), json!("")), "?");
}

#[test]
fn lookup_stands_between_the_values_and_what_is_done_to_all_of_them() {
    for (rule, value, expected) in [
        (
            json!({ "transform": ["lower", "bool"], "lookup": "faculties" }),
            json!("FLAG"),
            json!(true),
        ),
        (
            json!({ "transform": ["first"], "lookup": "teams" }),
            json!(["clerk", "dean"]),
            json!("group:2"),
        ),
        (
            json!({ "join": "+", "lookup": "teams" }),
            json!("dean"),
            json!("group:1+group:2"),
        ),
    ] {
        assert_eq!(title(rule.clone(), value), expected, "{rule}");
    }
}

#[test]
fn several_values_of_a_key_are_several_memberships_each_once() {
    let groups = |value: Value| {
        let rules = json!({ "groups": { "from": "roles", "lookup": "teams", "missing": "drop" } });
        match outcome(rules, json!({ "roles": value })) {
            Outcome::Projection(projection) => projection.resource.get("groups").unwrap().clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        groups(json!(["clerk", "guest", "dean"])),
        json!([{ "value": "group:2" }, { "value": "group:1" }])
    );
    assert_eq!(groups(json!(["guest"])), json!([]));
}

#[test]
fn a_table_that_is_not_granted_is_a_problem_and_not_an_empty_answer() {
    let rule = json!({ "from": "a", "lookup": "secret", "missing": "drop" });
    let problem = problem(rule, json!("07"));
    assert_eq!(problem.kind, ProblemKind::Internal);
    assert_eq!(
        problem.message,
        "the table `secret`: a lookup table is not there or not granted"
    );
}

#[test]
fn only_the_tables_that_the_settings_use_are_asked_for() {
    let asked = |settings: Value| -> Vec<String> {
        let description = AttributeMap::describe(&settings).unwrap();
        let names = description.capabilities.into_iter();
        names.map(|capability| capability.name).collect()
    };
    assert!(asked(json!({ "user": { "title": { "from": "a" } } })).is_empty());
    let settings = json!({
        "user": {
            "title": { "from": "a", "lookup": "b" },
            "displayName": { "from": "a", "lookup": "a" },
        },
        "role": { "displayName": { "from": "a", "lookup": "b" } },
    });
    assert_eq!(asked(settings), ["lookup:a", "lookup:b"]);
}
