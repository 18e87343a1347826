//! Operation switches: what a trigger may not do is left, shown, and done by one that may.

use std::collections::BTreeMap;

use purser_engine::{
    effect::Effect,
    ids::{Kind, ObjectKey},
    operation::{Operation, Trigger},
    policy::{Absent, Policy},
};
use purser_host::{
    clock,
    config::MappingConfig,
    store::{Class, Fate, LogFrom, LogQuery, RunMode, ToDo},
    sync::{
        RunReport,
        one::{Outcome, Wish, one},
        sweep::{Options, sweep},
    },
};
use serde_json::{Value, json};

use super::{
    fakes::{MemorySource, World},
    person, role,
};

fn switch(config: &mut MappingConfig, kind: &str, operation: Operation, may: &[Trigger]) {
    config
        .operations
        .set(Kind::new(kind), operation, may.iter().copied());
}

fn others(trigger: Trigger) -> Vec<Trigger> {
    let all = Trigger::ALL.into_iter();
    all.filter(|other| *other != trigger).collect()
}

/// A world in which somebody is created, somebody changes, leaves and is deleted next.
async fn at_rest() -> World {
    let world = World::of(MemorySource::new(), |config| {
        config.policy = Policy {
            absent_user: Absent::Delete,
            ..Policy::default()
        };
    });
    world.source.put(
        "user",
        vec![
            person("1", "ann", &[]),
            person("2", "bob", &[]),
            person("3", "cat", &[]),
        ],
    );
    world.source.put("role", Vec::new());
    world.run().await;
    world.target.writes();
    world.source.put(
        "user",
        vec![
            json!({"id": "1", "name": "ann", "roles": [], "title": "Prof"}),
            json!({"id": "2", "name": "bob", "roles": [], "title": "Dr", "active": false}),
            person("4", "dan", &[]),
        ],
    );
    world
}

async fn run_by(world: &mut World, trigger: Trigger) -> RunReport {
    world.wiring.trigger = trigger;
    world.run().await
}

fn done(report: &RunReport) -> Vec<Effect> {
    let effects = report.applied.effects.values();
    effects.flat_map(|by| by.keys().copied()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_is_left_to_a_trigger_that_may() {
    let effects = [
        (Operation::Create, Effect::Create),
        (Operation::Update, Effect::Update),
        (Operation::Deactivate, Effect::Deactivate),
        (Operation::Delete, Effect::Delete),
    ];
    for (operation, effect) in effects {
        for trigger in Trigger::ALL {
            let mut world = at_rest().await;
            let may = others(trigger);
            switch(&mut world.wiring.config, "user", operation, &may);
            let report = run_by(&mut world, trigger).await;
            let left = format!("`operations.user.{operation}` does not name {trigger}");
            assert_eq!(
                report.switched_off,
                BTreeMap::from([(left, 1)]),
                "{operation} by {trigger}"
            );
            let mut rest: Vec<Effect> = effects.iter().map(|(_, effect)| *effect).collect();
            rest.retain(|other| *other != effect);
            let (mut first, none) = (done(&report), run_by(&mut world, trigger).await);
            first.sort();
            rest.sort();
            assert_eq!(first, rest, "{operation} by {trigger}");
            assert_eq!(done(&none), [], "and nothing more of it the next time");

            let report = run_by(&mut world, may[0]).await;
            assert_eq!(done(&report), [effect], "{operation} by {}", may[0]);
            assert_eq!(report.switched_off, BTreeMap::new());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_by_a_trigger_shows_what_it_would_leave() {
    let mut world = at_rest().await;
    for operation in Operation::ALL {
        switch(
            &mut world.wiring.config,
            "user",
            operation,
            &[Trigger::Manual],
        );
    }
    world.wiring.trigger = Trigger::Scheduled;
    let options = Options {
        simulate: true,
        ..Options::default()
    };
    let mut rows = Vec::new();
    sweep(&world.wiring, &options, &mut |row| {
        rows.push(format!(
            "{}: {}",
            row.object,
            row.reason.clone().unwrap_or_default()
        ));
    })
    .await
    .unwrap();
    let left =
        |id, operation| format!("user:{id}: `operations.user.{operation}` does not name scheduled");
    assert_eq!(
        rows,
        [
            left("1", "update"),
            left("2", "deactivate"),
            left("4", "create"),
            left("3", "delete"),
        ]
    );
    assert_eq!(world.target.writes(), Vec::<String>::new());
}

async fn sync(world: &World, id: &str) -> RunReport {
    let wish = Wish::Object(ObjectKey::new("user", id));
    let outcome = one(&world.wiring, &wish, BTreeMap::new(), false).await;
    match outcome.unwrap() {
        Outcome::Done(_, report) => *report,
        other => panic!("{other:?}"),
    }
}

/// A change had queued a person, the host died, and somebody asks for the same person:
/// one job for both, and it may do what either may.
#[tokio::test(flavor = "multi_thread")]
async fn a_coalesced_job_may_do_what_any_of_its_triggers_may() {
    let mut world = at_rest().await;
    switch(
        &mut world.wiring.config,
        "user",
        Operation::Create,
        &[Trigger::Automatic],
    );
    switch(
        &mut world.wiring.config,
        "user",
        Operation::Update,
        &[Trigger::Scheduled],
    );
    let report = sync(&world, "4").await;
    assert_eq!(done(&report), [], "a person alone may not create");
    assert_eq!(report.switched_off.len(), 1);

    for id in ["4", "1"] {
        queue_change(&world, id).await;
    }
    let report = sync(&world, "4").await;
    assert_eq!(done(&report), [Effect::Create]);
    let report = sync(&world, "1").await;
    assert_eq!(done(&report), [], "neither may update");
    assert_eq!(
        report.switched_off.keys().next().unwrap(),
        "`operations.user.update` does not name manual or automatic"
    );
    let log = LogQuery {
        object: Some(ObjectKey::new("user", "4")),
        ..LogQuery::default()
    };
    let lines = world.wiring.store.log(&log, LogFrom::Last(1), 1).await;
    assert_eq!(lines.unwrap()[0].triggers, "changed manual");
}

/// As a host leaves it that dies before it has done anything.
async fn queue_change(world: &World, id: &str) {
    let (store, mapping) = (&world.wiring.store, &world.wiring.config.name);
    let at = clock::now();
    let run = store
        .start_run(mapping, RunMode::Changed, Trigger::Automatic, at)
        .await
        .unwrap();
    let job = ToDo {
        key: ObjectKey::new("user", id),
        seq: 1,
        class: Class::User,
        echo: false,
    };
    store
        .enqueue_changed(run, mapping, vec![job], at)
        .await
        .unwrap();
}

/// What a scheduled sweep had queued may be done as scheduled by whoever takes it over.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_schedule_has_queued_keeps_its_trigger() {
    let mut world = at_rest().await;
    switch(
        &mut world.wiring.config,
        "user",
        Operation::Create,
        &[Trigger::Scheduled],
    );
    let (store, mapping) = (&world.wiring.store, &world.wiring.config.name);
    let at = clock::now();
    let run = store
        .start_run(mapping, RunMode::Run, Trigger::Scheduled, at)
        .await
        .unwrap();
    let wish = ObjectKey::new("user", "4");
    let row = purser_host::store::PlannedRow {
        key: wish.clone(),
        position: 3,
        fate: Fate::Approved {
            grant: serde_json::from_value(json!({
                "object": wish, "effects": ["create"], "delta": "0".repeat(64),
            }))
            .unwrap(),
            class: Class::User,
            leaving: false,
            creating: true,
        },
        edges: None,
        input: None,
        reevaluate_at: None,
    };
    store.save_plan(run, mapping, vec![row], at).await.unwrap();
    assert_eq!(store.approve_plan(run, mapping, at).await.unwrap(), 1);
    let report = sync(&world, "4").await;
    assert_eq!(done(&report), [Effect::Create]);
}

/// A membership is a change of the group, whichever end says it.
#[tokio::test(flavor = "multi_thread")]
async fn memberships_are_switched_with_the_kind_of_the_group() {
    let mut world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.source.put("role", vec![role("editor")]);
    world.run().await;
    world.target.writes();
    let promoted = json!({"id": "1", "name": "ann", "roles": ["editor"], "title": "Prof"});
    world.source.put("user", vec![promoted]);

    switch(
        &mut world.wiring.config,
        "role",
        Operation::Update,
        &[Trigger::Manual],
    );
    switch(&mut world.wiring.config, "user", Operation::Update, &[]);
    let report = run_by(&mut world, Trigger::Scheduled).await;
    assert_eq!(report.switched_off.len(), 2, "{:?}", report.switched_off);
    assert_eq!(world.target.members("editor"), Vec::<String>::new());

    let report = run_by(&mut world, Trigger::Manual).await;
    assert_eq!(done(&report), [Effect::AddMember]);
    assert_eq!(world.target.members("editor"), ["ann"]);
    let ann = world.target.by("User", "userName", "ann");
    assert_eq!(ann["title"], "Dr", "her own resource is left as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_is_closed_although_updates_are_switched_off() {
    let mut world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.source.put("role", Vec::new());
    world.run().await;
    world.target.writes();
    let left = json!({"id": "1", "name": "ann", "roles": [], "title": "Prof", "active": false});
    world.source.put("user", vec![left]);
    switch(
        &mut world.wiring.config,
        "user",
        Operation::Update,
        &[Trigger::Manual],
    );
    let closed = |title: &str| -> (Value, Value) {
        let ann = world.target.by("User", "userName", "ann");
        assert_eq!(ann["title"], title);
        (ann["active"].clone(), ann["title"].clone())
    };
    let mut scheduled = world.wiring.clone();
    scheduled.trigger = Trigger::Scheduled;
    let run = |wiring| async move { sweep(&wiring, &Options::default(), &mut |_| {}).await };
    let report = run(scheduled.clone()).await.unwrap();
    assert_eq!(done(&report), [Effect::Deactivate]);
    assert_eq!(report.switched_off.len(), 1, "the rest is said to be left");
    assert_eq!(closed("Dr").0, json!(false));

    let report = run(scheduled).await.unwrap();
    assert_eq!(done(&report), []);
    assert_eq!(report.switched_off.len(), 1, "and it is not forgotten");

    let report = run(world.wiring.clone()).await.unwrap();
    assert_eq!(done(&report), [Effect::Update]);
    assert_eq!(closed("Prof").0, json!(false));
}

/// The target does not take a leaver's new name: the account is closed all the same, and
/// the rest is shown.
#[tokio::test(flavor = "multi_thread")]
async fn inv12_a_leaver_is_closed_although_the_target_refuses_the_rest() {
    let world = World::new();
    world.source.put("user", vec![person("1", "ann", &[])]);
    world.source.put("role", Vec::new());
    world.run().await;
    world.target.writes();
    let left = json!({"id": "1", "name": "eve", "roles": [], "title": "Dr", "active": false});
    world.source.put("user", vec![left]);
    world.target.forbid("eve");
    let report = world.run().await;
    assert_eq!(done(&report), [Effect::Deactivate]);
    let ann = world.target.by("User", "userName", "ann");
    assert_eq!(ann["active"], json!(false));
    let status = world.status().await;
    assert_eq!(status.parked.len(), 1);
    assert_eq!(status.parked[0].reason, "userName is taken");
    world.target.writes();

    // Nobody else's name is kept from them, and it is not closed again and again.
    let report = world.run().await;
    assert_eq!(done(&report), []);
    assert_eq!(world.status().await.parked.len(), 1);
}
