//! SIGKILL in the middle of a first run, and again and again: no duplicate,
//! nothing lost, nothing of ours taken for adopted.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use purser_tests::{
    dataset::{Dataset, Version},
    proxy::{KillPoint, Moment},
    scene::Scene,
};

/// The signal that cannot be caught.
const SIGKILL: i32 = 9;

/// How many of ten kills hit which kind of request.
const POINTS: [(&str, u64); 3] = [
    ("POST /Users", 4),
    ("POST /Groups", 3),
    ("PATCH /Groups", 3),
];

/// Ten points spread over a whole first run, measured on one that nobody
/// disturbs. Moments alternate.
fn points() -> Result<Vec<KillPoint>> {
    let scene = Scene::new(Dataset::drupal_300()?)?;
    scene.purser.run(&[])?.expect(0)?;
    let mut passed = BTreeMap::<String, u64>::new();
    for entry in scene.proxy.take() {
        *passed.entry(entry.endpoint).or_default() += 1;
    }
    let mut points = Vec::new();
    for (endpoint, kills) in POINTS {
        let of = *passed
            .get(endpoint)
            .with_context(|| format!("no {endpoint} in a first run"))?;
        for kill in 0..kills {
            // The middles of equal parts: never the very last request.
            let nth = (of * (2 * kill + 1) / (2 * kills)).max(1);
            let moment = [Moment::BeforeForward, Moment::AfterAnswer]
                .into_iter()
                .nth(points.len() % 2)
                .context("two moments")?;
            points.push(KillPoint {
                endpoint: endpoint.to_owned(),
                nth,
                moment,
            });
        }
    }
    Ok(points)
}

fn survive(point: &KillPoint) -> Result<()> {
    let scene = Scene::new(Dataset::drupal_300()?)?;
    let run = scene.purser.spawn(&["run", "people"])?;
    scene.proxy.arm(point.clone(), run.victim());
    let outcome = run.wait()?;
    assert_eq!(
        outcome.signal,
        Some(SIGKILL),
        "the kill landed:\n{}",
        outcome.all()
    );
    assert!(!scene.proxy.is_armed());
    let before = scene.proxy.counts();

    scene.purser.run(&[])?.expect(0)?;
    let after = scene.proxy.counts();
    assert!(
        after.writes > 0,
        "there was more to do: the kill was in the middle"
    );
    let created = before.users_created + after.users_created;
    assert_eq!(
        created,
        scene.dataset.expected_users()?,
        "each account was created once"
    );
    scene.compare(Version::First)?;
    scene.nothing_adopted()?;

    scene.purser.run(&[])?.expect(0)?;
    assert_eq!(scene.proxy.counts().writes, 0, "all of it was remembered");
    Ok(())
}

#[test]
fn ten_kills_spread_over_a_first_run() -> Result<()> {
    let points = points()?;
    assert_eq!(points.len(), 10);
    for point in &points {
        survive(point).with_context(|| format!("killed at {point:?}"))?;
    }
    Ok(())
}

#[test]
fn killed_again_and_again() -> Result<()> {
    let scene = Scene::new(Dataset::drupal_300()?)?;
    for endpoint in [
        "POST /Users",
        "POST /Users",
        "POST /Groups",
        "PATCH /Groups",
    ] {
        for moment in [Moment::AfterAnswer, Moment::BeforeForward] {
            let run = scene.purser.spawn(&["run", "people"])?;
            let point = KillPoint {
                endpoint: endpoint.to_owned(),
                nth: 3,
                moment,
            };
            scene.proxy.arm(point, run.victim());
            let outcome = run.wait()?;
            assert_eq!(
                outcome.signal,
                Some(SIGKILL),
                "at {endpoint}, {moment:?}:
{}",
                outcome.all()
            );
        }
    }
    scene.purser.run(&[])?.expect(0)?;
    scene.compare(Version::First)?;
    scene.nothing_adopted()
}
