//! Gone from the source, out of scope, or leaving while an answer is lost.

use super::*;

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
