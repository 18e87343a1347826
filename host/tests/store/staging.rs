//! What a run has seen is counted by the store, once.

use std::sync::Arc;

use purser_engine::{Digest, operation::Trigger};
use purser_host::{
    clock,
    store::{Listed, ListingCounts, RunMode, Staging as _, Store, sqlite::SqliteStore},
};
use purser_scim::Resource;
use serde_json::json;

use super::planted;

/// A resource by its id at the target.
fn resource(id: &str) -> Listed {
    let value = json!({ "id": id, "userName": id });
    Listed {
        id: id.into(),
        place: 1,
        imprint: None,
        resource: Resource::from_value(value).unwrap(),
        observed: Digest::of_parts([id]),
        keys: vec![("userName".to_owned(), id.to_owned())],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_overlap_count_each_resource_once_a_run() {
    let (_folder, path) = planted();
    let store = SqliteStore::open(&path).unwrap();
    for _run in 0..2 {
        let run = store
            .start_run(
                &"people".into(),
                RunMode::Run,
                Trigger::Manual,
                clock::now(),
            )
            .await
            .unwrap();
        let stage = async |ids: &[&str]| {
            let listed = ids.iter().map(|id| resource(id)).collect();
            store
                .stage_listing(&"wiki".into(), run, &"User".into(), listed, Arc::default())
                .await
                .unwrap()
                .counts
        };
        let counts = |fresh, unowned, drifted| ListingCounts {
            fresh,
            unowned,
            drifted,
        };
        // `t-1` and `t-2` are linked, and look otherwise than when they were
        // seen last; `t-8` was ours; the others are nobody's.
        assert_eq!(stage(&["t-1", "t-50", "t-8"]).await, counts(3, 2, 1));
        assert_eq!(stage(&["t-50", "t-1", "t-51"]).await, counts(1, 1, 0));
        assert_eq!(
            stage(&["t-2", "t-2", "t-52", "t-52"]).await,
            counts(2, 1, 1)
        );
        assert_eq!(stage(&["t-52", "t-8", "t-2"]).await, counts(0, 0, 0));
    }
}
