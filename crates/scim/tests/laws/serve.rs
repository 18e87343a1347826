//! Bodies judged: the parts of a service provider.

use proptest::prelude::*;
use purser_scim::{Resource, ResourceSchema, Tolerance, validate};

use super::{
    bodies::{SCHEMAS, body},
    config, values,
};

#[test]
fn the_schemas_are_whole() {
    let sizes: Vec<usize> = SCHEMAS
        .iter()
        .map(|all| all.core().attributes.len())
        .collect();
    assert_eq!(sizes, [21, 2, 20]);
}

proptest! {
    #![proptest_config(config())]

    /// Canonical output is taken strictly, as it is.
    #[test]
    fn a_created_resource_is_canonical(body in body()) {
        for schema in SCHEMAS.iter() {
            let Ok(made) = validate::create(body.clone(), schema, Tolerance::Lenient) else {
                continue;
            };
            let text = made.to_string();
            let again = validate::create(made.clone(), schema, Tolerance::Strict);
            prop_assert_eq!(again.map(|again| again.to_string()), Ok(text.clone()));
            let finished = validate::finish(made.clone(), schema);
            prop_assert_eq!(finished.map(|finished| finished.to_string()), Ok(text.clone()));
            let replaced = validate::replace(&made, made.clone(), schema, Tolerance::Strict);
            prop_assert_eq!(replaced.map(|replaced| replaced.to_string()), Ok(text));
            prop_assert!(schema.unknown_attributes(&made).is_empty());
            prop_assert!(schema.missing_required(&made).is_empty());
        }
    }

    #[test]
    fn to_replace_twice_is_once(before in body(), body in body()) {
        for schema in SCHEMAS.iter() {
            let before = validate::finish(before.clone(), schema).unwrap_or_default();
            let once = validate::replace(&before, body.clone(), schema, Tolerance::Lenient);
            if let Ok(once) = once {
                let twice = validate::replace(&once, body.clone(), schema, Tolerance::Lenient);
                prop_assert_eq!(twice, Ok(once.clone()));
                prop_assert_eq!(validate::finish(once.clone(), schema), Ok(once));
            }
        }
    }

    #[test]
    fn users_stay_users(user in values::user()) {
        let schema = &ResourceSchema::user();
        let made = validate::create(user.clone(), schema, Tolerance::Lenient);
        prop_assert!(made.is_ok(), "{:?}", made);
        let replaced = validate::replace(&user, user.clone(), schema, Tolerance::Lenient);
        prop_assert_eq!(replaced.ok(), validate::finish(user, schema).ok());
    }

    #[test]
    fn nothing_panics(left in values::any_json(), right in values::any_json()) {
        let left = Resource::from_value(left).unwrap_or_default();
        let right = Resource::from_value(right).unwrap_or_default();
        for schema in SCHEMAS.iter() {
            for tolerance in [Tolerance::Lenient, Tolerance::Strict] {
                let _ = validate::create(left.clone(), schema, tolerance);
                let _ = validate::replace(&left, right.clone(), schema, tolerance);
            }
            let _ = validate::finish(left.clone(), schema);
        }
    }
}
