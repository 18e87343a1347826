//! What takes accounts away is counted, held, and granted.

use super::*;

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
