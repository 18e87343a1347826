//! Objects whose time has come: mapped again although nothing has changed but
//! the time.
//!
//! A component that knows the time says with each projection when its answer
//! changes by itself (`reevaluate-at`: the last day of a contract). Until then an
//! unchanged object is in step without being mapped. A sweep maps again whoever
//! is due; between sweeps this does, whenever it is called: a running host calls
//! it on a timer.
//!
//! The source is not read: what it said last holds. All that are due go through
//! one run, so that the failsafe sees them together; whoever it holds is not due
//! any more and waits for a person.

use std::collections::BTreeMap;

use purser_engine::failsafe::Failsafe;

use super::{
    SyncError, Wiring, control::Phase, drain::Drain, evaluate::trust, frame, report::RunReport,
    view::View,
};
use crate::store::{RunMode, Trust};

/// Brings every object of the mapping whose time has come into step. None where
/// nobody is due, or their component is suspended; then nothing is recorded and the target is not asked.
///
/// # Errors
/// See [`SyncError`]. The run is recorded as failed; who was not done is still due.
pub async fn due(wiring: &Wiring) -> Result<Option<RunReport>, SyncError> {
    let (mapping, now) = (&wiring.config.name, wiring.now());
    if wiring
        .store
        .next_due(mapping)
        .await?
        .is_none_or(|first| first > now)
    {
        return Ok(None);
    }
    // They stay due: while their component is suspended, each tick would find nothing to do.
    if trust::now(wiring).await? == Trust::Suspended {
        return Ok(None);
    }
    let mut report = frame::begin(wiring, RunMode::Due).await?;
    let outcome = attempt(wiring, now, &mut report).await;
    frame::end(wiring, &report, &outcome).await?;
    outcome.map(|()| Some(report))
}

async fn attempt(
    wiring: &Wiring,
    now: jiff::Timestamp,
    report: &mut RunReport,
) -> Result<(), SyncError> {
    let config = &wiring.config;
    let view = View::of_the_store(wiring, report, now).await?;
    report.planned.objects = wiring
        .store
        .enqueue_due(report.run, &config.name, &config.source, now)
        .await?;
    wiring
        .control
        .begin(Phase::Apply, "", Some(report.planned.objects));
    let mut failsafe = Failsafe::new(config.deprovision_limit, BTreeMap::new());
    Drain::new(wiring, &view, &mut failsafe, report, false)
        .run()
        .await?;
    frame::count_aside(wiring, report).await
}
