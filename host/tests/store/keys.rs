//! By what linked resources are found: what the target showed last.

use std::sync::Arc;

use jiff::Timestamp;
use purser_engine::{
    Digest,
    decide::Correlation,
    ids::{ObjectKey, RunId},
    operation::Trigger,
};
use purser_host::{
    clock,
    store::{
        ClaimScope, Listed, Question, RunMode, Staging as _, Store,
        sqlite::{SqliteStore, examine::examine},
    },
};
use purser_scim::Resource;
use serde_json::json;

use super::{plant, planted};

/// A resource by its id and its `externalId` at the target.
fn known_as(id: &str, external_id: &str) -> Listed {
    let value = json!({ "id": id, "externalId": external_id });
    Listed {
        id: id.into(),
        place: 1,
        imprint: None,
        resource: Resource::from_value(value).unwrap(),
        observed: Digest::of_parts([id, external_id]),
        keys: vec![("externalId".to_owned(), external_id.to_owned())],
    }
}

async fn stage(store: &SqliteStore, listed: Vec<Listed>) -> RunId {
    let run = store
        .start_run(
            &"people".into(),
            RunMode::Run,
            Trigger::Manual,
            clock::now(),
        )
        .await
        .unwrap();
    store
        .stage_listing(&"wiki".into(), run, &"User".into(), listed, Arc::default())
        .await
        .unwrap();
    run
}

/// What a stranger of whom this is `externalId` and name is told, in a few words.
async fn told(store: &SqliteStore, target: &str, text: &str) -> String {
    let scope = ClaimScope {
        mapping: "people".into(),
        target: target.into(),
        planning: None,
    };
    let question = Question {
        key: ObjectKey::new("user", "99"),
        resource_type: "User".into(),
        unique: Vec::new(),
        keys: ["externalId", "userName"]
            .map(|attribute| (attribute.to_owned(), text.to_owned()))
            .into(),
    };
    let answers = store.correlate(scope, vec![question]).await.unwrap();
    match &answers[0].found {
        Correlation::Nothing => "nothing".to_owned(),
        Correlation::One { target_id, .. } => target_id.to_string(),
        Correlation::Owned { by, attribute } => format!("{by} by {attribute}"),
        Correlation::Many { count, .. } => count.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linked_resource_is_found_by_what_the_latest_listing_shows() {
    let (_folder, path) = planted();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(told(&store, "wiki", "1").await, "user:1 by externalId");
    assert_eq!(told(&store, "wiki", "ann").await, "user:1 by userName");
    assert_eq!(told(&store, "wiki", "zoe").await, "t-50");
    assert_eq!(told(&store, "blog", "1").await, "nothing");

    stage(&store, vec![known_as("t-1", "one")]).await;
    assert_eq!(told(&store, "wiki", "1").await, "nothing");
    assert_eq!(told(&store, "wiki", "one").await, "user:1 by externalId");
    assert_eq!(told(&store, "wiki", "ann").await, "user:1 by userName");

    // What it claims and shows is not found twice.
    let mut both = known_as("t-1", "one");
    both.keys.push(("userName".to_owned(), "ann".to_owned()));
    stage(&store, vec![both]).await;
    assert_eq!(told(&store, "wiki", "ann").await, "user:1 by userName");

    // As a look-up would: whoever they belong to, they are several.
    stage(&store, vec![known_as("t-1", "x"), known_as("t-50", "x")]).await;
    assert_eq!(told(&store, "wiki", "x").await, "2");
    stage(&store, vec![known_as("t-1", "x"), known_as("t-2", "x")]).await;
    assert_eq!(told(&store, "wiki", "x").await, "3");
    assert_eq!(examine(&path).unwrap().flaws, []);

    // A whole listing that lacks `t-1`: it is gone, and in nobody's way.
    let run = stage(&store, vec![known_as("t-2", "2"), known_as("t-3", "3")]).await;
    let missing = store
        .finish_listing(
            &"wiki".into(),
            run,
            &"User".into(),
            9,
            Timestamp::MAX,
            Arc::default(),
        )
        .await
        .unwrap();
    assert_eq!(missing, 1);
    assert_eq!(told(&store, "wiki", "x").await, "nothing");
    assert_eq!(told(&store, "wiki", "ann").await, "nothing");
    assert_eq!(told(&store, "wiki", "3").await, "user:3 by externalId");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_listing_of_a_migrated_store_says_by_what_they_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.db");
    plant(6, &path);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(told(&store, "wiki", "1").await, "nothing");
    stage(&store, vec![known_as("t-1", "1")]).await;
    assert_eq!(told(&store, "wiki", "1").await, "user:1 by externalId");
    assert_eq!(examine(&path).unwrap().flaws, []);
}
