//! The mapping as a plain function: no WebAssembly, no host, no clock.

use purser_guest::{
    Context, Mapper as _, Outcome, ProblemKind, Projection, SourceObject,
    json::{Value, json},
    map_batch,
};
use university::{ENTERPRISE, EXTENSION, University};

fn settings() -> Value {
    json!({
        "utc_offset": "+01:00",
        "leavers": ["alum"],
        "affiliations": {
            "student": { "groups": ["students"], "entitlements": ["library"] },
            "staff": { "groups": ["staff", "vpn"], "entitlements": ["library"] },
            "contractor": { "groups": ["guests", "vpn"], "until_contract_end": true },
        },
    })
}

fn ann(affiliations: Value) -> SourceObject {
    SourceObject::new("person", "17")
        .with("login", "ann")
        .with("given_name", "Ann")
        .with("family_name", "Lee")
        .with("affiliations", affiliations)
}

fn at(now: &str, object: SourceObject) -> Outcome {
    let context = Context::with_settings(settings()).at(now);
    map_batch::<University>(&context, &[object]).remove(0)
}

fn map(object: SourceObject) -> Outcome {
    at("2026-11-23T09:30:00Z", object)
}

#[track_caller]
fn projection(outcome: Outcome) -> Projection {
    match outcome {
        Outcome::Projection(projection) => projection,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn problem(outcome: Outcome) -> (ProblemKind, Option<String>) {
    match outcome {
        Outcome::Problem(problem) => (problem.kind, problem.attribute),
        other => panic!("{other:?}"),
    }
}

#[test]
fn affiliations_become_groups_entitlements_and_the_extension() {
    let person = ann(json!(["staff", "student", "staff", "alum"]))
        .with("department", "chem")
        .with("staff_number", "S-1")
        .with("mail", "ann@uni.example");
    assert_eq!(
        Value::Object(projection(map(person)).resource),
        json!({
            "userName": "ann",
            "externalId": "17",
            "name": { "givenName": "Ann", "familyName": "Lee" },
            "displayName": "Ann Lee",
            "active": true,
            "emails": [{ "value": "ann@uni.example", "type": "work", "primary": true }],
            "groups": [
                { "value": "group:chem" },
                { "value": "group:staff" },
                { "value": "group:students" },
                { "value": "group:vpn" },
            ],
            "entitlements": [{ "value": "library" }],
            ENTERPRISE: { "employeeNumber": "S-1", "department": "chem" },
            EXTENSION: {
                "affiliations": ["staff", "student"],
                "primaryAffiliation": "staff",
                "contractEnd": null,
            },
        })
    );
}

#[test]
fn a_contract_ends_at_the_midnight_after_its_last_day() {
    let contractor = || ann(json!(["contractor"])).with("contract_end", "2026-11-30");
    let last_second = projection(at("2026-11-30T22:59:59Z", contractor()));
    assert_eq!(last_second.resource["active"], true);
    assert_eq!(
        last_second.resource["groups"],
        json!([{ "value": "group:guests" }, { "value": "group:vpn" }])
    );
    assert_eq!(
        last_second.reevaluate_at.as_deref(),
        Some("2026-11-30T23:00:00Z")
    );

    let midnight = projection(at("2026-11-30T23:00:00Z", contractor()));
    assert_eq!(midnight.resource["active"], false);
    assert_eq!(midnight.resource["groups"], json!([]));
    assert_eq!(midnight.resource[EXTENSION]["affiliations"], json!([]));
    assert_eq!(midnight.resource[EXTENSION]["contractEnd"], "2026-11-30");
    assert_eq!(midnight.reevaluate_at, None);
}

#[test]
fn a_student_whose_contract_ends_stays_a_student() {
    let person = ann(json!(["contractor", "student"])).with("contract_end", "2026-01-31");
    let projection = projection(map(person));
    assert_eq!(projection.resource["active"], true);
    assert_eq!(
        projection.resource["groups"],
        json!([{ "value": "group:students" }])
    );
    assert_eq!(
        projection.resource[EXTENSION]["primaryAffiliation"],
        "student"
    );
}

#[test]
fn who_has_left_is_out_of_scope() {
    for affiliations in [json!(["alum"]), json!([]), Value::Null] {
        assert!(matches!(map(ann(affiliations)), Outcome::OutOfScope(_)));
    }
}

#[test]
fn what_cannot_be_mapped_is_a_problem_of_one_person() {
    let missing = |name: &str| (ProblemKind::MissingAttribute, Some(name.to_owned()));
    let invalid = |name: &str| (ProblemKind::InvalidValue, Some(name.to_owned()));
    let mut nameless = ann(json!(["staff"]));
    nameless.attributes.remove("login");
    assert_eq!(problem(map(nameless)), missing("login"));
    assert_eq!(
        problem(map(SourceObject::new("person", "1").with("login", "x"))),
        missing("affiliations")
    );
    assert_eq!(
        problem(map(ann(json!(["contractor"])))),
        missing("contract_end")
    );
    assert_eq!(
        problem(map(ann(json!(["rector"])))),
        invalid("affiliations")
    );
    assert_eq!(problem(map(ann(json!("staff")))), invalid("affiliations"));
    assert_eq!(
        problem(map(
            ann(json!(["contractor"])).with("contract_end", "2026-02-30")
        )),
        invalid("contract_end")
    );
    let printer = SourceObject::new("printer", "1");
    assert_eq!(problem(map(printer)), (ProblemKind::Unsupported, None));
}

#[test]
fn unknown_is_left_out_and_empty_is_cleared() {
    let unknown = projection(map(ann(json!(["student"])))).resource;
    assert!(!unknown.contains_key("emails"));
    assert_eq!(unknown[ENTERPRISE], json!({}));
    let empty = ann(json!(["student"]))
        .with("mail", Value::Null)
        .with("department", "");
    let empty = projection(map(empty)).resource;
    assert_eq!(empty["emails"], Value::Null);
    assert_eq!(empty[ENTERPRISE], json!({ "department": null }));
}

#[test]
fn a_group_has_a_name() {
    let chem = SourceObject::new("group", "chem").with("label", "Chemistry");
    assert_eq!(
        Value::Object(projection(map(chem)).resource),
        json!({ "displayName": "Chemistry", "externalId": "group_chem" })
    );
    assert_eq!(
        problem(map(SourceObject::new("group", "chem"))),
        (ProblemKind::MissingAttribute, Some("label".to_owned()))
    );
}

#[test]
fn settings_that_contradict_themselves_are_refused_by_name() {
    let both = json!({ "leavers": ["alum"], "affiliations": { "alum": {} } });
    assert!(University::describe(&both).unwrap_err().contains("`alum`"));
    let offset = json!({ "utc_offset": "Mars" });
    assert!(
        University::describe(&offset)
            .unwrap_err()
            .contains("utc_offset")
    );
    assert!(University::describe(&json!({})).is_ok());
}
