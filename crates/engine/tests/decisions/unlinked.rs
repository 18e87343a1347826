//! No link, or none that holds any more: what was found at the target decides.

use super::*;

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
