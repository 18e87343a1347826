//! Contracts that end: the component of `examples/university` says when its
//! answer changes by itself, and the source says nothing new.

use std::path::PathBuf;

use jiff::Timestamp;
use purser_engine::effect::Effect;
use purser_host::{
    config::{MappingConfig, PluginRef},
    sync::{SyncError, due::due, plugins, sweep::Options},
};
use serde_json::{Value, json};

use crate::fakes::{MemorySource, World};

fn begin() -> Timestamp {
    "2026-11-23T09:30:00.75Z".parse().unwrap()
}

fn last_second() -> Timestamp {
    "2026-11-30T22:59:59.999Z".parse().unwrap()
}

/// The contracts ended here: 2026-11-30 is over at +01:00.
fn midnight() -> Timestamp {
    "2026-11-30T23:00:00Z".parse().unwrap()
}

fn later() -> Timestamp {
    "2026-12-01T08:00:00Z".parse().unwrap()
}

fn university(config: &mut MappingConfig) {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let path = target.join("guests/wasm32-unknown-unknown/guest/university.wasm");
    assert!(path.exists(), "run `cargo xtask guests` first");
    config.plugin = PluginRef::File(path);
    config.grants = vec!["time".to_owned()];
    config.scope.clear();
    config.settings = json!({
        "utc_offset": "+01:00",
        "affiliations": {
            "contractor": { "groups": ["guests"], "until_contract_end": true },
        },
    });
}

fn contractor(id: &str, name: &str) -> Value {
    json!({"id": id, "login": name, "affiliations": ["contractor"], "contract_end": "2026-11-30"})
}

/// Contractors with an account, created well before their contracts end.
async fn with_contractors(names: &[&str], configure: impl FnOnce(&mut MappingConfig)) -> World {
    let source = MemorySource::of(&[("person", "User"), ("group", "Group")]);
    let mut world = World::of(source, |config| {
        university(config);
        configure(config);
    });
    let people = names.iter().map(|name| contractor(name, name)).collect();
    world.source.put("person", people);
    world
        .source
        .put("group", vec![json!({"id": "guests", "label": "guests"})]);
    world.wiring.clock = std::sync::Arc::new(begin);
    world.run().await;
    world.target.writes();
    world
}

fn active(world: &World, name: &str) -> bool {
    world.target.by("User", "userName", name)["active"] == true
}

fn active_of<'n>(world: &World, names: &[&'n str]) -> Vec<&'n str> {
    let keep = |name: &&&str| active(world, name);
    names.iter().filter(keep).copied().collect()
}

async fn next_due(world: &World) -> Option<Timestamp> {
    let mapping = &world.wiring.config.name;
    world.wiring.store.next_due(mapping).await.unwrap()
}

/// From now on a call of the component fails: whoever is mapped is parked.
fn break_component(world: &mut World) {
    let mut config = world.wiring.config.clone();
    config.limits.batch_objects = 0;
    world.wiring.mapper = plugins::mapper(&config, purser_plugin::Compile::default()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_deactivates_a_contractor_whose_contract_ended_and_removes_the_membership() {
    let mut world = with_contractors(&["ann"], |_| {}).await;
    assert!(active(&world, "ann"));
    assert_eq!(world.target.members("guests"), ["ann"]);
    assert_eq!(next_due(&world).await, Some(midnight()));

    world.wiring.clock = std::sync::Arc::new(last_second);
    world.run().await;
    assert_eq!(world.target.writes(), Vec::<String>::new());
    assert!(active(&world, "ann"));

    world.wiring.clock = std::sync::Arc::new(midnight);
    let options = Options {
        simulate: true,
        ..Options::default()
    };
    world.try_run(options).await.unwrap();
    assert!(active(&world, "ann"), "a simulation writes nothing");
    let report = world.run().await;
    assert!(!active(&world, "ann"));
    assert_eq!(world.target.members("guests"), Vec::<String>::new());
    assert!(report.applied.effects[&"User".into()].contains_key(&Effect::Deactivate));
    assert_eq!(next_due(&world).await, None);

    world.target.writes();
    world.run().await;
    assert_eq!(world.target.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_mapped_again_before_the_time() {
    let mut world = with_contractors(&["ann"], |_| {}).await;
    break_component(&mut world);
    world.wiring.clock = std::sync::Arc::new(last_second);
    assert_eq!(world.run().await.parked, 0);
    world.wiring.clock = std::sync::Arc::new(midnight);
    assert_eq!(world.run().await.parked, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn between_sweeps_the_due_are_brought_into_step_and_nobody_else_is_touched() {
    let mut world = with_contractors(&["ann", "bob"], |_| {}).await;
    let mut bob = contractor("bob", "bob");
    bob["contract_end"] = json!("2027-06-30");
    world
        .source
        .put("person", vec![contractor("ann", "ann"), bob]);
    world.run().await;
    world.target.writes();
    world.target.reads();

    let runs = world.status().await.runs.len();
    world.wiring.clock = std::sync::Arc::new(last_second);
    assert!(due(&world.wiring).await.unwrap().is_none());
    assert_eq!(world.status().await.runs.len(), runs, "nothing is recorded");

    // What the source would say by now is not asked.
    world.source.put("person", Vec::new());
    world.wiring.clock = std::sync::Arc::new(midnight);
    let report = due(&world.wiring).await.unwrap().unwrap();
    assert_eq!(report.planned.objects, 1);
    assert!(!active(&world, "ann"));
    assert!(active(&world, "bob"));
    assert_eq!(world.target.members("guests"), ["bob"]);
    let status = world.status().await;
    assert_eq!(
        (status.runs[0].mode.as_str(), status.jobs.len()),
        ("due", 0)
    );

    assert!(due(&world.wiring).await.unwrap().is_none());
    let expected: Timestamp = "2027-06-30T23:00:00Z".parse().unwrap();
    assert_eq!(next_due(&world).await, Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_failsafe_holds_what_is_too_much_at_one_midnight_and_it_stays_held() {
    let names = ["ann", "bob", "cyd"];
    let mut world = with_contractors(&names, |config| config.deprovision_limit = 1).await;
    world.wiring.clock = std::sync::Arc::new(midnight);
    let report = due(&world.wiring).await.unwrap().unwrap();
    assert_eq!(report.held, 2);
    let left = active_of(&world, &names);
    assert_eq!(left.len(), 2);

    // Neither the next tick nor the next sweep has a fresh budget for them.
    world.wiring.clock = std::sync::Arc::new(later);
    assert!(due(&world.wiring).await.unwrap().is_none());
    assert_eq!(world.run().await.held, 2);
    assert_eq!(active_of(&world, &names), left);

    let options = Options {
        allow: [(Effect::Deactivate, 10)].into(),
        ..Options::default()
    };
    world.try_run(options).await.unwrap();
    assert_eq!(active_of(&world, &names), Vec::<&str>::new());
    assert_eq!(world.status().await.held.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_mapped_when_the_time_comes_is_parked_and_tried_by_each_sweep() {
    let mut world = with_contractors(&["ann"], |_| {}).await;
    let mapper = world.wiring.mapper.clone();
    break_component(&mut world);
    world.wiring.clock = std::sync::Arc::new(midnight);
    assert_eq!(due(&world.wiring).await.unwrap().unwrap().parked, 1);
    assert!(due(&world.wiring).await.unwrap().is_none(), "no busy loop");
    assert!(active(&world, "ann"));
    assert_eq!(world.run().await.parked, 1);

    world.wiring.mapper = mapper;
    assert_eq!(world.run().await.parked, 0);
    assert!(!active(&world, "ann"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_not_done_because_the_target_was_away_is_still_due() {
    use crate::fakes::Mishap;

    let mut world = with_contractors(&["ann"], |_| {}).await;
    world.wiring.clock = std::sync::Arc::new(midnight);
    world.target.mishaps([Mishap::Unusable]);
    let failed = due(&world.wiring).await;
    assert!(
        matches!(failed, Err(SyncError::Target { .. })),
        "{failed:?}"
    );
    assert!(active(&world, "ann"));
    assert_eq!(next_due(&world).await, Some(midnight()));
    due(&world.wiring).await.unwrap().unwrap();
    assert!(!active(&world, "ann"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_is_not_due_any_more() {
    let mut world = with_contractors(&["ann"], |_| {}).await;
    world.source.put("person", Vec::new());
    world.wiring.clock = std::sync::Arc::new(last_second);
    world.run().await;
    assert!(!active(&world, "ann"));
    assert_eq!(next_due(&world).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_component_is_suspended_the_due_stay_due() {
    use purser_engine::suspension::Verdict;
    use purser_host::store::AskedBatch;

    let mut world = with_contractors(&["ann"], |_| {}).await;
    let (mapping, component) = (
        world.wiring.config.name.clone(),
        world.wiring.mapper.fingerprint().to_owned(),
    );
    for _ in 0..3 {
        let batch = AskedBatch {
            component: component.clone(),
            verdict: Verdict::Bad,
            reason: "it stopped".to_owned(),
            at: last_second(),
        };
        let asked = world.wiring.store.component_asked(&mapping, batch).await;
        asked.unwrap();
    }
    let runs = world.status().await.runs.len();
    world.wiring.clock = std::sync::Arc::new(midnight);
    assert!(due(&world.wiring).await.unwrap().is_none());
    assert_eq!(world.status().await.runs.len(), runs, "nothing is recorded");
    assert_eq!(next_due(&world).await, Some(midnight()));
    assert!(active(&world, "ann"));

    world.wiring.clock = std::sync::Arc::new(later);
    due(&world.wiring).await.unwrap().unwrap();
    assert!(!active(&world, "ann"));
    assert_eq!(world.status().await.suspended, None);
}
