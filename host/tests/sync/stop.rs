//! A run that is told to stop: what it records, and who takes it up.

use purser_host::{
    store::{CutShort, LogFrom, LogQuery, RunMode},
    sync::{
        Control, SyncError,
        control::{Phase, Stop},
        one::{Wish, one},
        sweep::{Options, sweep},
    },
};
use serde_json::Value;

use super::{fakes::World, person, role};

fn people(world: &World, count: u32) {
    let people = (1..=count).map(|n| person(&n.to_string(), &format!("p{n}"), &["editor"]));
    world.source.put("user", people.collect());
    world.source.put("role", vec![role("editor")]);
}

async fn cut_short(world: &World) -> Option<CutShort> {
    let mapping = &world.wiring.config.name;
    world.wiring.store.cut_short(mapping).await.unwrap()
}

/// Stops a run when its first row is planned.
async fn stopped(world: &mut World, why: Stop) {
    let control = Control::default();
    world.wiring.control = control.clone();
    let (options, mut on_row) = (Options::default(), |_: &_| control.stop(why));
    let outcome = sweep(&world.wiring, &options, &mut on_row).await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(error, SyncError::Stopped(said) if said == why),
        "{error}"
    );
    assert_eq!(world.target.writes(), Vec::<String>::new());
    world.wiring.control = Control::default();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_has_stopped_is_nobodys_any_more_and_what_ended_with_its_process_is() {
    let mut world = World::new();
    people(&world, 3);
    assert_eq!(cut_short(&world).await, None);
    stopped(&mut world, Stop::Cancelled).await;
    assert_eq!(world.status().await.runs[0].state, "stopped");
    assert_eq!(cut_short(&world).await, None);
    stopped(&mut world, Stop::Shutdown).await;
    let cut = cut_short(&world).await.unwrap();
    assert_eq!((cut.mode, cut.asked_for.len()), (RunMode::Run, 0));
    let report = world.run().await;
    assert_eq!(report.planned.objects, 4);
    assert_eq!(cut_short(&world).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_asked_for_is_remembered() {
    let mut world = World::new();
    people(&world, 3);
    world.wiring.control.stop(Stop::Shutdown);
    let wish = Wish::Object("user:2".parse().unwrap());
    let outcome = one(
        &world.wiring,
        &wish,
        std::collections::BTreeMap::new(),
        false,
    );
    assert!(matches!(
        outcome.await,
        Err(SyncError::Stopped(Stop::Shutdown))
    ));
    let cut = cut_short(&world).await.unwrap();
    assert_eq!(cut.mode, RunMode::Sync);
    assert_eq!(cut.asked_for, ["user:2".parse().unwrap()]);
    world.wiring.control = Control::default();
    one(
        &world.wiring,
        &wish,
        std::collections::BTreeMap::new(),
        false,
    )
    .await
    .unwrap();
    assert_eq!(cut_short(&world).await, None);
    assert_eq!(world.target.by("User", "userName", "p2")["title"], "Dr");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_how_far_it_is_and_ends_with_all_done() {
    let world = World::new();
    people(&world, 3);
    world.run().await;
    let progress = world.wiring.control.watch().borrow().clone().unwrap();
    // Three accounts, a group and its members.
    assert_eq!(progress.phase, Phase::Apply);
    assert_eq!((progress.done, progress.total), (5, Some(5)));
    world.run().await;
    let progress = world.wiring.control.watch().borrow().clone().unwrap();
    assert_eq!((progress.done, progress.total), (0, Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_in_pages_from_old_to_new() {
    let world = World::new();
    people(&world, 5);
    world.run().await;
    let query = LogQuery::default();
    let store = &world.wiring.store;
    let all = store.log(&query, LogFrom::After(0), 100).await.unwrap();
    assert!(all.is_sorted_by_key(|row| row.seq) && all.len() == 7);
    let last = store.log(&query, LogFrom::Last(3), 100).await.unwrap();
    assert_eq!(last, all[4..]);
    let next = store.log(&query, LogFrom::After(all[1].seq), 2).await;
    assert_eq!(next.unwrap(), all[2..4]);
    let query = LogQuery {
        object: Some("user:2".parse().unwrap()),
        ..LogQuery::default()
    };
    let of_one = store.log(&query, LogFrom::Last(10), 10).await.unwrap();
    assert_eq!(of_one.len(), 1);
    assert_eq!(of_one[0].effects, "create");
    assert!(!of_one[0].detail.to_string().contains("p2"), "no values");
    assert!(matches!(of_one[0].detail["attributes"], Value::Array(_)));
    let query = LogQuery {
        since: Some("2999-01-01T00:00:00Z".parse().unwrap()),
        ..LogQuery::default()
    };
    let none = store.log(&query, LogFrom::Last(10), 10).await.unwrap();
    assert_eq!(none, []);
}
