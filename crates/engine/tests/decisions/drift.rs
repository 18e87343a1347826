//! A linked resource that was read and is not as it was seen last.

use super::*;

/// The facts of a linked account that was read and is not as it was seen last.
fn drifted(wanted: Wanted, actual: Value) -> Case {
    let mut written = jdoe();
    written["title"] = json!("Dr");
    Case {
        link: linked(written, Origin::Created),
        actual: Some(resource(actual)),
        ..Case::of(wanted)
    }
}

/// What the target has: our title changed, and a nickname that is not ours.
fn meddled() -> Value {
    json!({"id": "t7", "userName": "jdoe", "active": true, "title": "Queen", "nickName": "J"})
}

fn paths(change: &Change) -> Vec<String> {
    change.attributes().into_iter().map(|a| a.path).collect()
}

#[test]
fn drift_of_ours_is_repaired_and_what_is_not_ours_stays() {
    let mut wanted = jdoe();
    wanted["title"] = json!("Dr");
    let change = drifted(projection(wanted), meddled()).change();
    assert_eq!(paths(&change), ["title"]);
    assert_eq!(change.attributes()[0].before, Some(json!("Queen")));
    assert_eq!(change.attributes()[0].after, Some(json!("Dr")));
    assert_eq!(change.written.unwrap().get("nickName"), None);
}

#[test]
fn drift_beside_ours_is_left_alone() {
    let mut wanted = jdoe();
    wanted["title"] = json!("Dr");
    let mut actual = meddled();
    actual["title"] = json!("Dr");
    assert_eq!(
        drifted(projection(wanted), actual).decide(),
        Decision::InStep
    );
}

#[test]
fn what_the_target_has_already_is_learnt_without_a_request() {
    let mut wanted = jdoe();
    wanted["title"] = json!("Queen");
    let change = drifted(projection(wanted), meddled()).change();
    assert_eq!(change.effects, Effects::of([Effect::Link]));
    let Action::Link { delta, origin, .. } = &change.action else {
        panic!("{:?}", change.action);
    };
    assert!(delta.is_empty());
    assert_eq!(*origin, Origin::Created);
    assert_eq!(change.written.unwrap().get("title"), Some(&json!("Queen")));
}

#[test]
fn who_had_left_is_closed_again_whatever_is_known_of_them() {
    for wanted in [
        Wanted::Absent(absence()),
        Wanted::OutOfScope("moved".to_owned()),
        Wanted::Skipped("nothing is proven".to_owned()),
    ] {
        let left = |actual: Value| {
            let mut case = drifted(wanted.clone(), actual);
            let link = case.link.as_mut().unwrap();
            link.left = true;
            link.written.set("active", false);
            case
        };
        let change = left(meddled()).change();
        assert_eq!(change.effects, Effects::of([Effect::Deactivate]));
        assert_eq!(change.attributes()[0].before, Some(json!(true)));
        let mut closed = meddled();
        closed["active"] = json!(false);
        assert!(!matches!(left(closed).decide(), Decision::Change(_)));
    }
}
