//! A component that keeps failing is left alone for a while; what needs none
//! goes on, and nobody loses anything by it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use jiff::{Timestamp, ToSpan};
use purser_engine::{effect::Effect, ids::ObjectKey};
use purser_host::{
    config::PluginRef,
    store::SuspendedRow,
    sync::{
        RunReport,
        one::{Outcome, Wish, one},
        plugins,
        sweep::Options,
    },
};
use serde_json::{Value, json};

use super::{
    fakes::{MemorySource, World},
    person,
};

/// A world whose clock a test sets, and whose batches are small.
struct Scene {
    world: World,
    time: Arc<Mutex<Timestamp>>,
}

impl Scene {
    /// Eight people with an account, in batches of two, and now with another title each.
    async fn new() -> Self {
        let mut world = World::new();
        let begin: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let time = Arc::new(Mutex::new(begin));
        let clock = Arc::clone(&time);
        world.wiring.clock = Arc::new(move || *clock.lock().unwrap());
        world.wiring.batch = 2;
        world.source.put("role", Vec::new());
        world.source.put("user", people(8, "Dr"));
        world.run().await;
        world.target.writes();
        world.source.put("user", people(8, "Prof"));
        Self { world, time }
    }

    /// The same component with the same settings, that fails on whatever it is asked.
    fn broken(&mut self, broken: bool) {
        let mut config = self.world.wiring.config.clone();
        if broken {
            config.limits.batch_objects = 0;
        }
        self.world.wiring.mapper =
            plugins::mapper(&config, purser_plugin::Compile::default()).unwrap();
    }

    /// Broken, and suspended by a first run.
    async fn suspended() -> Self {
        let mut scene = Self::new().await;
        scene.broken(true);
        assert_eq!(scene.world.run().await.suspended, 4);
        scene
    }

    fn later(&self, minutes: i64) {
        let mut time = self.time.lock().unwrap();
        *time = time.checked_add(minutes.minutes()).unwrap();
    }

    async fn row(&self) -> Option<SuspendedRow> {
        self.world.status().await.suspended
    }

    /// Titles at the target, without repetition.
    fn titles(&self, people: std::ops::RangeInclusive<u32>) -> Vec<String> {
        let titles = people.map(|n| {
            let user = self.world.target.by("User", "userName", &format!("p{n}"));
            user["title"].as_str().unwrap().to_owned()
        });
        let mut titles: Vec<String> = titles.collect();
        titles.dedup();
        titles
    }
}

fn people(count: u32, title: &str) -> Vec<Value> {
    (1..=count)
        .map(|n| {
            let mut person = person(&n.to_string(), &format!("p{n}"), &[]);
            person["title"] = json!(title);
            person
        })
        .collect()
}

fn pause(report: &RunReport, now: Timestamp) -> Option<i64> {
    let until: Timestamp = report.suspension.as_ref()?.until.parse().unwrap();
    Some(until.duration_since(now).as_mins())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_bad_batches_in_a_row_suspend_and_nobody_else_is_parked() {
    let mut scene = Scene::new().await;
    scene.broken(true);
    let report = scene.world.run().await;
    // The first two batches; the third is nobody's own fault, the fourth is not asked.
    assert_eq!((report.parked, report.suspended), (4, 4));
    assert_eq!(scene.world.target.writes(), Vec::<String>::new());
    let row = scene.row().await.unwrap();
    assert_eq!(report.suspension.as_ref(), Some(&row));
    assert_eq!(
        (row.failures, row.since.as_str(), row.until.as_str()),
        (3, "2026-11-24T09:00:00Z", "2026-11-24T09:05:00Z")
    );
    assert_eq!(row.reason, "1 objects in one call, at most 0 are allowed");
    assert_eq!(scene.titles(1..=8), ["Dr"]);

    // Not asked, so nothing is new: who is parked stays so, and it is not a minute longer.
    scene.later(4);
    let report = scene.world.run().await;
    assert_eq!((report.parked, report.suspended), (4, 8));
    assert_eq!(scene.row().await, Some(row));
    assert_eq!(scene.world.target.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_the_same_and_changes_nobody() {
    let scene = Scene::suspended().await;
    let simulate = Options {
        simulate: true,
        ..Options::default()
    };
    let report = scene.world.try_run(simulate).await.unwrap();
    assert_eq!(report.suspended, 8);
    assert_eq!(report.suspension, scene.row().await);
    assert_eq!(scene.world.status().await.parked.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn leavers_are_closed_meanwhile_and_nobody_is_taken_for_gone() {
    let scene = Scene::suspended().await;
    // 8 is gone, 7 is inactive, 6 is out of scope, 9 is new, 10 is new and inactive.
    let mut rows = people(10, "Prof");
    rows[9]["active"] = json!(false);
    rows[6]["active"] = json!(false);
    rows[5]["dept"] = json!("external");
    rows.remove(7);
    scene.world.source.put("user", rows);
    let report = scene.world.run().await;
    let active = |n: u32| {
        let user = scene.world.target.by("User", "userName", &format!("p{n}"));
        user["active"] != json!(false)
    };
    assert_eq!(
        (1..=8).filter(|n| active(*n)).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(
        report.applied.effects[&"User".into()],
        BTreeMap::from([(Effect::Deactivate, 3)])
    );
    assert_eq!(
        scene.world.target.count("User"),
        8,
        "nobody is made unmapped"
    );
    assert_eq!(report.suspended, 7, "1 to 5, and the new ones");
    // And what was left out is done once the component works.
    scene.later(5);
    let mut scene = scene;
    scene.broken(false);
    let report = scene.world.run().await;
    assert_eq!((report.parked, report.suspended), (0, 0));
    assert_eq!(scene.titles(1..=5), ["Prof"]);
    assert_eq!(scene.world.target.count("User"), 10);
    assert_eq!((6..=8).find(|n| active_in(&scene, *n)), None);
}

fn active_in(scene: &Scene, n: u32) -> bool {
    let user = scene.world.target.by("User", "userName", &format!("p{n}"));
    user["active"] != json!(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_probe_lifts_it_and_the_same_run_does_the_rest() {
    let mut scene = Scene::suspended().await;
    scene.broken(false);
    // Well again, but nobody knows before the time.
    assert_eq!(scene.world.run().await.suspended, 8);
    scene.later(5);
    scene.world.wiring.batch = 100;
    scene.world.source.put("user", people(25, "Prof"));
    let report = scene.world.run().await;
    assert_eq!((report.parked, report.suspended), (0, 0));
    assert_eq!(report.suspension, None);
    assert_eq!(scene.row().await, None);
    assert_eq!(scene.titles(1..=25), ["Prof"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_probe_asks_few_parks_nobody_and_doubles_up_to_a_day() {
    let mut scene = Scene::suspended().await;
    scene.world.wiring.batch = 100;
    scene.world.source.put("user", people(25, "Prof"));
    let mut wait = 5;
    let mut pauses = Vec::new();
    for _ in 0..10 {
        scene.later(wait);
        let report = scene.world.run().await;
        assert_eq!((report.parked, report.suspended), (4, 25));
        wait = pause(&report, *scene.time.lock().unwrap()).unwrap();
        pauses.push(wait);
    }
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
    assert_eq!(scene.row().await.unwrap().since, "2026-11-24T09:00:00Z");
    assert_eq!(scene.world.target.writes(), Vec::<String>::new());
    // After all that, one good probe is enough, and it begins anew.
    scene.later(wait);
    scene.broken(false);
    assert_eq!(scene.world.run().await.suspended, 0);
    assert_eq!(scene.row().await, None);
    scene.broken(true);
    scene.world.source.put("user", people(25, "Mag"));
    let report = scene.world.run().await;
    assert_eq!((report.parked, report.suspended), (25, 0), "one bad batch");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_object_is_not_mapped_either_and_its_job_is_done_by_a_later_run() {
    let mut scene = Scene::suspended().await;
    let wish = Wish::Object(ObjectKey::new("user", "7"));
    let Outcome::Done(_, report) = one(&scene.world.wiring, &wish, BTreeMap::new(), true)
        .await
        .unwrap()
    else {
        panic!("it is there")
    };
    assert_eq!((report.suspended, report.parked), (1, 0));
    assert_eq!(report.suspension, scene.row().await);
    let steps: Vec<&str> = report.traces[0]
        .steps
        .iter()
        .map(|step| step.text.as_str())
        .collect();
    assert!(
        steps.contains(
            &"skipped by attribute-map: the component is suspended, because it kept failing"
        ),
        "{steps:?}"
    );
    assert_eq!(scene.world.status().await.jobs["object"], 1);
    scene.later(5);
    scene.broken(false);
    scene.world.run().await;
    assert_eq!(scene.world.status().await.jobs.len(), 0);
    assert_eq!(scene.titles(1..=8), ["Prof"]);
}

/// A real component that traps on everybody, until its settings are corrected.
#[tokio::test(flavor = "multi_thread")]
async fn other_settings_are_another_component_and_asked_at_once() {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let path = target.join("guests/wasm32-unknown-unknown/guest/hostile.wasm");
    assert!(path.exists(), "run `cargo xtask guests` first");
    let mut world = World::of(MemorySource::of(&[("user", "User")]), |config| {
        config.plugin = PluginRef::File(path);
        config.settings = json!({"do": "trap"});
        config.scope.clear();
    });
    world.wiring.batch = 2;
    let people = (1..=10).map(|n| json!({"id": n.to_string(), "login": format!("p{n}")}));
    world.source.put("user", people.collect());
    let report = world.run().await;
    assert_eq!((report.parked, report.suspended), (4, 6));
    let row = world.status().await.suspended.unwrap();
    assert_eq!(
        row.reason,
        "the plugin stopped: it gave up (a panic or an uncaught exception)"
    );
    assert_eq!(world.run().await.suspended, 10);

    world.wiring.config.settings = json!({"do": "fine"});
    world.wiring.mapper =
        plugins::mapper(&world.wiring.config, purser_plugin::Compile::default()).unwrap();
    let report = world.run().await;
    assert_eq!((report.parked, report.suspended), (0, 0));
    assert_eq!(world.target.count("User"), 10);
    assert_eq!(world.status().await.suspended, None);
}
