//! Operation switches: by whose initiative what may be done.

use std::collections::BTreeSet;

use purser_engine::{
    ids::Kind,
    operation::{Gated, Operation, Switches, Trigger, gate},
};

use super::*;

fn switches(operation: Operation, may: &[Trigger]) -> Switches {
    let mut switches = Switches::default();
    switches.set(Kind::new("user"), operation, may.iter().copied());
    switches
}

fn by(triggers: &[Trigger]) -> BTreeSet<Trigger> {
    triggers.iter().copied().collect()
}

/// One change for each operation.
fn changes() -> [(Operation, Change); 4] {
    let update = Case {
        link: linked(jdoe(), Origin::Created),
        ..Case::of(projection(
            json!({"userName": "jdoe", "displayName": "Jane", "active": true}),
        ))
    };
    let deactivate = Case {
        link: linked(jdoe(), Origin::Created),
        ..Case::of(Wanted::Closed("its mapping failed".to_owned()))
    };
    let delete = Case {
        link: linked(jdoe(), Origin::Created),
        policy: Policy {
            absent_user: Absent::Delete,
            ..Policy::default()
        },
        ..Case::of(Wanted::Absent(absence()))
    };
    let create = Case {
        correlation: Some(Correlation::Nothing),
        ..Case::of(projection(jdoe()))
    };
    [
        (Operation::Create, create.change()),
        (Operation::Update, update.change()),
        (Operation::Deactivate, deactivate.change()),
        (Operation::Delete, delete.change()),
    ]
}

#[test]
fn each_operation_is_switched_for_each_trigger_alone() {
    for (operation, change) in changes() {
        for off in Trigger::ALL {
            let may: Vec<Trigger> = Trigger::ALL.into_iter().filter(|t| *t != off).collect();
            for switched in Operation::ALL {
                let switches = switches(switched, &may);
                for trigger in Trigger::ALL {
                    let gated = gate(change.clone(), &switches, &by(&[trigger]), None);
                    let expected = if switched == operation && trigger == off {
                        Gated::Off(operation)
                    } else {
                        Gated::Whole(change.clone())
                    };
                    assert_eq!(gated, expected, "{operation} by {trigger}");
                }
            }
        }
    }
}

#[test]
fn several_triggers_may_do_what_any_of_them_may() {
    let switches = switches(Operation::Create, &[Trigger::Scheduled]);
    let [(_, create), ..] = changes();
    let gated = |triggers: &[Trigger]| gate(create.clone(), &switches, &by(triggers), None);
    assert_eq!(
        gated(&[Trigger::Manual, Trigger::Automatic]),
        Gated::Off(Operation::Create)
    );
    assert!(matches!(
        gated(&[Trigger::Automatic, Trigger::Scheduled]),
        Gated::Whole(_)
    ));
}

#[test]
fn a_kind_has_switches_of_its_own() {
    let mut switches = Switches::default();
    switches.set(Kind::new("role"), Operation::Create, []);
    let [(_, create), ..] = changes();
    let gated = gate(create, &switches, &by(&[Trigger::Manual]), None);
    assert!(matches!(gated, Gated::Whole(_)));
}

#[test]
fn a_link_alone_is_no_operation() {
    let mut switches = Switches::default();
    for operation in Operation::ALL {
        switches.set(Kind::new("user"), operation, []);
    }
    let link = |displayed: &str| {
        Case {
            correlation: found(json!({"id": "t9", "userName": "jdoe", "displayName": displayed})),
            ..Case::of(projection(
                json!({"userName": "jdoe", "displayName": "Jane"}),
            ))
        }
        .change()
    };
    let gated = |change| gate(change, &switches, &by(&Trigger::ALL), None);
    assert!(matches!(gated(link("Jane")), Gated::Whole(_)));
    assert_eq!(gated(link("Joan")), Gated::Off(Operation::Update));
}

/// Renamed and closed in one change: the account is closed, and its baseline says
/// that nothing else was written.
#[test]
fn inv12_who_is_closed_is_closed_although_the_rest_is_switched_off() {
    let leaver = Case {
        link: linked(jdoe(), Origin::Created),
        ..Case::of(projection(json!({"userName": "jane", "active": false})))
    };
    let change = leaver.change();
    assert_eq!(
        change.effects,
        Effects::of([Effect::Rename, Effect::Deactivate])
    );
    let switches = switches(Operation::Update, &[]);
    let gated = |written: Option<&Resource>| {
        gate(
            change.clone(),
            &switches,
            &by(&[Trigger::Automatic]),
            written,
        )
    };
    let Gated::Part(part, Operation::Update) = gated(Some(&resource(jdoe()))) else {
        panic!("the account is closed");
    };
    assert_eq!(part.effects, Effects::of([Effect::Deactivate]));
    assert_eq!(part.attributes().len(), 1);
    let mut closed = resource(jdoe());
    closed.set("active", Value::Bool(false));
    assert_eq!(part.written, Some(closed.into()));
}

#[test]
fn inv12_an_adopted_account_is_closed_although_the_rest_is_switched_off() {
    let leaver = Case {
        correlation: found(json!({"id": "t9", "userName": "jdoe", "active": true})),
        ..Case::of(projection(
            json!({"userName": "jdoe", "displayName": "Jane", "active": false}),
        ))
    };
    let switches = switches(Operation::Update, &[]);
    let gated = gate(leaver.change(), &switches, &by(&[Trigger::Scheduled]), None);
    let Gated::Part(part, Operation::Update) = gated else {
        panic!("the account is closed: {gated:?}");
    };
    assert_eq!(
        part.effects,
        Effects::of([Effect::Link, Effect::Deactivate])
    );
    assert_eq!(
        part.written,
        Some(resource(json!({"active": false})).into())
    );
}

/// What was switched off is not done in part the other way round: who may be
/// updated and not closed is left alone.
#[test]
fn a_deactivation_that_is_switched_off_takes_the_rest_with_it() {
    let leaver = Case {
        link: linked(jdoe(), Origin::Created),
        ..Case::of(projection(json!({"userName": "jane", "active": false})))
    };
    let switches = switches(Operation::Deactivate, &[Trigger::Scheduled]);
    let gated = gate(leaver.change(), &switches, &by(&[Trigger::Manual]), None);
    assert_eq!(gated, Gated::Off(Operation::Deactivate));
}
