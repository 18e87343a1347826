//! One row of twenty makes a component break one of its limits: everybody else
//! reaches the target in the same run, the one is parked with a reason that names
//! component and limit, and comes through once the row is corrected.
//!
//! The component is real (`tests/hostile`); the cases of `tests/guests` are run by
//! `corpus.rs`.

use std::{path::PathBuf, time::Duration};

use purser_host::config::PluginRef;
use serde_json::{Value, json};

use crate::fakes::{MemorySource, World};

/// Whom the component misbehaves about.
const CULPRIT: &str = "mallory";
const PEOPLE: usize = 20;

fn component() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let path = target.join("guests/wasm32-unknown-unknown/guest/hostile.wasm");
    assert!(path.exists(), "run `cargo xtask guests` first");
    path
}

/// A world in which all people are one batch.
fn world(deed: &str) -> World {
    World::of(MemorySource::of(&[("user", "User")]), |config| {
        config.plugin = PluginRef::File(component());
        config.settings = json!({ "do": deed, "to": CULPRIT });
        config.scope.clear();
        config.limits.batch_time = Duration::from_secs(1);
        config.limits.memory_mib = 32;
    })
}

/// Twenty people; the seventh has another login where one is given.
fn people(prefix: &str, seventh: Option<&str>) -> Vec<Value> {
    (1..=PEOPLE)
        .map(|number| {
            let login = match seventh {
                Some(login) if number == 7 => login.to_owned(),
                _ => format!("{prefix}{number}"),
            };
            json!({ "id": number.to_string(), "login": login })
        })
        .collect()
}

/// The user names at the target that begin so, in order of their number.
fn named(world: &World, prefix: &str) -> Vec<usize> {
    let resources = world.target.all("User");
    let mut numbers: Vec<usize> = resources
        .iter()
        .filter_map(|user| {
            user["userName"]
                .as_str()?
                .strip_prefix(prefix)?
                .parse()
                .ok()
        })
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Who is parked, and why.
async fn parked(world: &World) -> Vec<(String, String)> {
    let rows = world.status().await.parked.into_iter();
    rows.map(|row| (row.object, row.reason)).collect()
}

/// The component fails on him and says nothing.
async fn failed_on_one_of_twenty(deed: &str, limit: &str) {
    let component = component();
    let reason = format!(
        "the component {} failed on it: {limit}",
        component.display()
    );
    one_of_twenty(deed, CULPRIT, &reason).await;
}

/// The seventh row has a login that is more than the component can bear.
async fn one_of_twenty(deed: &str, login: &str, reason: &str) {
    let world = world(deed);
    let all: Vec<usize> = (1..=PEOPLE).collect();
    let others: Vec<usize> = (1..=PEOPLE).filter(|number| *number != 7).collect();
    let culprit = vec![("user:7".to_owned(), reason.to_owned())];

    // Nobody has an account yet.
    world.source.put("user", people("p", Some(login)));
    let report = world.run().await;
    assert_eq!((report.parked, report.suspended), (1, 0));
    assert_eq!(named(&world, "p"), others);
    assert_eq!(world.target.count("User"), others.len());
    assert_eq!(parked(&world).await, culprit);

    // Nothing has changed: nobody is written, and he is still set aside.
    world.target.writes();
    assert_eq!(world.run().await.parked, 1);
    assert_eq!(world.target.writes(), Vec::<String>::new());
    assert_eq!(parked(&world).await, culprit);

    world.source.put("user", people("p", None));
    assert_eq!(world.run().await.parked, 0);
    assert_eq!(world.target.writes(), ["create p7"]);
    assert_eq!(named(&world, "p"), all);
    assert_eq!(parked(&world).await, []);

    // And who has an account keeps it as it is, while all others get what is new.
    world.source.put("user", people("q", Some(login)));
    let report = world.run().await;
    assert_eq!((report.parked, report.suspended), (1, 0));
    assert_eq!(named(&world, "q"), others);
    assert_eq!(named(&world, "p"), [7]);
    assert_eq!(parked(&world).await, culprit);
    world.source.put("user", people("q", None));
    assert_eq!(world.run().await.parked, 0);
    assert_eq!(named(&world, "q"), all);
    assert_eq!(parked(&world).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_of_twenty_makes_it_trap() {
    let limit = "the plugin stopped: it gave up (a panic or an uncaught exception)";
    failed_on_one_of_twenty("trap", limit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_of_twenty_uses_up_the_time() {
    failed_on_one_of_twenty("loop", "the plugin took longer than 1000 ms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_of_twenty_uses_up_the_memory() {
    let limit = "the plugin wanted more than 33554432 bytes of memory";
    failed_on_one_of_twenty("hoard", limit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_of_twenty_hands_over_too_much() {
    let limit = "the plugin handed over more than 262144 bytes at once";
    failed_on_one_of_twenty("flood", limit).await;
}

/// What is too long to be passed to it never reaches the component.
#[tokio::test(flavor = "multi_thread")]
async fn one_row_of_twenty_is_too_long() {
    let reason = "invalid-value: 70012 bytes of attributes, at most 65536 are passed to a plugin";
    one_of_twenty("fine", &"x".repeat(70_000), reason).await;
}
