//! After something went wrong: what the next run finds, and that it puts it right.

use std::collections::BTreeMap;

use purser_engine::{effect::Effect, ids::ObjectKey, policy::Policy};
use purser_host::sync::{
    one::{Outcome, Wish, one},
    sweep::Options,
};
use serde_json::{Value, json};

use super::{
    delete_leavers,
    fakes::{Mishap, World},
    person, role,
};

#[tokio::test(flavor = "multi_thread")]
async fn memberships_that_a_run_left_undone_are_done_by_the_next() {
    let world = World::new();
    world
        .source
        .put("user", vec![person("1", "ann", &["editor"])]);
    world.source.put("role", vec![role("editor")]);
    // Users and groups are there; everything after them is refused until the job is given up.
    world.target.mishaps(
        [Mishap::Refuse; 20]
            .into_iter()
            .chain([Mishap::None, Mishap::None]),
    );
    let report = world.run().await;
    assert_eq!(report.parked, 1);
    assert_eq!(world.target.members("editor"), Vec::<String>::new());
    world.target.mishaps([]);
    let report = world.run().await;
    assert_eq!(world.target.members("editor"), ["ann"]);
    assert_eq!((report.planned.in_step, report.parked), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_whose_answer_was_lost_is_ours_and_can_be_taken_back() {
    let world = World::new();
    world
        .source
        .put("user", vec![person("1", "ann", &["editor"])]);
    world.source.put("role", vec![role("editor")]);
    world.target.mishaps(
        [Mishap::LoseAnswer; 20]
            .into_iter()
            .chain([Mishap::None, Mishap::None]),
    );
    world.run().await;
    assert_eq!(
        world.target.members("editor"),
        ["ann"],
        "added, but nobody told us"
    );
    world.target.mishaps([]);
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.run().await;
    assert_eq!(world.target.members("editor"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_whose_answer_was_lost_is_not_added_a_second_time() {
    let world = World::new();
    world
        .source
        .put("user", vec![person("1", "ann", &["editor"])]);
    world.source.put("role", vec![role("editor")]);
    world.target.mishaps(
        [Mishap::None, Mishap::None]
            .into_iter()
            .chain([Mishap::LoseAnswer; 20]),
    );
    world.run().await;
    assert_eq!(world.target.members("editor"), ["ann"]);
    world.target.mishaps([]);
    world.target.writes();
    world.run().await;
    assert_eq!(world.target.writes(), Vec::<String>::new(), "it is there");
    let report = world.run().await;
    assert_eq!((report.parked, report.planned.in_step), (0, 2));
    // And it is ours.
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.run().await;
    assert_eq!(world.target.members("editor"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_woken_object_that_is_refused_is_parked_and_does_not_wake_itself() {
    let world = World::with(delete_leavers());
    world.source.put(
        "user",
        vec![person("1", "ann", &[]), person("2", "ANN", &[])],
    );
    world.run().await;
    // A foreign account takes the name, which no matching rule finds, the moment it is free.
    world.target.forbid("ANN");
    world.source.put("user", vec![person("2", "ANN", &[])]);
    let report = world.run().await;
    assert_eq!(report.parked, 1);
    assert_eq!(world.status().await.parked[0].reason, "userName is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_line_parks_its_object_and_nobody_else() {
    let world = World::new();
    world.source.put(
        "user",
        vec![
            json!({"id": "1", "broken": "the attribute `status` is missing"}),
            person("2", "bob", &[]),
        ],
    );
    let report = world.run().await;
    assert_eq!(report.parked, 1);
    assert_eq!(world.target.writes(), ["create bob"]);
    assert_eq!(
        world.status().await.parked[0].reason,
        "line 1: the attribute `status` is missing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_id_proves_nothing_to_anybody() {
    let world = World::new();
    world.source.put(
        "user",
        vec![person("1", "ann", &[]), person("2", "bob", &[])],
    );
    world.run().await;
    world.target.writes();
    world.source.put(
        "user",
        vec![person("1", "ann", &[]), person("1", "ann", &[])],
    );
    let report = world.run().await;
    assert_eq!(
        report.incomplete[&"user".into()],
        ("an id comes twice, first at line 2: 1".to_owned(), true)
    );
    let wish = Wish::Object(ObjectKey::new("user", "2"));
    let outcome = one(&world.wiring, &wish, BTreeMap::new(), false)
        .await
        .unwrap();
    assert!(matches!(outcome, Outcome::Unproven(..)), "{outcome:?}");
    assert_eq!(world.target.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_lacks_too_much_is_not_believed() {
    let mut world = World::new();
    world.wiring.config.deprovision_limit = 1;
    world.source.put(
        "user",
        vec![person("1", "ann", &[]), person("2", "bob", &[])],
    );
    world.run().await;
    for name in ["ann", "bob"] {
        let id = world.target.by("User", "userName", name)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        world.target.uproot("User", &id);
    }
    world.target.writes();
    let report = world.run().await;
    assert_eq!(world.target.writes(), Vec::<String>::new());
    assert!(
        report.remarks[0].contains("lacks 2 linked resources, more than 1"),
        "{:?}",
        report.remarks
    );
    let allow = Options {
        allow: BTreeMap::from([(Effect::Create, 2)]),
        ..Options::default()
    };
    world.try_run(allow).await.unwrap();
    assert_eq!(world.target.count("User"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_before_the_answer_to_the_create_came_does_not_stay_open() {
    let world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.target.mishaps([Mishap::LoseAnswer]);
    world.target.blind(true);
    let report = world.run().await;
    assert_eq!((report.parked, world.status().await.open_intents), (1, 1));
    world.target.blind(false);
    world.source.put("user", vec![]);
    world.run().await;
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false)
    );
    assert_eq!(world.status().await.open_intents, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_surely_was_not_sent_leaves_no_intent() {
    let world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.target.mishaps([Mishap::Refuse; 20]);
    let report = world.run().await;
    assert_eq!((report.parked, world.status().await.open_intents), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_on_demand_is_judged_once() {
    let mut world = World::with(delete_leavers());
    world.wiring.config.deprovision_limit = 1;
    world
        .source
        .put("user", vec![person("1", "ann", &["editor"])]);
    world.source.put("role", vec![role("editor")]);
    world.run().await;
    world.source.put("user", vec![]);
    let wish = Wish::Object(ObjectKey::new("user", "1"));
    one(&world.wiring, &wish, BTreeMap::new(), false)
        .await
        .unwrap();
    assert_eq!(world.target.count("User"), 0);
    assert_eq!(
        world.target.members("editor"),
        Vec::<String>::new(),
        "memberships go first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_objects_that_match_one_resource_do_not_both_write_to_it() {
    let mut world = World::with(Policy::default());
    world.wiring.config.match_by.insert(
        "User".into(),
        vec!["userName".parse().unwrap(), "title".parse().unwrap()],
    );
    world.target.plant(
        "User",
        "x1",
        json!({"userName": "ann", "title": "boss", "active": true}),
    );
    let titled = |id: &str, name: &str| -> Value {
        json!({"id": id, "name": name, "roles": [], "title": "boss"})
    };
    world
        .source
        .put("user", vec![titled("1", "ann"), titled("2", "bob")]);
    let report = world.run().await;
    assert_eq!(report.parked, 1);
    assert_eq!(
        world.target.by("User", "userName", "ann")["id"],
        json!("x1")
    );
    assert_eq!(world.status().await.parked[0].object, "user:2");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_only_others_refer_to_is_not_brought_back_by_them() {
    let world = World::new();
    let mut ann = person("1", "ann", &[]);
    ann["boss"] = json!("2");
    let mut external = person("2", "bob", &[]);
    external["dept"] = json!("external");
    world.source.put("user", vec![ann, external]);
    world.run().await;
    // Ann leaves; then her boss, who was never linked, is.
    world.source.put("user", vec![person("2", "bob", &[])]);
    world.run().await;
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false)
    );
    let wish = Wish::Object(ObjectKey::new("user", "2"));
    one(&world.wiring, &wish, BTreeMap::new(), false)
        .await
        .unwrap();
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_inactive_is_closed_although_the_mapping_fails() {
    let world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.run().await;

    // Without a name she cannot be mapped.
    let gone = json!({"id": "1", "active": false, "roles": []});
    world.source.put("user", vec![gone]);
    world.run().await;
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false),
        "closed without a word from the mapping"
    );

    // Closed is closed: what remains is the reason, and nothing is written.
    world.target.writes();
    let report = world.run().await;
    assert_eq!(report.parked, 1);
    assert_eq!(world.target.writes(), Vec::<String>::new());
}
