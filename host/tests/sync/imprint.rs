//! A run that leaves unread what came like the last time does just what one does that
//! reads it all.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{fakes::World, person, role};

/// So many things happen, one after the other, in each story of chance.
const ROUNDS: u64 = 40;

/// Marsaglia's xorshift.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap()
    }
}

/// One at a time, so that both worlds do all in the same order.
fn world() -> World {
    let mut world = World::new();
    world.wiring.concurrency = 1;
    world.wiring.workers = 1;
    world
}

/// The next run has to read it all.
fn forget(world: &World) {
    Connection::open(world.folder.path().join("purser.db"))
        .unwrap()
        .execute_batch("UPDATE source_object SET imprint = NULL; UPDATE link SET imprint = NULL;")
        .unwrap();
}

/// Something happens to the rows of the source.
fn edit(people: &mut Vec<Value>, chance: &mut Chance, round: u64) {
    let (at, to) = (chance.below(people.len()), chance.below(people.len()));
    match chance.below(10) {
        0 => {}
        1 => people.swap(at, to),
        2 => drop(people.remove(at)),
        3 => people.insert(to, people[at].clone()),
        4 => {
            let mut other = people[at].clone();
            other["title"] = json!(format!("title {round}"));
            people.insert(to, other);
        }
        5 | 6 => people[at]["title"] = json!(format!("title {round}")),
        7 => people.insert(
            at,
            person(&format!("n{round}"), &format!("n{round}"), &["editor"]),
        ),
        8 => {
            let one = people.remove(at);
            people.insert(to, one);
        }
        // Nobody has an id twice any more.
        _ => {
            let mut seen = std::collections::BTreeSet::new();
            people.retain(|one| seen.insert(one["id"].to_string()));
        }
    }
}

/// Something happens at the target, to who has this name there.
fn meddle(world: &World, name: &str, what: usize, round: u64) {
    let all = world.target.all("User");
    let Some(one) = all.into_iter().find(|user| user["userName"] == name) else {
        return;
    };
    let id = one["id"].as_str().unwrap().to_owned();
    match what {
        0 => world.target.uproot("User", &id),
        1 => {
            let mut other = one;
            other["title"] = json!(format!("by hand {round}"));
            world.target.plant("User", &id, other);
        }
        2 => world.target.plant(
            "User",
            &format!("stranger-{round}"),
            json!({"userName": format!("stranger {round}")}),
        ),
        _ => {}
    }
}

/// What a person sees of a run, and what it did.
async fn told(world: &World) -> String {
    let report = world.run().await;
    format!(
        "{:?}\n{:?}\n{:?} {:?}\n{:?}\n{:#?}\n{:#?}",
        report.planned,
        (&report.incomplete, &report.unlisted),
        (report.unowned, report.drifted),
        (report.parked, report.held),
        report.remarks,
        world.target.writes(),
        world.target.all("User"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_either_side_nothing_is_missed() {
    for seed in 1..=6 {
        let mut chance = Chance(seed * 0x9e37_79b9);
        let (knowing, forgetful) = (world(), world());
        let mut people: Vec<Value> = (0..30)
            .map(|n| person(&n.to_string(), &format!("p{n}"), &["editor"]))
            .collect();
        let mut unread = (0, 0);
        for round in 0..ROUNDS {
            let (name, what) = (format!("p{}", chance.below(30)), chance.below(8));
            for world in [&knowing, &forgetful] {
                world.source.put("user", people.clone());
                world.source.put("role", vec![role("editor")]);
                meddle(world, &name, what, round);
            }
            let known = told(&knowing).await;
            forget(&forgetful);
            assert_eq!(known, told(&forgetful).await, "seed {seed}, round {round}");
            unread.0 += knowing.source.unread();
            unread.1 += knowing.target.unread();
            edit(&mut people, &mut chance, round);
        }
        assert!(
            unread.0 > 300 && unread.1 > 300,
            "little was known: {unread:?}"
        );
        assert_eq!(
            (forgetful.source.unread(), forgetful.target.unread()),
            (0, 0)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_twice_is_noticed_although_the_second_time_is_a_page_later() {
    // More than a page of the source.
    let mut people: Vec<Value> = (0..1_150)
        .map(|n| person(&n.to_string(), &format!("p{n}"), &[]))
        .collect();
    let world = World::new();
    world.source.put("role", Vec::new());
    world.source.put("user", people.clone());
    assert!(world.run().await.incomplete.is_empty());
    let fifth = std::mem::replace(&mut people[5], person("1100", "other", &[]));
    world.source.put("user", people.clone());

    let report = world.run().await;
    let (why, _) = &report.incomplete[&"user".into()];
    assert!(why.contains("1100") && why.contains("1101"), "{why}");
    // The first one stands, and nothing says of the one in its place that he is gone.
    assert_eq!(
        world.target.by("User", "externalId", "1100")["userName"],
        "other"
    );
    assert_eq!(world.target.by("User", "userName", "p5")["active"], true);

    people[5] = fifth;
    world.source.put("user", people);
    let report = world.run().await;
    assert!(report.incomplete.is_empty());
    assert_eq!(
        world.target.by("User", "externalId", "1100")["userName"],
        "p1100"
    );
    assert_eq!(report.planned.in_step, 1_149);
}
