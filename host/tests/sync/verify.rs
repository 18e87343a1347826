//! What stands at the target is read, compared with what we saw last, and
//! repaired: on a person's word, and after a worker has lost its lease.

use std::{collections::BTreeMap, time::Duration};

use purser_engine::{
    change::{Action, Change},
    effect::{Effect, Effects},
    ids::{ObjectKey, TargetId},
    operation::Trigger,
    situation::Situation,
};
use purser_host::{
    store::{Audit, Claimed, Class, HandOver, RunMode},
    sync::{RunReport, verify::verify},
};
use purser_scim::diff::Delta;
use serde_json::{Value, json};

use super::{
    fakes::{Mishap, World},
    person, role,
};

/// Ann and Bob, both editors, in step.
async fn world() -> World {
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
    world.target.reads();
    world
}

/// Somebody else changes Ann's account behind our back. Answers its id.
fn meddle(world: &World, with: impl FnOnce(&mut Value)) -> String {
    let mut ann = world.target.by("User", "userName", "ann");
    let id = ann["id"].as_str().unwrap().to_owned();
    with(&mut ann);
    world.target.plant("User", &id, ann);
    id
}

async fn all(world: &World) -> RunReport {
    verify(&world.wiring, None, BTreeMap::new()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ours_is_repaired_and_what_others_wrote_beside_it_stays() {
    let world = world().await;
    let id = meddle(&world, |ann| {
        ann["title"] = json!("Queen");
        ann["nickName"] = json!("Annie");
    });
    // A run shows it and leaves it alone.
    let run = world.run().await;
    assert_eq!((run.drifted, world.target.writes()), (1, Vec::new()));
    world.target.reads();

    let report = all(&world).await;
    assert_eq!(world.target.writes(), [format!("patch {id}")]);
    assert_eq!(
        world.target.reads(),
        ["read User", "read User", "read Group", "read Group"],
        "each resource once, and the group once more for its members"
    );
    let ann = world.target.by("User", "userName", "ann");
    assert_eq!(ann["title"], "Dr");
    assert_eq!(ann["nickName"], "Annie");
    assert_eq!(
        (
            report.planned.objects,
            report.applied.verified,
            report.drifted
        ),
        (3, 3, 1)
    );

    let again = all(&world).await;
    assert_eq!((again.drifted, world.target.writes()), (0, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_object_is_verified_and_nobody_else_is_read() {
    let world = world().await;
    meddle(&world, |ann| ann["title"] = json!("Queen"));
    let only = Some(ObjectKey::new("user", "2"));
    let report = verify(&world.wiring, only, BTreeMap::new()).await.unwrap();
    assert_eq!((report.planned.objects, report.applied.verified), (1, 1));
    assert_eq!(world.target.reads(), ["read User"]);
    assert_eq!(world.target.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_and_was_opened_again_at_the_target_is_closed() {
    let world = world().await;
    world
        .source
        .put("user", vec![person("2", "bob", &["editor"])]);
    world.run().await;
    world.target.writes();
    let id = meddle(&world, |ann| ann["active"] = json!(true));
    world.run().await;
    let left = world.target.members("editor");
    assert_eq!(
        (world.target.writes(), left),
        (Vec::new(), vec!["bob".to_owned()]),
        "it is shown only"
    );

    let report = all(&world).await;
    assert_eq!(world.target.writes(), [format!("patch {id}")]);
    assert_eq!(world.target.by("User", "userName", "ann")["active"], false);
    assert_eq!(world.target.members("editor"), ["bob"]);
    let users = &report.applied.effects[&"User".into()];
    assert_eq!(users, &BTreeMap::from([(Effect::Deactivate, 1)]));
    all(&world).await;
    assert_eq!(world.target.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_made_again_with_its_memberships() {
    let world = world().await;
    let id = world.target.by("User", "userName", "ann")["id"].clone();
    world.target.uproot("User", id.as_str().unwrap());
    let report = all(&world).await;
    assert_eq!(world.target.writes()[0], "create ann");
    // This target keeps members that it does not have any more.
    assert_eq!(world.target.members("editor"), ["?", "ann", "bob"]);
    assert_eq!((report.parked, report.held), (0, 0));
    all(&world).await;
    assert_eq!(world.target.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_ours_that_others_removed_come_back_and_theirs_stay() {
    let world = world().await;
    world
        .target
        .plant("User", "x1", json!({"userName": "guest"}));
    let mut editors = world.target.by("Group", "displayName", "editor");
    let id = editors["id"].as_str().unwrap().to_owned();
    editors["members"] = json!([{"value": "x1"}]);
    world.target.plant("Group", &id, editors);
    all(&world).await;
    assert_eq!(world.target.writes(), ["members +2 -0"]);
    assert_eq!(world.target.members("editor"), ["ann", "bob", "guest"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_whose_answer_is_lost_is_made_once() {
    let world = world().await;
    let id = meddle(&world, |ann| ann["title"] = json!("Queen"));
    world.target.mishaps([Mishap::LoseAnswer]);
    let report = all(&world).await;
    assert_eq!(report.applied.retried, 1);
    assert_eq!(
        world.target.writes(),
        [format!("patch {id}")],
        "the second try has read that it is done"
    );
    assert_eq!(world.target.by("User", "userName", "ann")["title"], "Dr");
}

/// A worker was stopped with a request on its way. Others have done its job
/// meanwhile, and the request comes in after theirs: what it overwrites is put
/// right by the verification that it hands over when it wakes.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_after_its_lease_is_repaired() {
    let world = world().await;
    let (store, mapping) = (&world.wiring.store, &world.wiring.config.name);
    let key = ObjectKey::new("user", "1");
    let at = (world.wiring.clock)();
    let run = store
        .start_run(mapping, RunMode::Run, Trigger::Manual, at)
        .await
        .unwrap();
    store
        .enqueue(run, mapping, &key, Class::User, at)
        .await
        .unwrap();
    let until = at + Duration::from_secs(1);
    let Claimed::Jobs(stopped) = store.claim_jobs(run, 10, at, until).await.unwrap() else {
        panic!("a job is due");
    };
    let mut doctor = person("1", "ann", &["editor"]);
    doctor["title"] = json!("Prof");
    world
        .source
        .put("user", vec![doctor, person("2", "bob", &["editor"])]);
    world.run().await;
    world.target.writes();

    let id = meddle(&world, |ann| ann["title"] = json!("Dr"));
    let change = Change {
        object: key,
        resource_type: "User".into(),
        situation: Situation::Linked,
        effects: Effects::of([Effect::Update]),
        action: Action::Update {
            target_id: TargetId::new(id.as_str()),
            delta: Delta::default(),
        },
        written: None,
    };
    let handed = stopped.into_iter().map(|job| HandOver {
        job,
        at: until,
        audit: Audit::of(&change, None),
        members: Vec::new(),
    });
    store.hand_over(handed.collect()).await.unwrap();
    world.run().await;
    assert_eq!(world.target.writes(), [format!("patch {id}")]);
    assert_eq!(world.target.by("User", "userName", "ann")["title"], "Prof");
}
