//! A link that holds: exactly what differs is sent.

use super::*;

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
