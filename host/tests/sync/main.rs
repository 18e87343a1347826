//! The conductor over a source and a target in memory: what happens to people
//! when answers are lost, names are taken, sides vanish and limits are reached.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests: they stop at the first surprise"
)]

mod corpus;
mod culprit;
mod due;
mod fakes;
mod imprint;
mod lease;
mod lookup;
mod one;
mod operations;
mod owned;
mod repair;
mod scale;
mod stop;
mod store;
mod suspend;
mod twins;
mod unknown;
mod verify;

use std::collections::BTreeMap;

use fakes::{Mishap, World};
use purser_engine::{
    effect::Effect,
    policy::{Absent, Policy},
};
use purser_host::sync::sweep::Options;
use serde_json::{Value, json};

fn person(id: &str, name: &str, roles: &[&str]) -> Value {
    json!({"id": id, "name": name, "roles": roles, "title": "Dr"})
}

fn role(id: &str) -> Value {
    json!({"id": id, "label": id})
}

/// Whoever writes down anew by what a resource is found fails from now on.
fn forbid_keys(database: &rusqlite::Connection) {
    for event in [
        "INSERT ON link_key",
        "DELETE ON link_key",
        "UPDATE OF keys ON link",
    ] {
        let name = event.replace(' ', "_");
        let trigger = format!(
            "CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, 'a key is written'); END"
        );
        database.execute_batch(&trigger).unwrap();
    }
}

fn delete_leavers() -> Policy {
    Policy {
        absent_user: Absent::Delete,
        ..Policy::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_creates_users_then_groups_then_memberships_and_the_next_writes_nothing() {
    let world = World::new();
    world.source.put(
        "user",
        vec![
            person("1", "ann", &["editor"]),
            person("2", "bob", &["editor", "admin"]),
        ],
    );
    world
        .source
        .put("role", vec![role("editor"), role("admin")]);
    let report = world.run().await;
    let mut writes = world.target.writes();
    writes[..2].sort();
    writes[2..4].sort();
    writes[4..].sort();
    assert_eq!(
        writes,
        [
            "create ann",
            "create bob",
            "create admin",
            "create editor",
            "members +1 -0",
            "members +2 -0"
        ]
    );
    assert_eq!(world.target.members("editor"), ["ann", "bob"]);
    assert_eq!((report.parked, report.held), (0, 0));

    world.target.reads();
    let again = world.run().await;
    assert_eq!(world.target.writes(), Vec::<String>::new());
    assert_eq!(
        world.target.reads(),
        ["list Group", "list User"],
        "no look-up for anybody"
    );
    assert_eq!(again.planned.in_step, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_written_and_a_changed_role_writes_no_user() {
    let world = World::new();
    world.source.put(
        "user",
        vec![person("1", "ann", &["editor"]), person("2", "bob", &[])],
    );
    world
        .source
        .put("role", vec![role("editor"), role("admin")]);
    world.run().await;
    world.target.writes();
    let mut bob = person("2", "bob", &[]);
    bob["title"] = json!("");
    bob["seen"] = json!(1_790_000_000);
    world
        .source
        .put("user", vec![person("1", "ann", &["admin"]), bob]);
    let report = world.run().await;
    let mut writes = world.target.writes();
    writes.sort();
    let id = world.target.by("User", "userName", "bob")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        writes,
        [
            "members +0 -1".to_owned(),
            "members +1 -0".to_owned(),
            format!("patch {id}")
        ]
    );
    assert_eq!(
        world.target.by("User", "userName", "bob").get("title"),
        None
    );
    assert_eq!(world.target.members("admin"), ["ann"]);
    let users = &report.applied.effects[&"User".into()];
    assert_eq!(users, &BTreeMap::from([(Effect::Clear, 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_duplicate_and_nothing_of_ours_is_taken_for_adopted() {
    let world = World::new();
    world
        .source
        .put("user", vec![person("1", "ann", &["editor"])]);
    world.source.put("role", vec![role("editor")]);
    world
        .target
        .mishaps([Mishap::LoseAnswer, Mishap::LoseAnswer, Mishap::Refuse]);
    let report = world.run().await;
    assert_eq!(report.applied.retried, 3);
    assert_eq!(
        (world.target.count("User"), world.target.count("Group")),
        (1, 1)
    );
    assert_eq!(world.target.members("editor"), ["ann"]);
    let status = world.status().await;
    assert_eq!(status.open_intents, 0);
    assert!(
        status
            .links
            .values()
            .all(|by_origin| !by_origin.contains_key("adopted")),
        "{:?}",
        status.links
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_with_the_same_name_waits_and_follows_when_the_holder_is_deleted() {
    let world = World::with(delete_leavers());
    world.source.put(
        "user",
        vec![
            person("1", "Straße", &[]),
            person("2", "STRASSE", &["editor"]),
        ],
    );
    world.source.put("role", vec![role("editor")]);
    let report = world.run().await;
    assert_eq!(report.parked, 1);
    assert_eq!(world.target.writes().len(), 2, "one user, one group");
    let status = world.status().await;
    assert_eq!(status.parked[0].object, "user:2");
    assert_eq!(
        status.parked[0].reason,
        "its userName is taken by user:1; waits until it is free"
    );

    world
        .source
        .put("user", vec![person("2", "STRASSE", &["editor"])]);
    let report = world.run().await;
    let writes = world.target.writes();
    assert_eq!(
        writes[1..],
        ["create STRASSE", "members +1 -0"],
        "in the same run: {writes:?}"
    );
    assert!(writes[0].starts_with("delete "));
    assert_eq!(report.parked, 0);
    assert_eq!(world.target.members("editor"), ["STRASSE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_renames_resolves_in_one_run() {
    let world = World::new();
    world.source.put(
        "user",
        vec![
            person("1", "a", &[]),
            person("2", "b", &[]),
            person("3", "c", &[]),
        ],
    );
    world.run().await;
    world.source.put(
        "user",
        vec![
            person("1", "b", &[]),
            person("2", "c", &[]),
            person("3", "d", &[]),
        ],
    );
    let report = world.run().await;
    assert_eq!(report.parked, 0);
    for name in ["b", "c", "d"] {
        world.target.by("User", "userName", name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_is_deactivated_and_loses_the_memberships_that_we_gave() {
    let world = World::new();
    world.source.put(
        "user",
        vec![
            person("1", "ann", &["editor"]),
            person("2", "bob", &["editor"]),
        ],
    );
    world.source.put("role", vec![role("editor")]);
    world.run().await;
    world.target.writes();
    world
        .source
        .put("user", vec![person("2", "bob", &["editor"])]);
    world.run().await;
    assert_eq!(world.target.writes().len(), 2);
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false)
    );
    assert_eq!(world.target.members("editor"), ["bob"]);
    world.run().await;
    assert_eq!(world.target.writes(), Vec::<String>::new());

    // And comes back with all that was hers.
    world.source.put(
        "user",
        vec![
            person("1", "ann", &["editor"]),
            person("2", "bob", &["editor"]),
        ],
    );
    world.run().await;
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(true)
    );
    assert_eq!(world.target.members("editor"), ["ann", "bob"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proof_nobody_leaves() {
    let world = World::new();
    world.source.put(
        "user",
        vec![person("1", "ann", &[]), person("2", "bob", &[])],
    );
    world.run().await;
    world.target.writes();
    world.source.put("user", vec![]);
    world.source.unproven.lock().unwrap().insert("user".into());
    let report = world.run().await;
    assert_eq!(world.target.writes(), Vec::<String>::new());
    assert_eq!(
        report.incomplete[&"user".into()],
        (
            "no proof of completeness is configured (expected_rows, manifest or done_file)"
                .to_owned(),
            false
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exceeds_the_failsafe_is_held_with_its_memberships_until_a_person_allows_it() {
    let mut world = World::with(delete_leavers());
    world.wiring.config.deprovision_limit = 1;
    let all: Vec<Value> = ["1", "2", "3"]
        .iter()
        .map(|id| person(id, &format!("u{id}"), &["editor"]))
        .collect();
    world.source.put("user", all);
    world.source.put("role", vec![role("editor")]);
    world.run().await;
    world.target.writes();
    world.source.put("user", vec![]);
    let report = world.run().await;
    assert_eq!(report.held, 2);
    assert_eq!(world.target.count("User"), 2);
    assert_eq!(
        world.target.members("editor").len(),
        2,
        "whoever is held keeps everything"
    );
    // A fresh budget does not let through what was held, not even after a run that proved nothing.
    world.source.unproven.lock().unwrap().insert("user".into());
    assert_eq!(world.run().await.held, 2);
    world.source.unproven.lock().unwrap().clear();
    let report = world.run().await;
    assert_eq!((report.held, world.target.count("User")), (2, 2));
    let report = world
        .try_run(Options {
            allow: BTreeMap::from([(Effect::Delete, 2)]),
            ..Options::default()
        })
        .await
        .unwrap();
    assert_eq!((report.held, world.target.count("User")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_writes_nothing_and_leaves_nothing_behind() {
    let world = World::new();
    world.source.put(
        "user",
        vec![person("1", "ann", &["editor"]), person("2", "ANN", &[])],
    );
    world.source.put("role", vec![role("editor")]);
    let simulate = Options {
        simulate: true,
        ..Options::default()
    };
    for _ in 0..2 {
        let report = world.try_run(simulate.clone()).await.unwrap();
        assert_eq!(report.planned.approved[&"User".into()][&Effect::Create], 1);
        assert_eq!(
            report.planned.approved[&"Group".into()][&Effect::AddMember],
            1
        );
        let status = world.status().await;
        assert!(status.parked.is_empty() && status.jobs.is_empty() && status.links.is_empty());
    }
    assert_eq!(world.target.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_there_before_us_is_adopted_and_keeps_what_is_not_ours() {
    let world = World::with(delete_leavers());
    world.target.plant(
        "User",
        "x1",
        json!({"userName": "Ann", "nickName": "A", "active": true}),
    );
    world.target.plant(
        "Group",
        "g1",
        json!({"displayName": "editor", "members": [{"value": "x1"}]}),
    );
    world.source.put(
        "user",
        vec![
            person("1", "ann", &["editor"]),
            person("2", "bob", &["editor"]),
        ],
    );
    world.source.put("role", vec![role("editor")]);
    world.run().await;
    assert_eq!(world.target.count("User"), 2);
    let ann = world.target.by("User", "userName", "ann");
    assert_eq!((&ann["id"], &ann["nickName"]), (&json!("x1"), &json!("A")));
    assert_eq!(world.status().await.links["User"]["adopted"], 1);
    assert_eq!(world.target.members("editor"), ["ann", "bob"]);
    // Gone at the source: what we did not create is not deleted, and a
    // membership that was there before us is not ours to remove.
    world.source.put("user", vec![]);
    world.run().await;
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false)
    );
    assert_eq!(world.target.count("User"), 1);
    assert_eq!(world.target.members("editor"), ["ann"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_vanished_at_the_target_is_made_again_with_its_memberships() {
    let world = World::new();
    world
        .source
        .put("user", vec![person("1", "ann", &["editor"])]);
    world.source.put("role", vec![role("editor")]);
    world.run().await;
    for (resource_type, attribute, name) in [
        ("User", "userName", "ann"),
        ("Group", "displayName", "editor"),
    ] {
        let id = world.target.by(resource_type, attribute, name)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        world.target.uproot(resource_type, &id);
    }
    world.run().await;
    assert_eq!(world.target.members("editor"), ["ann"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_waits_until_its_other_end_is_linked() {
    let world = World::new();
    let mut ann = person("1", "ann", &[]);
    ann["boss"] = json!("2");
    world
        .source
        .put("user", vec![ann.clone(), person("2", "bob", &[])]);
    world.run().await;
    let manager = |world: &World| {
        world.target.by("User", "userName", "ann")["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]
            ["value"]
            .clone()
    };
    assert_eq!(
        manager(&world),
        world.target.by("User", "userName", "bob")["id"]
    );
    world.target.writes();
    world.run().await;
    assert_eq!(world.target.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_the_scope_is_not_being_gone() {
    let world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.run().await;
    let mut ann = person("1", "ann", &[]);
    ann["dept"] = json!("external");
    world.source.put("user", vec![ann]);
    world.run().await;
    assert_eq!(
        world.target.by("User", "userName", "ann")["active"],
        json!(false)
    );
}
