//! What the target has of linked objects, read one by one, compared and repaired.
//!
//! A sweep shows drift and does not overwrite it: the other side may have had its
//! reasons, and what to send is decided against what we wrote (invariant 8).
//! This is a person's word that what we wrote is what should be there. It is also
//! what happens, for one object, after a worker has lost its lease
//! (`drain/verify.rs`).
//!
//! The source is not read: what it said last holds.

use std::collections::BTreeMap;

use purser_engine::{effect::Effect, failsafe::Failsafe, ids::ObjectKey};

use super::{
    SyncError, Wiring, control::Phase, drain::Drain, frame, report::RunReport, view::View,
};
use crate::store::RunMode;

/// Verifies every linked object of the mapping, or one.
///
/// # Errors
/// See [`SyncError`]. The run is recorded as failed; what was repaired stays so.
pub async fn verify(
    wiring: &Wiring,
    only: Option<ObjectKey>,
    allow: BTreeMap<Effect, u64>,
) -> Result<RunReport, SyncError> {
    let mut report = frame::begin(wiring, RunMode::Verify).await?;
    let outcome = attempt(wiring, only, allow, &mut report).await;
    frame::end(wiring, &report, &outcome).await?;
    outcome.map(|()| report)
}

async fn attempt(
    wiring: &Wiring,
    only: Option<ObjectKey>,
    allow: BTreeMap<Effect, u64>,
    report: &mut RunReport,
) -> Result<(), SyncError> {
    let config = &wiring.config;
    let view = View::of_the_store(wiring, report, wiring.now()).await?;
    report.planned.objects = wiring
        .store
        .enqueue_verify(
            report.run,
            &config.name,
            &config.source,
            only,
            (wiring.clock)(),
        )
        .await?;
    wiring
        .control
        .begin(Phase::Verify, "", Some(report.planned.objects));
    let mut failsafe = Failsafe::new(config.deprovision_limit, allow);
    Drain::new(wiring, &view, &mut failsafe, report, false)
        .run()
        .await?;
    frame::count_aside(wiring, report).await
}
