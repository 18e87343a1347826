//! Mappings with a schedule run when it is their time.
//!
//! A scheduled run is a run like any other: it takes its turn, so no two of one
//! mapping are ever under way. The store knows when the last one began, so that one
//! that was missed while the host was stopped is known to be missed. A run that fails
//! is begun again, at growing intervals, until the next time of the schedule.

use std::sync::Arc;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use purser_engine::{ids::MappingName, operation::Trigger};

use super::{
    Host, events,
    unasked::{Failures, LOOK_AGAIN, until_end},
};
use crate::{
    cli::{operation::Operation, run},
    clock,
    schedule::Schedule,
    store::Store,
};

/// Keeps all schedules, for as long as the host runs.
pub(super) async fn keep(host: Arc<Host>) {
    let scheduled = host.config.mappings.iter().filter_map(|mapping| {
        let schedule = mapping.schedule.as_ref()?;
        Some(keep_one(&host, &mapping.name, schedule))
    });
    join_all(scheduled).await;
}

async fn keep_one(host: &Host, mapping: &MappingName, schedule: &Schedule) {
    let mut ready = clock::now();
    let mut failures = Failures::default();
    let mut again: Option<Timestamp> = None;
    loop {
        let outcome = match begin(host, mapping, schedule, ready, again).await {
            Ok(Some(begin)) if begin > clock::now() => {
                if !reached(host, begin).await {
                    return;
                }
                // Asked anew: a person may have been faster.
                continue;
            }
            Ok(Some(_)) => run_now(host, mapping).await,
            Ok(None) => {
                tracing::warn!(%mapping, %schedule, "the schedule has no further time");
                return;
            }
            Err(error) => Err(error),
        };
        if host.end.stopped().is_some() {
            return;
        }
        ready = clock::now();
        let failed = outcome.is_err();
        let pause = failures.pause(mapping, "a scheduled run failed", outcome);
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::ZERO);
        again = failed.then(|| ready.checked_add(pause).unwrap_or(ready));
    }
}

/// When the next run begins.
async fn begin(
    host: &Host,
    mapping: &MappingName,
    schedule: &Schedule,
    ready: Timestamp,
    again: Option<Timestamp>,
) -> anyhow::Result<Option<Timestamp>> {
    let now = clock::now();
    let expression = schedule.to_string();
    let known = host.store.scheduled(mapping, &expression, now).await?;
    let next = schedule.next(mapping, known, ready, now);
    Ok(match (again, next) {
        // What is due has failed a moment ago.
        (Some(again), Some(next)) if next > now => Some(again.min(next)),
        (Some(again), _) => Some(again),
        (None, next) => next,
    })
}

/// Waits; false where the host ends first. In short steps: a machine that slept, or
/// whose clock was set, keeps another time than the one that we sleep by.
async fn reached(host: &Host, time: Timestamp) -> bool {
    loop {
        let rest = time.duration_since(clock::now());
        let Ok(rest) = std::time::Duration::try_from(rest) else {
            return true;
        };
        if rest.is_zero() {
            return true;
        }
        tokio::select! {
            () = tokio::time::sleep(rest.min(LOOK_AGAIN)) => {}
            _ = host.end.until_stopped() => return false,
        }
    }
}

async fn run_now(host: &Host, mapping: &MappingName) -> anyhow::Result<()> {
    tracing::info!(%mapping, "a scheduled run begins");
    let context = host.context(Trigger::Scheduled);
    let mut output = events::to_log();
    let operation = Operation::Run(run::Args::of(mapping));
    let exit = until_end(host, &context, operation.execute(&context, &mut output)).await?;
    tracing::info!(%mapping, exit = exit.code(), "a scheduled run has ended");
    Ok(())
}
