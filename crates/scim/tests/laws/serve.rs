//! Bodies judged, answers cut and sorted: the parts of a service provider.

use proptest::{collection, prelude::*};
use purser_scim::{
    AttrPath, Resource, ResourceSchema, Selection, Tolerance, schema::Returned, sort::Order,
    validate,
};

use super::{
    bodies::{SCHEMAS, body, name},
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

fn selection() -> impl Strategy<Value = Selection> {
    let path = || {
        prop_oneof![
            name().prop_filter_map("a path", |name| name.parse().ok()),
            values::attr_path(),
        ]
    };
    let paths = || collection::vec(path(), 0..4);
    (paths(), paths()).prop_map(|(attributes, excluded)| Selection::new(attributes, excluded))
}

/// Whether a resource has a value for an attribute or sub-attribute that is never returned.
fn shows_never(resource: &Resource, schema: &ResourceSchema) -> bool {
    let never = |path: &AttrPath| {
        schema
            .attribute(path)
            .is_some_and(|known| known.returned == Returned::Never)
    };
    let mut paths = Vec::new();
    for (urn, schema) in std::iter::once((None, schema.core()))
        .chain(schema.extensions().map(|schema| (Some(&schema.id), schema)))
    {
        for attribute in &schema.attributes {
            let path = AttrPath {
                urn: urn.cloned(),
                ..AttrPath::new(&attribute.name)
            };
            paths.extend(
                attribute
                    .sub_attributes
                    .iter()
                    .map(|sub| path.clone().with_sub(&sub.name)),
            );
            paths.push(path);
        }
    }
    paths
        .iter()
        .filter(|path| never(path))
        .any(|path| !resource.values_at(path).is_empty())
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
    fn an_answer_shows_the_id_and_no_secret(
        mut resource in body(),
        more in values::any_json(),
        selection in selection(),
    ) {
        for (name, value) in Resource::from_value(more).unwrap_or_default().into_map() {
            resource.set(&name, value);
        }
        resource.remove("id");
        resource.set("id", "1");
        resource.set("password", "secret");
        for schema in SCHEMAS.iter() {
            let shown = selection.apply(resource.clone(), schema);
            prop_assert_eq!(shown.id(), Some("1"));
            prop_assert!(!shows_never(&shown, schema), "{}", shown);
            // What is shown may be shown.
            let again = selection.apply(shown.clone(), schema);
            prop_assert_eq!(&again, &shown);
            for name in shown.as_map().keys() {
                let path = AttrPath::new(name);
                if schema.attribute(&path).is_some() {
                    prop_assert!(selection.shows(&path, schema), "{} {}", path, shown);
                } else if schema.is_extension(name) {
                    let path = AttrPath::schema(name);
                    prop_assert!(selection.shows(&path, schema), "{} {}", path, shown);
                }
            }
        }
    }

    #[test]
    fn keys_are_an_order(
        resources in collection::vec(body(), 0..5),
        path in name().prop_filter_map("a path", |name| name.parse::<AttrPath>().ok()),
        descending in any::<bool>(),
    ) {
        for schema in SCHEMAS.iter() {
            let Ok(order) = Order::new(path.clone(), descending, schema) else {
                continue;
            };
            let mut keys: Vec<_> = resources.iter().map(|resource| order.key(resource, schema)).collect();
            keys.sort();
            let missing = order.key(&Resource::new(), schema);
            let missing_are_at_their_end = if descending {
                keys.first().is_none_or(|first| *first >= missing)
            } else {
                keys.last().is_none_or(|last| *last <= missing)
            };
            prop_assert!(missing_are_at_their_end);
        }
    }

    #[test]
    fn nothing_panics(left in values::any_json(), right in values::any_json(), list in any::<String>()) {
        let left = Resource::from_value(left).unwrap_or_default();
        let right = Resource::from_value(right).unwrap_or_default();
        let _ = Selection::parse(Some(&list), None);
        let _ = Selection::parse(None, Some(&list));
        for schema in SCHEMAS.iter() {
            for tolerance in [Tolerance::Lenient, Tolerance::Strict] {
                let _ = validate::create(left.clone(), schema, tolerance);
                let _ = validate::replace(&left, right.clone(), schema, tolerance);
            }
            let _ = validate::finish(left.clone(), schema);
            let _ = Selection::default().apply(left.clone(), schema);
        }
    }
}
