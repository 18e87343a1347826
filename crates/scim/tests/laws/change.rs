//! Deltas, PATCH and overlays agree with each other.

use proptest::prelude::*;
use purser_scim::{
    PatchRequest, Resource, ResourceSchema,
    diff::{diff, overlay, without_empty},
};

use super::{config, values};

/// `apply(diff(a, b))` makes `a` into `b`, also by way of the wire.
fn transforms(
    from: &Resource,
    to: &Resource,
    schema: &ResourceSchema,
) -> Result<(), TestCaseError> {
    let delta = diff(from, to, schema);
    let patch = delta.to_patch();
    let wire = patch.to_value();
    for patch in [Some(patch), PatchRequest::parse(&wire).ok()] {
        let Some(patch) = patch else {
            // The wire form has no request without operations.
            prop_assert!(delta.is_empty(), "{}", wire);
            continue;
        };
        let mut patched = from.clone();
        let changed = patch.apply(&mut patched, schema);
        prop_assert_eq!(changed, Ok(!delta.is_empty()), "{}", wire);
        prop_assert_eq!(values::essence(&patched), values::essence(to), "{}", wire);
        prop_assert!(diff(&patched, to, schema).is_empty());
        prop_assert_eq!(patched.id(), from.id());
        // Doing it twice is the same as once.
        prop_assert_eq!(
            patch.apply(&mut patched.clone(), schema),
            Ok(false),
            "{}",
            wire
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_delta_makes_one_user_into_another(from in values::user(), to in values::user()) {
        transforms(&from, &to, &ResourceSchema::user())?;
    }

    #[test]
    fn a_delta_makes_one_group_into_another(from in values::group(), to in values::group()) {
        transforms(&from, &to, &ResourceSchema::group())?;
    }

    #[test]
    fn nothing_differs_from_itself(user in values::user()) {
        let schema = ResourceSchema::user();
        prop_assert!(diff(&user, &user, &schema).is_empty());
        prop_assert!(diff(&user, &without_empty(user.clone()), &schema).is_empty());
    }

    #[test]
    fn a_delta_has_a_reverse(from in values::user(), to in values::user()) {
        let schema = ResourceSchema::user();
        prop_assert_eq!(
            diff(&from, &to, &schema).changes.len(),
            diff(&to, &from, &schema).changes.len()
        );
    }

    #[test]
    fn an_extension_with_values_has_its_urn(from in values::user(), to in values::user()) {
        let schema = ResourceSchema::user();
        let mut patched = from;
        diff(&patched, &to, &schema).to_patch().apply(&mut patched, &schema).unwrap();
        for urn in [purser_scim::urn::ENTERPRISE_USER, "urn:example:2.0:Ext"] {
            let held = patched.get(urn).is_some_and(|value| !purser_scim::is_empty_value(value));
            prop_assert_eq!(held, patched.schemas().contains(&urn), "{:?}", patched);
        }
    }

    #[test]
    fn laying_nothing_over_changes_nothing(user in values::user()) {
        prop_assert_eq!(&overlay(&user, &Resource::new()), &user);
    }

    #[test]
    fn laying_over_nothing_gives_what_is_laid(user in values::user()) {
        let laid = overlay(&Resource::new(), &user);
        prop_assert!(diff(&laid, &user, &ResourceSchema::user()).is_empty());
    }

    #[test]
    fn laying_over_twice_is_once(base in values::user(), over in values::user()) {
        let once = overlay(&base, &over);
        prop_assert_eq!(&overlay(&once, &over), &once);
    }

    #[test]
    fn what_is_named_wins_and_the_rest_stays(base in values::user(), over in values::user()) {
        let result = overlay(&base, &over);
        for (name, value) in over.as_map() {
            if !value.is_object() && name != "schemas" && !purser_scim::is_empty_value(value) {
                prop_assert_eq!(result.get(name), Some(value));
            }
        }
        for (name, value) in base.as_map() {
            if over.get(name).is_none() {
                prop_assert_eq!(result.get(name), Some(value));
            }
        }
    }
}
