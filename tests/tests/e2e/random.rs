//! The power fails at random, again and again, while both exports arrive: no
//! duplicate, nothing lost, nothing of ours taken for adopted.
//!
//! A *campaign* is one site with two exports. While each arrives, Purser dies
//! several times, and each time it is started again at once, so that most of it
//! dies while it still repairs what the last death left. A campaign is drawn from
//! its seed: who leaves how, and when Purser dies, as a part of an undisturbed run.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    chance::Chance,
    dataset::{Dataset, Version},
    long,
    purser::Outcome,
    scene::{Leavers, Scene},
    server::{Foreign, Kind},
};
use serde_json::json;

type Site = Scene<Box<dyn Foreign>>;

/// Deaths while one export arrives, at most.
const DEATHS: u64 = 5;

/// How Purser dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// SIGKILL, at any time.
    Killed,
    /// At a place between durable steps, or within one.
    Cut,
}

/// What an undisturbed run has, for moments to be chosen from.
#[derive(Clone, Copy, Debug)]
struct Whole {
    /// Until it comes by its first place.
    start: Duration,
    /// From there to its end.
    work: Duration,
    places: u64,
}

/// What campaigns have in common.
struct Story {
    server: Kind,
    death: Death,
    dataset: Dataset,
    /// Of the first and of the second export.
    whole: [Whole; 2],
}

const EXPORTS: [Version; 2] = [Version::First, Version::Second];

impl Story {
    fn new(server: Kind, death: Death) -> Result<Self> {
        let accounts = u32::try_from(long::number("ACCOUNTS", 60)?)?;
        let dataset = Dataset::changing(accounts, 2, "0.3")?;
        let mut scene = site(server, &dataset, Leavers::Delete)?;
        let mut measure = |version| -> Result<Whole> {
            if version == Version::Second {
                scene.advance()?;
            }
            let begun = Instant::now();
            let run = scene.spawn_allowed()?;
            scene.purser.wait_for_place(&run)?;
            let start = begun.elapsed();
            run.wait()?.expect(scene.code(version))?;
            let work = begun.elapsed() - start;
            let places = scene.purser.places()?.len() as u64;
            scene.compare(version)?;
            Ok(Whole {
                start,
                work,
                places,
            })
        };
        let whole = [measure(Version::First)?, measure(Version::Second)?];
        Ok(Self {
            server,
            death,
            dataset,
            whole,
        })
    }

    /// Campaigns by one seed after the other, each to its end, until Purser has
    /// died often enough.
    fn tell(&self, seed: u64, deaths: u64) -> Result<()> {
        let mut died = 0;
        for seed in seed.. {
            died += self.campaign(seed).with_context(|| {
                format!(
                    "the campaign of seed {seed}; once more: cargo xtask soak --only kills --seed {seed} --kills 1"
                )
            })?;
            if died >= deaths {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Both exports of one site; answers how often Purser died.
    fn campaign(&self, seed: u64) -> Result<u64> {
        let mut chance = Chance::new(seed);
        let leavers = if chance.coin() {
            Leavers::Delete
        } else {
            Leavers::Deactivate
        };
        let mut scene = site(self.server, &self.dataset, leavers)?;
        let mut died = 0;
        for (version, whole) in EXPORTS.into_iter().zip(self.whole) {
            if version == Version::Second {
                scene.advance()?;
            }
            for _ in 0..DEATHS {
                let before = scene.proxy.answered();
                let outcome = self.die(&scene, whole, &mut chance)?;
                if outcome.signal.is_none() {
                    // It was through before: undisturbed, it must have ended well.
                    outcome.expect(scene.code(version))?;
                    break;
                }
                died += 1;
                let places = scene.purser.places().unwrap_or_default();
                long::note(&json!({
                    "death": format!("{:?}", self.death),
                    "server": format!("{:?}", self.server),
                    "seed": seed,
                    "export": format!("{version:?}"),
                    "leavers": leavers.word(),
                    "places": places.len(),
                    "place": places.last().map_or("before the first", String::as_str),
                    "requests": scene.proxy.answered() - before,
                }))?;
                if chance.coin() {
                    scene.purser.call(&["check", "--store"])?.expect(0)?;
                }
            }
            self.arrived(&scene, version).with_context(|| {
                let status = scene.purser.call(&["status"]).map(|status| status.all());
                format!(
                    "{version:?}, leavers: {}; the status says\n{}",
                    leavers.word(),
                    status.unwrap_or_default()
                )
            })?;
        }
        Ok(died)
    }

    /// Runs until it is time to die, which may be too late.
    fn die(&self, scene: &Site, whole: Whole, chance: &mut Chance) -> Result<Outcome> {
        // Restarts have less to do than the first; of what would come late, most would come never.
        let part = chance.below(800);
        match self.death {
            Death::Cut => {
                let place = (whole.places * part / 1000).max(1);
                scene.run_allowed(Some(&format!("any={place}")))
            }
            Death::Killed => {
                let run = scene.spawn_allowed()?;
                // A start is always the same: one in eight is enough.
                let time = if chance.below(8) == 0 {
                    whole.start
                } else {
                    scene.purser.wait_for_place(&run)?;
                    whole.work
                };
                thread::sleep(time * u32::try_from(part)? / 1000);
                run.victim().kill();
                run.wait()
            }
        }
    }

    /// What holds after an undisturbed run, however often others died before it.
    fn arrived(&self, scene: &Site, version: Version) -> Result<()> {
        let code = scene.code(version);
        scene.run_allowed(None)?.expect(code)?;
        let created = scene.proxy.counts().users_created;
        ensure!(
            created == scene.creations(version)?,
            "{created} accounts were created by {version:?}, not {}",
            scene.creations(version)?
        );
        scene.compare(version)?;
        scene.nothing_adopted()?;
        scene.run_allowed(None)?.expect(code)?;
        let writes = scene.proxy.counts().writes;
        ensure!(writes == 0, "{writes} writes where nothing had changed");
        scene.purser.call(&["check", "--store"])?.expect(0)
    }
}

fn site(server: Kind, dataset: &Dataset, leavers: Leavers) -> Result<Site> {
    let mut scene = Scene::around(dataset.clone(), leavers, |folder| server.start(folder))?;
    scene.purser.log_places();
    Ok(scene)
}

fn story(server: Kind, death: Death, deaths: &str) -> Result<()> {
    let (seed, deaths) = (long::number("SEED", 1)?, long::number(deaths, 1)?);
    Story::new(server, death)?.tell(seed, deaths)
}

#[test]
fn killed_before_our_own_server() -> Result<()> {
    story(Kind::Demo, Death::Killed, "KILLS")
}

#[test]
fn killed_before_scim2_server() -> Result<()> {
    story(Kind::Scim2Server, Death::Killed, "FOREIGN_KILLS")
}

#[test]
fn killed_before_scimmy() -> Result<()> {
    story(Kind::Scimmy, Death::Killed, "FOREIGN_KILLS")
}

#[test]
fn cut_at_any_place() -> Result<()> {
    story(Kind::Demo, Death::Cut, "CUTS")
}
