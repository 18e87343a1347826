//! A tenant with many users, walked while some of them go. A few thousand here, a
//! million in the soak.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use purser_tests::{chance::Chance, long};
use serde_json::json;

use super::support::*;

/// What becomes of a user while somebody walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Lives,
    GoneBefore,
    GoneMeanwhile,
}

fn number(name: &str) -> Result<usize> {
    let number = name.strip_prefix('n').context("another name")?;
    Ok(number.parse()?)
}

/// Their ids by their numbers. Several at once: each bulk request waits for the disk
/// after each of its operations, and shares that with the others.
fn fill(here: &Here, users: usize) -> Result<Vec<String>> {
    let part = users.div_ceil(16);
    thread::scope(|scope| {
        let starts = (0..users).step_by(part);
        let parts: Vec<_> = starts
            .map(|start| scope.spawn(move || many(here, start..users.min(start + part))))
            .collect();
        let mut ids = Vec::with_capacity(users);
        for part in parts {
            ids.extend(part.join().ok().context("it fell")??);
        }
        Ok(ids)
    })
}

/// How it is walked: as they come, and in an order that the index has.
const ORDERS: [&str; 2] = ["", "sortBy=userName&sortOrder=descending"];

#[test]
fn a_walk_by_cursor_under_deletes_loses_nobody_who_lives() -> Result<()> {
    let users = usize::try_from(long::number("WALK_USERS", 3_000)?)?;
    // Pages of a hundredth, but no larger than they may be.
    let count = (users / 100).clamp(10, 1_000);
    let here = here()?;
    let begun = Instant::now();
    let ids = fill(&here, users)?;
    let filled = begun.elapsed();

    let mut chance = Chance::new(long::number("SEED", 1)?);
    let fates = Mutex::new(vec![Fate::Lives; users]);
    let fate = |place: usize, fate: Fate| {
        let mut fates = fates.lock().unwrap_or_else(PoisonError::into_inner);
        match fates.get_mut(place) {
            Some(slot) if *slot == Fate::Lives => {
                *slot = fate;
                true
            }
            _ => false,
        }
    };
    let delete = |place: usize| {
        let id = ids.get(place).context("nobody")?;
        here.call("DELETE", &format!("/Users/{id}"), &NOTHING)?
            .expect(204)
    };
    for _ in 0..count {
        let place = chance.below(users as u64) as usize;
        if fate(place, Fate::GoneBefore) {
            delete(place)?;
        }
    }
    for order in ORDERS {
        let (walked, begun) = (AtomicBool::new(false), Instant::now());
        let (met, pages, deleted) = thread::scope(|scope| {
            let deletions = scope.spawn(|| {
                let mut deleted = 0_u64;
                while !walked.load(Ordering::Acquire) {
                    let place = chance.below(users as u64) as usize;
                    // Named before it goes: who is met all the same was met in between.
                    if fate(place, Fate::GoneMeanwhile) {
                        delete(place)?;
                        deleted += 1;
                    }
                }
                anyhow::Ok(deleted)
            });
            let mut pages = 0;
            let query = format!("attributes=userName&count={count}&{order}");
            let names = walk(&here, &query, "userName", |page| {
                pages = page;
                Ok(())
            });
            walked.store(true, Ordering::Release);
            let deleted = deletions.join().ok().context("it fell")??;
            let met: Result<Vec<usize>> = names?.iter().map(|name| number(name)).collect();
            anyhow::Ok((met?, pages, deleted))
        })?;
        let walked = begun.elapsed();
        ensure!(deleted > 0, "nobody was deleted meanwhile");
        let mut fates = fates.lock().unwrap_or_else(PoisonError::into_inner);
        judge(&fates, &met).with_context(|| format!("the walk \"{order}\""))?;
        for fate in fates
            .iter_mut()
            .filter(|fate| **fate == Fate::GoneMeanwhile)
        {
            *fate = Fate::GoneBefore;
        }
        long::note(&json!({
            "users": users, "order": order, "page": count, "pages": pages, "met": met.len(),
            "deleted meanwhile": deleted, "seconds to fill": filled.as_secs(),
            "seconds to walk": walked.as_secs(),
        }))?;
    }
    Ok(())
}

/// Whoever lives was met, whoever was gone was not, and nobody twice.
fn judge(fates: &[Fate], met: &[usize]) -> Result<()> {
    let mut seen = vec![false; fates.len()];
    for place in met {
        let seen = seen.get_mut(*place).context("nobody knows them")?;
        ensure!(!*seen, "n{place} comes twice");
        *seen = true;
    }
    for (place, (fate, seen)) in fates.iter().zip(&seen).enumerate() {
        match fate {
            Fate::Lives => ensure!(*seen, "n{place} lives and was not met"),
            Fate::GoneBefore => ensure!(!seen, "n{place} was gone before, and was met"),
            Fate::GoneMeanwhile => {}
        }
    }
    Ok(())
}
