//! The decision table: every situation, with the policy's answers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are tests: they stop at the first surprise"
)]

use std::collections::BTreeMap;

use purser_engine::{
    absence::{Absence, Complete, Evidence},
    change::{Action, Change, Origin},
    decide::{Begun, Correlation, Decision, Facts, Linked, Wanted, decide},
    effect::{Effect, Effects},
    failsafe::{Failsafe, Judgement},
    ids::{ObjectKey, ResourceType, RunId, TargetId},
    object::SourceObject,
    policy::{Absent, Found, LinkBroken, OutOfScope, Policy},
    projection::{Projection, ProjectionError},
    situation::Situation,
};
use purser_scim::{Resource, schema::ResourceSchema};
use serde_json::{Value, json};

const USER: &str = purser_scim::urn::USER;

/// The answer to a create was lost so long ago that its resource would be visible.
const LONG_AGO: Option<Begun> = Some(Begun {
    visible: true,
    repeatable: false,
});

fn key() -> ObjectKey {
    ObjectKey::new("user", "7")
}

fn resource(value: Value) -> Resource {
    Resource::from_value(value).unwrap()
}

fn object(active: bool) -> SourceObject {
    SourceObject {
        key: key(),
        resource_type: ResourceType::user(),
        active,
        roles: Vec::new(),
        attributes: serde_json::Map::new(),
    }
}

fn mapped(value: Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn projection(value: Value) -> Wanted {
    Wanted::Projection(Box::new(
        Projection::new(
            &object(true),
            mapped(value),
            Vec::new(),
            &ResourceSchema::user(),
        )
        .unwrap(),
    ))
}

fn jdoe() -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "jdoe", "active": true})
}

fn linked(written: Value, origin: Origin) -> Option<Linked> {
    Some(Linked {
        target_id: TargetId::new("t7"),
        origin,
        written: resource(written),
        gone: false,
        left: false,
    })
}

fn absence() -> Absence {
    let evidence = Evidence {
        counted: 0,
        expected: Some(0),
        reached_end: true,
        unchanged: true,
        ..Evidence::default()
    };
    Absence::from_enumeration(
        &Complete::verify(RunId(2), &evidence).unwrap(),
        key(),
        RunId(1),
    )
    .unwrap()
}

/// The facts of one case; the rest is as in most cases.
struct Case {
    wanted: Wanted,
    link: Option<Linked>,
    begun: Option<Begun>,
    correlation: Option<Correlation>,
    policy: Policy,
}

impl Case {
    fn of(wanted: Wanted) -> Self {
        Self {
            wanted,
            link: None,
            begun: None,
            correlation: None,
            policy: Policy::default(),
        }
    }

    fn decide(self) -> Decision {
        decide(Facts {
            object: &key(),
            resource_type: &ResourceType::user(),
            wanted: self.wanted,
            link: self.link,
            begun: self.begun,
            correlation: self.correlation,
            schema: &ResourceSchema::user(),
            policy: &self.policy,
        })
    }

    fn change(self) -> Change {
        match self.decide() {
            Decision::Change(change) => *change,
            other => panic!("a change was expected: {other:?}"),
        }
    }
}

fn found(value: Value) -> Option<Correlation> {
    Some(Correlation::One {
        target_id: TargetId::new("t9"),
        resource: resource(value),
    })
}

#[test]
fn absent_is_created_without_nulls_and_only_once_the_target_was_asked() {
    let wanted = projection(
        json!({"userName": "jdoe", "nickName": null, "name": {"givenName": "J", "familyName": null}}),
    );
    assert_eq!(Case::of(wanted.clone()).decide(), Decision::Correlate);
    let change = Case {
        correlation: Some(Correlation::Nothing),
        ..Case::of(wanted)
    }
    .change();
    assert_eq!(change.situation, Situation::Absent);
    assert_eq!(change.effects, Effects::of([Effect::Create]));
    let Action::Create { resource: body } = &change.action else {
        panic!("create")
    };
    assert_eq!(
        body.as_value(),
        json!({"schemas": [USER], "userName": "jdoe", "name": {"givenName": "J"}})
    );
}

#[test]
fn found_is_adopted_or_reported_and_unmapped_attributes_stay() {
    let there = json!({"id": "t9", "userName": "JDoe", "nickName": "Joe", "active": true});
    let case = |policy| Case {
        correlation: found(there.clone()),
        policy,
        ..Case::of(projection(jdoe()))
    };
    let change = case(Policy::default()).change();
    assert_eq!(change.situation, Situation::Found);
    assert_eq!(change.effects, Effects::of([Effect::Link, Effect::Rename]));
    let Action::Link { origin, delta, .. } = &change.action else {
        panic!("link")
    };
    assert_eq!(*origin, Origin::Adopted);
    assert_eq!(delta.changes.len(), 1, "{delta:?}");

    let report = case(Policy {
        found: Found::Report,
        ..Policy::default()
    });
    assert!(matches!(
        report.decide(),
        Decision::Report {
            situation: Situation::Found,
            ..
        }
    ));
}

#[test]
fn found_after_an_open_intent_is_our_own() {
    let change = Case {
        correlation: found(json!({"id": "t9", "userName": "jdoe", "active": true})),
        begun: LONG_AGO,
        // Nothing of ours is taken for adopted, whatever the policy says of foreign accounts.
        policy: Policy {
            found: Found::Report,
            ..Policy::default()
        },
        ..Case::of(projection(jdoe()))
    }
    .change();
    assert!(matches!(
        change.action,
        Action::Link {
            origin: Origin::Created,
            ..
        }
    ));
    assert_eq!(change.effects, Effects::of([Effect::Link]));
}

#[test]
fn ambiguous_and_owned_matches_are_parked() {
    let parked = |correlation| {
        Case {
            correlation: Some(correlation),
            ..Case::of(projection(jdoe()))
        }
        .decide()
    };
    assert_eq!(
        parked(Correlation::Many {
            count: 3,
            attribute: "displayName".to_owned()
        }),
        Decision::Park {
            situation: Situation::Ambiguous,
            reason: "3 resources at the target match by displayName; remove or rename all but one there, \
                     or match by an attribute that tells them apart"
                .to_owned()
        }
    );
    assert_eq!(
        parked(Correlation::Owned {
            by: ObjectKey::new("user", "3"),
            attribute: "displayName".to_owned()
        }),
        Decision::Park {
            situation: Situation::FoundAlreadyLinked,
            reason: "the resource that matches at the target by displayName belongs to user:3; \
                     if these are two, take displayName out of the mapping's `match`"
                .to_owned()
        }
    );
}

#[test]
fn what_cannot_be_found_after_a_lost_answer_is_sent_again_only_where_no_second_one_can_come_of_it()
{
    let case = |visible, repeatable| Case {
        begun: Some(Begun {
            visible,
            repeatable,
        }),
        correlation: Some(Correlation::Nothing),
        ..Case::of(projection(jdoe()))
    };
    for repeatable in [false, true] {
        assert_eq!(case(false, repeatable).decide(), Decision::Wait);
    }
    let change = case(true, true).change();
    assert_eq!(
        (change.situation, change.effects),
        (Situation::UnknownOutcome, Effects::of([Effect::Create]))
    );
    let Decision::Park { situation, reason } = case(true, false).decide() else {
        panic!("it is set aside");
    };
    assert_eq!(situation, Situation::UnknownOutcome);
    assert!(
        reason.ends_with("`purser sync MAPPING --object user:7 --allow create=1` sends it again"),
        "it says what to do: {reason}"
    );
    let leaver = Case {
        wanted: Wanted::Absent(absence()),
        ..case(false, false)
    };
    assert_eq!(leaver.decide(), Decision::Wait, "it may yet turn up, open");
}

#[test]
fn linked_sends_exactly_what_differs_from_what_we_wrote() {
    let case = |wanted: Value| Case {
        link: linked(
            json!({"userName": "jdoe", "active": true, "name": {"givenName": "J", "familyName": "Doe"}, "timezone": "UTC"}),
            Origin::Created,
        ),
        ..Case::of(projection(wanted))
    };
    assert_eq!(case(json!({"userName": "jdoe"})).decide(), Decision::InStep);
    let paths = |change: &Change| {
        change
            .attributes()
            .into_iter()
            .map(|a| a.path)
            .collect::<Vec<_>>()
    };
    let table: [(Value, &[Effect], &[&str]); 6] = [
        (
            json!({"userName": "JDOE"}),
            &[Effect::Rename],
            &["userName"],
        ),
        (
            json!({"userName": "jdoe", "timezone": null}),
            &[Effect::Clear],
            &["timezone"],
        ),
        (
            json!({"userName": "jdoe", "active": false}),
            &[Effect::Deactivate],
            &["active"],
        ),
        (
            json!({"userName": "jdoe", "title": "Dr"}),
            &[Effect::Update],
            &["title"],
        ),
        (
            json!({"userName": "jdoe", "name": {"familyName": "Roe"}}),
            &[Effect::Update],
            &["name.familyName"],
        ),
        (
            json!({"userName": "jroe", "active": false, "name": {"givenName": null}}),
            &[Effect::Clear, Effect::Rename, Effect::Deactivate],
            &["userName", "active", "name.givenName"],
        ),
    ];
    for (wanted, effects, changed) in table {
        let change = case(wanted.clone()).change();
        assert_eq!(
            change.effects,
            Effects::of(effects.iter().copied()),
            "{wanted}"
        );
        let (mut got, mut expected) = (paths(&change), changed.to_vec());
        got.sort();
        expected.sort_unstable();
        assert_eq!(got, expected, "{wanted}");
    }
}

#[test]
fn coming_back_is_a_reactivation() {
    let change = Case {
        link: linked(
            json!({"userName": "jdoe", "active": false}),
            Origin::Created,
        ),
        ..Case::of(projection(jdoe()))
    }
    .change();
    assert_eq!(change.effects, Effects::of([Effect::Reactivate]));
}

#[test]
fn inv12_an_inactive_envelope_wins_over_the_mapping() {
    let schema = ResourceSchema::user();
    for claim in [
        json!({"userName": "jdoe", "active": true}),
        json!({"userName": "jdoe"}),
    ] {
        let projection =
            Projection::new(&object(false), mapped(claim), Vec::new(), &schema).unwrap();
        assert_eq!(projection.resource.get("active"), Some(&Value::Bool(false)));
        let change = Case {
            link: linked(json!({"userName": "jdoe", "active": true}), Origin::Created),
            ..Case::of(Wanted::Projection(Box::new(projection.clone())))
        }
        .change();
        assert_eq!(change.effects, Effects::of([Effect::Deactivate]));
        // Inactive and absent at the target: created inactive.
        let created = Case {
            correlation: Some(Correlation::Nothing),
            ..Case::of(Wanted::Projection(Box::new(projection)))
        }
        .change();
        let Action::Create { resource } = created.action else {
            panic!("create")
        };
        assert_eq!(resource.get("active"), Some(&Value::Bool(false)));
    }
}

#[test]
fn inv12_an_inactive_object_that_is_not_mapped_is_closed() {
    let wanted = || Wanted::Closed("the component failed on it".to_owned());
    let change = Case {
        link: linked(jdoe(), Origin::Adopted),
        ..Case::of(wanted())
    }
    .change();
    assert_eq!(change.effects, Effects::of([Effect::Deactivate]));
    let written = change.written.unwrap();
    assert_eq!(written.get("active"), Some(&json!(false)));
    assert_eq!(written.get("userName"), Some(&json!("jdoe")));

    // Closed before, or never there: what remains is the reason.
    let closed = json!({"userName": "jdoe", "active": false});
    for link in [linked(closed, Origin::Created), None] {
        let decision = Case {
            link,
            ..Case::of(wanted())
        }
        .decide();
        assert!(matches!(decision, Decision::Park { .. }), "{decision:?}");
    }
}

#[test]
fn a_proven_absence_follows_the_policy() {
    let case = |absent_user, origin, written| Case {
        link: linked(written, origin),
        policy: Policy {
            absent_user,
            ..Policy::default()
        },
        ..Case::of(Wanted::Absent(absence()))
    };
    let change = case(Absent::Deactivate, Origin::Created, jdoe()).change();
    assert_eq!(change.situation, Situation::SourceMissing);
    assert_eq!(change.effects, Effects::of([Effect::Deactivate]));
    assert_eq!(
        change.attributes().len(),
        1,
        "nothing but `active` is written"
    );

    let change = case(Absent::Delete, Origin::Created, jdoe()).change();
    assert_eq!(change.effects, Effects::of([Effect::Delete]));

    let change = case(Absent::Delete, Origin::Adopted, jdoe()).change();
    assert_eq!(
        change.effects,
        Effects::of([Effect::Deactivate]),
        "what we did not create we never delete"
    );

    assert!(matches!(
        case(Absent::Keep, Origin::Created, jdoe()).decide(),
        Decision::Report { .. }
    ));
    // Inactive before: said once more, because it is the last time that we write to that account.
    let inactive = json!({"userName": "jdoe", "active": false});
    let change = case(Absent::Deactivate, Origin::Created, inactive.clone()).change();
    assert_eq!(change.effects, Effects::of([Effect::Deactivate]));
    let mut again = case(Absent::Deactivate, Origin::Created, inactive);
    if let Some(link) = &mut again.link {
        link.left = true;
    }
    assert_eq!(again.decide(), Decision::InStep, "and then never again");
    assert_eq!(
        Case::of(Wanted::Absent(absence())).decide(),
        Decision::Ignore,
        "nobody of ours"
    );
}

#[test]
fn leaving_the_scope_follows_its_own_policy() {
    let case = |out_of_scope| Case {
        link: linked(jdoe(), Origin::Created),
        policy: Policy {
            out_of_scope,
            ..Policy::default()
        },
        ..Case::of(Wanted::OutOfScope("by filter".to_owned()))
    };
    let effects = |out_of_scope| case(out_of_scope).change().effects;
    assert_eq!(
        effects(OutOfScope::Deactivate),
        Effects::of([Effect::Deactivate])
    );
    assert_eq!(effects(OutOfScope::Delete), Effects::of([Effect::Delete]));
    assert_eq!(effects(OutOfScope::Unlink), Effects::of([Effect::Unlink]));
    assert!(matches!(
        case(OutOfScope::Keep).decide(),
        Decision::Report { .. }
    ));
}

#[test]
fn a_broken_link_is_created_again_or_reported() {
    let case = |link_broken| {
        let mut link = linked(jdoe(), Origin::Created);
        if let Some(link) = &mut link {
            link.gone = true;
        }
        Case {
            link,
            correlation: Some(Correlation::Nothing),
            policy: Policy {
                link_broken,
                ..Policy::default()
            },
            ..Case::of(projection(jdoe()))
        }
    };
    let change = case(LinkBroken::Create).change();
    assert_eq!(
        (change.situation, change.effects),
        (Situation::LinkBroken, Effects::of([Effect::Create]))
    );
    assert!(matches!(
        case(LinkBroken::Report).decide(),
        Decision::Report {
            situation: Situation::LinkBroken,
            ..
        }
    ));
}

#[test]
fn what_vanished_and_came_back_under_another_id_is_linked_again() {
    let mut link = linked(jdoe(), Origin::Created);
    if let Some(link) = &mut link {
        link.gone = true;
    }
    let change = Case {
        link,
        correlation: found(json!({"id": "t9", "userName": "jdoe", "active": true})),
        ..Case::of(projection(jdoe()))
    }
    .change();
    assert!(
        matches!(
            change.action,
            Action::Link {
                origin: Origin::Adopted,
                ..
            }
        ),
        "nobody knows who restored it"
    );
}

#[test]
fn who_leaves_while_the_answer_to_the_create_is_lost_is_found_and_closed() {
    let case = |correlation| Case {
        begun: LONG_AGO,
        correlation,
        ..Case::of(Wanted::Absent(absence()))
    };
    assert_eq!(case(None).decide(), Decision::Correlate);
    let change = case(found(
        json!({"id": "t9", "userName": "jdoe", "active": true}),
    ))
    .change();
    assert_eq!(
        change.effects,
        Effects::of([Effect::Link, Effect::Deactivate])
    );
    assert!(matches!(
        change.action,
        Action::Link {
            origin: Origin::Created,
            ..
        }
    ));
    let change = case(Some(Correlation::Nothing)).change();
    assert_eq!(
        change.action,
        Action::Unlink { target_id: None },
        "the intent ends"
    );
}

#[test]
fn who_comes_back_is_opened_again_also_by_a_mapping_without_a_word_for_it() {
    let change = Case {
        link: linked(
            json!({"userName": "jdoe", "active": false}),
            Origin::Created,
        ),
        ..Case::of(projection(json!({"userName": "jdoe"})))
    }
    .change();
    assert_eq!(change.effects, Effects::of([Effect::Reactivate]));
}

#[test]
fn a_projection_takes_references_out_and_refuses_what_it_cannot_use() {
    let schema = ResourceSchema::user();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let projection = Projection::new(
        &object(true),
        mapped(json!({
            "id": "mine", "meta": {"version": "1"}, "userName": "jdoe", "favouriteColour": "blue",
            "groups": [{"value": "role:editor"}, {"value": "role:editor"}],
            (enterprise): {"manager": {"value": "user:3"}, "department": "R&D"},
        })),
        Vec::new(),
        &schema,
    )
    .unwrap();
    assert_eq!(projection.edges.len(), 1);
    assert_eq!(projection.references.len(), 1);
    assert_eq!(projection.references[0].to, ObjectKey::new("user", "3"));
    assert_eq!(projection.dropped, ["favouriteColour"]);
    let body = projection.for_create().as_value();
    let expected = json!({"schemas": [USER, enterprise], "userName": "jdoe", (enterprise): {"department": "R&D"}});
    assert_eq!(body, expected);

    let refuse =
        |value| Projection::new(&object(true), mapped(value), Vec::new(), &schema).unwrap_err();
    assert_eq!(
        refuse(json!({"displayName": "J"})),
        ProjectionError::Missing("userName".to_owned())
    );
    assert_eq!(
        refuse(json!({"userName": "jdoe", "groups": [{"value": "editor"}]})),
        ProjectionError::Reference {
            attribute: "groups".to_owned()
        }
    );
}

fn deactivation(id: &str) -> Change {
    let mut change = Case {
        link: linked(jdoe(), Origin::Created),
        ..Case::of(Wanted::Absent(absence()))
    }
    .change();
    change.object = ObjectKey::new("user", id);
    change
}

fn approved(judgement: &Judgement) -> bool {
    matches!(judgement, Judgement::Approved(_))
}

#[test]
fn the_failsafe_counts_deactivations_and_deletions_together_and_holds_the_rest() {
    let mut failsafe = Failsafe::new(2, BTreeMap::new());
    let deletion = Case {
        link: linked(jdoe(), Origin::Created),
        policy: Policy {
            absent_user: Absent::Delete,
            ..Policy::default()
        },
        ..Case::of(Wanted::Absent(absence()))
    }
    .change();
    assert!(approved(&failsafe.judge(deactivation("1"), false)));
    assert!(approved(&failsafe.judge(deletion, false)));
    let Judgement::Held(held) = failsafe.judge(deactivation("3"), false) else {
        panic!("held")
    };
    assert_eq!(
        held.reason,
        "more than 2 deactivations and deletions in one run; allow it with --allow deactivate=N"
    );
    // Other effects have no limit.
    let create = Case {
        correlation: Some(Correlation::Nothing),
        ..Case::of(projection(jdoe()))
    }
    .change();
    assert!(approved(&failsafe.judge(create, false)));
}

#[test]
fn what_was_held_stays_held_until_a_person_allows_it() {
    let mut failsafe = Failsafe::new(25, BTreeMap::new());
    assert!(!approved(&failsafe.judge(deactivation("1"), true)));
    let mut failsafe = Failsafe::new(25, BTreeMap::from([(Effect::Deactivate, 1)]));
    assert!(approved(&failsafe.judge(deactivation("1"), true)));
    assert!(
        !approved(&failsafe.judge(deactivation("2"), true)),
        "and not more than was allowed"
    );
}

#[test]
fn a_grant_covers_its_own_change_and_nothing_else() {
    let mut failsafe = Failsafe::new(1, BTreeMap::new());
    let Judgement::Approved(first) = failsafe.judge(deactivation("1"), false) else {
        panic!("approved")
    };
    let grant = first.grant();
    assert!(
        approved(&failsafe.admit(deactivation("1"), Some(&grant), false)),
        "not counted twice"
    );
    assert!(!approved(&failsafe.admit(
        deactivation("2"),
        Some(&grant),
        false
    )));
}
