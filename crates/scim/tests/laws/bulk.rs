//! References among the operations of a bulk request.

use std::collections::HashSet;

use proptest::{collection, prelude::*};
use purser_scim::{
    message::{
        BulkRequest,
        bulk::{Step, references, resolve},
    },
    urn::BULK_REQUEST,
};
use serde_json::{Value, json};

use super::{config, values};

/// Texts that hold references, and texts that only look like it.
fn text() -> impl Strategy<Value = Value> {
    let pieces = vec!["bulkId:", "/", "\"", "a", "b", "?", "x", "[value eq "];
    collection::vec(prop::sample::select(pieces), 0..8)
        .prop_map(|pieces| Value::from(pieces.concat()))
}

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![2 => text(), 1 => values::leaf()];
    leaf.prop_recursive(3, 24, 4, |value| {
        prop_oneof![
            collection::vec(value.clone(), 0..4).prop_map(Value::from),
            collection::vec((values::word(), value), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// POSTs that refer to each other and to nobody, and changes of what they create.
fn request() -> impl Strategy<Value = BulkRequest> {
    let operation = (
        prop::sample::select(vec!["POST", "POST", "POST", "PATCH", "DELETE"]),
        0..12_usize,
        collection::vec(0..14_usize, 0..4),
    );
    collection::vec(operation, 0..12).prop_map(|operations| {
        let operations: Vec<Value> = operations
            .into_iter()
            .enumerate()
            .map(|(index, (method, target, members))| {
                let members: Vec<Value> = members
                    .iter()
                    .map(|member| json!({ "value": format!("bulkId:{member}") }))
                    .collect();
                let path = match method {
                    "POST" => "/Groups".to_owned(),
                    _ => format!("/Groups/bulkId:{target}"),
                };
                let bulk_id = (method == "POST").then(|| index.to_string());
                let data = (method != "DELETE").then(|| json!({ "members": members }));
                json!({ "method": method, "path": path, "bulkId": bulk_id, "data": data })
            })
            .collect();
        let body = json!({ "schemas": [BULK_REQUEST], "Operations": operations });
        BulkRequest::from_value(&body, 100).unwrap_or_default()
    })
}

/// The bulkIds of the POSTs among `refs`.
fn posts(request: &BulkRequest, refs: Vec<String>) -> Vec<String> {
    let is_post = |bulk_id: &String| {
        let mut operations = request.operations.iter().flatten();
        operations.any(|operation| operation.bulk_id.as_ref() == Some(bulk_id))
    };
    refs.into_iter().filter(is_post).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn resolving_leaves_nothing_known(value in data(), known in collection::hash_set("[ab]{1,2}", 0..4)) {
        let mut resolved = value.clone();
        resolve(&mut resolved, &|bulk_id| known.contains(bulk_id).then(|| format!("id-{bulk_id}")));
        let left = references(&resolved);
        prop_assert!(left.iter().all(|bulk_id| !known.contains(bulk_id)), "{}", resolved);
        // What is not known is still there.
        for bulk_id in references(&value) {
            prop_assert!(known.contains(&bulk_id) || left.contains(&bulk_id), "{}", resolved);
        }
        let mut same = value.clone();
        resolve(&mut same, &|_| None);
        prop_assert_eq!(same, value);
    }

    #[test]
    fn a_plan_does_everything_once_and_in_time(request in request()) {
        prop_assert!(request.operations.iter().all(Result::is_ok));
        let mut created: HashSet<String> = HashSet::new();
        let mut begun: HashSet<usize> = HashSet::new();
        let mut done: HashSet<usize> = HashSet::new();
        for step in request.plan() {
            let (index, missing) = match step {
                Step::Whole(index) => {
                    prop_assert!(begun.insert(index) && done.insert(index));
                    (index, Vec::new())
                }
                Step::Deferred { index, without } => {
                    prop_assert!(begun.insert(index) && !without.is_empty());
                    (index, without)
                }
                Step::Complete(index) => {
                    prop_assert!(begun.contains(&index) && done.insert(index));
                    (index, Vec::new())
                }
            };
            let operation = request.operations[index].as_ref().unwrap();
            if let Some(bulk_id) = &operation.bulk_id {
                created.insert(bulk_id.clone());
            }
            // All that it refers to exists, but for what it is done without.
            let data = operation.data.as_ref().map(references).unwrap_or_default();
            for bulk_id in posts(&request, data) {
                // A POST that refers to itself exists only now.
                let itself = operation.bulk_id.as_ref() == Some(&bulk_id);
                prop_assert!(itself || created.contains(&bulk_id) != missing.contains(&bulk_id));
            }
            let (now, later) = operation.split(&missing);
            let now = now.data.as_ref().map(references).unwrap_or_default();
            prop_assert!(now.iter().all(|bulk_id| !missing.contains(bulk_id)));
            if !missing.is_empty() {
                let later: HashSet<_> = references(later.data.as_ref().unwrap()).into_iter().collect();
                prop_assert_eq!(later, missing.into_iter().collect());
            }
        }
        prop_assert_eq!(done.len(), request.operations.len());
    }
}
