//! Nothing from outside makes anything panic or overflow.

use proptest::{collection, prelude::*};
use purser_scim::{
    AttrPath, Filter, PatchRequest, Path, Resource, ResourceSchema,
    diff::{diff, overlay, without_empty},
    filter::Limits,
    message::{
        BulkRequest, ErrorResponse, ListResponse, SearchRequest, ServiceProviderConfig,
        bulk::{references, resolve},
    },
    schema::{ResourceType, Schema},
    urn::{BULK_REQUEST, PATCH_OP, SEARCH_REQUEST},
};
use serde_json::{Map, Value, json};

use super::{config, values};

/// Texts made of the words of the grammar: they get further than arbitrary ones.
pub fn nearly_a_filter() -> impl Strategy<Value = String> {
    let words = [
        "userName",
        "emails",
        "name.x",
        "urn:a:b:c",
        "eq",
        "pr",
        "and",
        "or",
        "not",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "\"x\"",
        "\\",
        "5",
        "-1e9",
        "1e999",
        "true",
        "null",
        ".",
        ":",
        "é",
        " ",
    ];
    collection::vec(
        (
            prop::sample::select(words.to_vec()),
            prop::sample::select(vec!["", " "]),
        ),
        0..16,
    )
    .prop_map(|words| {
        words
            .into_iter()
            .flat_map(|(word, space)| [word, space])
            .collect()
    })
}

/// The object as a message of this schema.
fn claiming(value: &Value, urn: &str) -> Value {
    let mut value = value.clone();
    if let Value::Object(map) = &mut value {
        map.insert("schemas".to_owned(), json!([urn]));
    }
    value
}

fn read_all(text: &str) {
    let _ = text.parse::<AttrPath>();
    let _ = Resource::parse(text);
    let _ = Schema::parse_strict(text);
    for name in [
        "filter",
        "sortBy",
        "sortOrder",
        "count",
        "startIndex",
        "cursor",
        "attributes",
    ] {
        let _ = SearchRequest::from_pairs([(name, text)], &Limits::default());
    }
    if let Ok(path) = text.parse::<Path>() {
        assert_eq!(path.to_string().parse::<Path>(), Ok(path));
    }
    if let Ok(filter) = Filter::parse(text) {
        let user = Resource::new();
        let _ = filter.matches(&user, &ResourceSchema::user());
        let _ = filter.matches_json(&Map::new());
        assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn texts(text in any::<String>()) {
        read_all(&text);
    }

    #[test]
    fn nearly_filters(text in nearly_a_filter()) {
        read_all(&text);
        read_all(&format!("emails[{text}].value"));
        read_all(&format!("emails[{text}"));
    }

    #[test]
    fn messages(value in values::any_json()) {
        let _ = ErrorResponse::from_value(&value);
        let _ = ServiceProviderConfig::from_value(&value);
        let _ = PatchRequest::parse(&value);
        let _ = PatchRequest::parse_lenient(&value, &ResourceSchema::user());
        let _ = Schema::parse_strict(&value.to_string());
        let _ = references(&value);
        resolve(&mut value.clone(), &|bulk_id| Some(bulk_id.to_owned()));
        for body in [value.clone(), claiming(&value, SEARCH_REQUEST), claiming(&value, BULK_REQUEST)] {
            let _ = SearchRequest::from_value(&body, &Limits::default());
            if let Ok(bulk) = BulkRequest::from_value(&body, 100) {
                let _ = bulk.plan();
            }
        }
        let _ = serde_json::from_value::<Schema>(value.clone());
        let _ = serde_json::from_value::<ResourceType>(value.clone());
        let _ = ListResponse::from_value(json!({ "totalResults": 1, "Resources": value.clone() }));
        let _ = ListResponse::from_value(value);
    }

    #[test]
    fn patches(
        resource in values::any_json(),
        operations in collection::vec(
            (prop::sample::select(vec!["add", "Replace", "REMOVE"]), prop::option::of(values::word()), values::any_json()),
            1..4,
        ),
    ) {
        let operations: Vec<Value> = operations
            .into_iter()
            .map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }))
            .collect();
        let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
        let resource = Resource::from_value(resource).unwrap_or_default();
        for schema in [ResourceSchema::user(), ResourceSchema::group()] {
            for patch in [PatchRequest::parse(&body), PatchRequest::parse_lenient(&body, &schema)] {
                let Ok(patch) = patch else {
                    continue;
                };
                let mut patched = resource.clone();
                match patch.apply(&mut patched, &schema) {
                    Ok(true) => prop_assert_ne!(&patched, &resource),
                    Ok(false) | Err(_) => prop_assert_eq!(&patched, &resource),
                }
            }
        }
    }

    #[test]
    fn pairs(left in values::any_json(), right in values::any_json()) {
        let left = Resource::from_value(left).unwrap_or_default();
        let right = Resource::from_value(right).unwrap_or_default();
        let schema = ResourceSchema::user();
        let delta = diff(&left, &right, &schema);
        let _ = delta.to_patch().apply(&mut left.clone(), &schema);
        let _ = delta.to_patch().to_value();
        let _ = overlay(&left, &right);
        let _ = without_empty(left.clone());
        let _ = schema.missing_required(&left);
        let _ = schema.unknown_attributes(&left);
    }

    #[test]
    fn evaluations(filter in values::filter(), value in values::any_json()) {
        let resource = Resource::from_value(value).unwrap_or_default();
        let _ = filter.matches(&resource, &ResourceSchema::user());
        let _ = filter.matches_json(resource.as_map());
    }
}

#[test]
fn deep_nesting() {
    for opening in [
        "(",
        "not (",
        "a[",
        "[",
        "{\"a\":",
        "\"",
        "\\",
        "a.",
        "urn:",
        "a pr and ",
    ] {
        let text = opening.repeat(100_000);
        read_all(&text);
        read_all(&format!("emails[{text}"));
    }
}
