//! Resources that match and belong to somebody: at targets that would take a
//! second one, nobody but the plan can say so before it is made.

use std::{collections::BTreeMap, sync::Arc};

use purser_engine::{
    effect::Effect,
    ids::ObjectKey,
    plan::{Row, Verdict},
    policy::{LinkBroken, OutOfScope, Policy},
    situation::Situation,
};
use purser_host::sync::{
    Wiring,
    one::{Wish, one},
    sweep::{Options, sweep},
};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{
    delete_leavers,
    fakes::{MemorySource, World},
    person,
};

const BELONGS_TO_ANN: &str = "the resource that matches at the target by userName belongs to user:1; if these are two, \
     take userName out of the mapping's `match`";

/// Ann is linked, at a target where any number of accounts may share whatever they like.
async fn with_ann(policy: Policy) -> World {
    let world = World::with(policy);
    world.target.share_names();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.run().await;
    assert_eq!(world.target.writes(), ["create ann"]);
    world.target.reads();
    world
}

/// A run, or only its plan, and what the plan says of everybody.
async fn rows(wiring: &Wiring, simulate: bool) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let options = Options {
        simulate,
        ..Options::default()
    };
    sweep(wiring, &options, &mut |row| {
        rows.insert(row.object.to_string(), row.clone());
    })
    .await
    .unwrap();
    rows
}

#[track_caller]
fn belongs(rows: &BTreeMap<String, Row>, object: &str, reason: &str) {
    let row = &rows[object];
    assert_eq!(
        (row.situation, row.verdict, row.reason.as_deref()),
        (Situation::FoundAlreadyLinked, Verdict::Parked, Some(reason))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_says_whose_it_is_and_nothing_is_created() {
    let world = with_ann(Policy::default()).await;
    world.source.put(
        "user",
        vec![person("1", "ann", &[]), person("2", "ANN", &[])],
    );
    belongs(&rows(&world.wiring, true).await, "user:2", BELONGS_TO_ANN);
    assert!(world.status().await.parked.is_empty(), "a simulation");

    for _ in 0..2 {
        belongs(&rows(&world.wiring, false).await, "user:2", BELONGS_TO_ANN);
        assert_eq!(world.target.writes(), Vec::<String>::new());
        let parked = &world.status().await.parked;
        assert_eq!(parked.len(), 1);
        assert_eq!(
            (parked[0].object.as_str(), parked[0].situation),
            ("user:2", Situation::FoundAlreadyLinked)
        );
    }
    let reads = world.target.reads();
    assert!(
        reads.iter().all(|read| read.starts_with("list")),
        "{reads:?}"
    );

    // The same by herself.
    let wish = Wish::Object(ObjectKey::new("user", "2"));
    one(&world.wiring, &wish, BTreeMap::new(), false)
        .await
        .unwrap();
    assert_eq!(world.status().await.parked[0].reason, BELONGS_TO_ANN);
    assert_eq!(world.target.count("User"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_counts_is_what_the_target_shows_now() {
    let world = with_ann(Policy::default()).await;
    let ann = world.target.by("User", "userName", "ann");
    let id = ann["id"].as_str().unwrap().to_owned();
    let mut moved = ann.clone();
    moved["externalId"] = json!("2");
    world.target.plant("User", &id, moved);
    let both = vec![person("1", "ann", &[]), person("2", "bob", &[])];
    world.source.put("user", both);
    belongs(
        &rows(&world.wiring, false).await,
        "user:2",
        "the resource that matches at the target by externalId belongs to user:1; if these are two, \
         take externalId out of the mapping's `match`",
    );
    world.target.plant("User", &id, ann);
    let rows = rows(&world.wiring, false).await;
    assert_eq!(rows["user:2"].verdict, Verdict::Approved);
    assert_eq!(world.target.writes(), ["create bob"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_match_one_ours_neither_is_taken() {
    let world = with_ann(Policy::default()).await;
    world.target.plant(
        "User",
        "x1",
        json!({"userName": "Ann", "externalId": "theirs", "active": true}),
    );
    world.source.put(
        "user",
        vec![person("1", "ann", &[]), person("2", "ann", &[])],
    );
    let rows = rows(&world.wiring, false).await;
    assert_eq!(rows["user:2"].situation, Situation::Ambiguous);
    let reason = rows["user:2"].reason.clone().unwrap();
    assert!(
        reason.starts_with("2 resources at the target match by userName"),
        "{reason}"
    );
    assert_eq!(world.target.writes(), Vec::<String>::new());
    let wish = Wish::Object(ObjectKey::new("user", "2"));
    one(&world.wiring, &wish, BTreeMap::new(), false)
        .await
        .unwrap();
    assert_eq!(world.status().await.parked[0].reason, reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_is_adopted_and_from_then_on_somebodys() {
    let world = with_ann(Policy::default()).await;
    world
        .target
        .plant("User", "x1", json!({"userName": "bob", "active": true}));
    let mut people = vec![person("1", "ann", &[]), person("2", "BOB", &[])];
    world.source.put("user", people.clone());
    world.run().await;
    assert_eq!(world.status().await.links["User"]["adopted"], 1);
    assert_eq!(world.target.writes(), ["patch x1"]);
    // What the answer showed is what the next listing shows.
    let database = Connection::open(world.folder.path().join("purser.db")).unwrap();
    super::forbid_keys(&database);
    people.push(person("3", "bob", &[]));
    world.source.put("user", people);
    let rows = rows(&world.wiring, false).await;
    assert!(
        rows["user:3"].reason.as_ref().unwrap().contains("user:2"),
        "{rows:?}"
    );
    assert_eq!(world.target.count("User"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_is_found_by_nothing() {
    let world = with_ann(delete_leavers()).await;
    let database = Connection::open(world.folder.path().join("purser.db")).unwrap();
    let keys = || -> i64 {
        let count = "SELECT count(*) FROM link_key";
        database.query_row(count, [], |r| r.get(0)).unwrap()
    };
    assert_eq!(keys(), 2);
    world.source.put("user", Vec::new());
    world.run().await;
    assert_eq!((world.target.count("User"), keys()), (0, 0));
    world.source.put("user", vec![person("2", "ann", &[])]);
    world.run().await;
    assert_eq!((world.target.count("User"), keys()), (1, 2));
    assert!(world.status().await.parked.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_unlinked_is_nobodys() {
    let world = with_ann(Policy {
        out_of_scope: OutOfScope::Unlink,
        ..Policy::default()
    })
    .await;
    let mut external = person("1", "ann", &[]);
    external["dept"] = json!("external");
    world.source.put("user", vec![external.clone()]);
    world.run().await;
    assert_eq!(world.status().await.links.get("User"), None);
    world
        .source
        .put("user", vec![external, person("2", "ann", &[])]);
    world.run().await;
    assert_eq!(world.status().await.links["User"]["adopted"], 1);
    assert_eq!(world.target.count("User"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_vanished_at_the_target_is_in_nobodys_way() {
    let world = with_ann(Policy {
        link_broken: LinkBroken::Report,
        ..Policy::default()
    })
    .await;
    let id = world.target.by("User", "userName", "ann")["id"].clone();
    world.target.uproot("User", id.as_str().unwrap());
    world.source.put(
        "user",
        vec![person("1", "ann", &[]), person("2", "ann", &[])],
    );
    let rows = rows(&world.wiring, false).await;
    assert_eq!(rows["user:1"].verdict, Verdict::Reported);
    assert!(rows["user:2"].effects.contains(Effect::Create));
    assert_eq!(world.target.count("User"), 1);
}

/// The name is free once the answer to the rename is settled, whatever the listing
/// of the same run has shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_a_rename_has_freed_is_free_in_the_same_run() {
    let world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.run().await;
    world.source.put(
        "user",
        vec![person("1", "anna", &[]), person("2", "ann", &[])],
    );
    let report = world.run().await;
    assert_eq!((report.parked, world.target.count("User")), (0, 2));
    assert_eq!(
        world.target.by("User", "userName", "ann")["externalId"],
        "2"
    );
}

/// Names were unique, and what is claimed is not kept twice. They are not any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_claimed_is_found_when_it_is_claimed_no_longer() {
    let world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.run().await;
    world.target.share_names();
    let mut ann = person("1", "ann", &[]);
    ann["title"] = json!("Prof");
    let people = vec![ann, person("2", "Ann", &[])];
    world.source.put("user", people);
    // The first of these runs plans with the claim, the second without.
    for claims in [1, 0] {
        let database = Connection::open(world.folder.path().join("purser.db")).unwrap();
        let count = "SELECT count(*) FROM claim";
        let found: i64 = database.query_row(count, [], |r| r.get(0)).unwrap();
        assert_eq!(found, claims);
        belongs(&rows(&world.wiring, false).await, "user:2", BELONGS_TO_ANN);
    }
    assert_eq!(world.target.count("User"), 1);
}

/// Another mapping to the same target, with a source and matching rules of its own.
fn guests(world: &World, source: &Arc<MemorySource>) -> Wiring {
    let mut wiring = world.wiring.clone();
    wiring.config.name = "guests".into();
    wiring.config.source = "desk".into();
    wiring.source = source.clone();
    let title = vec!["title".parse().unwrap()];
    wiring.config.match_by.insert("User".into(), title);
    wiring
}

#[tokio::test(flavor = "multi_thread")]
async fn it_may_belong_to_another_mapping_by_an_attribute_that_only_one_of_them_looks_at() {
    let mut world = World::new();
    world.target.share_names();
    let source = Arc::new(MemorySource::new());
    let mut guests = guests(&world, &source);
    let mut all = world.wiring.config.match_by.clone();
    let titles: Vec<_> = guests.config.matching(&"User".into()).to_vec();
    all.get_mut(&"User".into()).unwrap().extend(titles);
    world.wiring.looked_up = all.clone();
    guests.looked_up = all;

    let titled = |id: &str, name: &str, title: &str| -> Value {
        json!({"id": id, "name": name, "title": title, "roles": []})
    };
    world.source.put("user", vec![titled("1", "ann", "Dean")]);
    world.run().await;
    source.put(
        "user",
        vec![titled("7", "zoe", "DEAN"), titled("8", "yan", "Guest")],
    );
    let said = rows(&guests, false).await;
    belongs(
        &said,
        "user:7",
        "the resource that matches at the target by title belongs to user:1; if these are two, \
         take title out of the mapping's `match`",
    );
    assert_eq!(world.target.writes(), ["create ann", "create yan"]);

    // Runs of both that change nothing write no keys: they agree about them.
    let database = Connection::open(world.folder.path().join("purser.db")).unwrap();
    super::forbid_keys(&database);
    world.run().await;
    rows(&guests, false).await;
}
