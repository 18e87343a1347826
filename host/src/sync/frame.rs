//! The frame of every run, whatever it is for: it begins and ends in the store
//! also where it fails, and begins at the target with what that offers.

use serde_json::Value;

use super::{SyncError, Wiring, control::Stop, report::RunReport};
use crate::{
    store::{RunMode, RunState, Suspension},
    target::Discovery,
};

/// A run begins; its report is empty.
pub(super) async fn begin(wiring: &Wiring, mode: RunMode) -> Result<RunReport, SyncError> {
    let (mapping, at) = (&wiring.config.name, (wiring.clock)());
    let run = wiring
        .store
        .start_run(mapping, mode, wiring.trigger, at)
        .await?;
    Ok(RunReport::new(run))
}

/// A run ends, and is recorded with its report.
pub(super) async fn end<T>(
    wiring: &Wiring,
    report: &RunReport,
    outcome: &Result<T, SyncError>,
) -> Result<(), SyncError> {
    let state = match outcome {
        Ok(_) => RunState::Done,
        Err(SyncError::Stopped(Stop::Cancelled)) => RunState::Stopped,
        Err(SyncError::Stopped(Stop::Shutdown)) => RunState::Interrupted,
        Err(_) => RunState::Failed,
    };
    let summary = serde_json::to_value(report).unwrap_or(Value::Null);
    let at = (wiring.clock)();
    Ok(wiring.store.end_run(report.run, state, at, summary).await?)
}

/// What the target offers; its remarks go into the report.
pub(super) async fn discover(
    wiring: &Wiring,
    report: &mut RunReport,
) -> Result<Discovery, SyncError> {
    let discovery = wiring.target.discover().await;
    let discovery = discovery.map_err(|cause| SyncError::Target {
        name: wiring.config.target.clone(),
        cause,
    })?;
    report.remarks.clone_from(&discovery.remarks);
    Ok(discovery)
}

/// Until when those that were not mapped have to wait.
pub(super) async fn tell_suspended(
    wiring: &Wiring,
    report: &mut RunReport,
) -> Result<(), SyncError> {
    if report.suspended > 0 {
        let known = wiring.store.suspension(&wiring.config.name).await?;
        report.suspension = known.as_ref().and_then(Suspension::row);
    }
    Ok(())
}

/// How many objects of the mapping are set aside now that the jobs are done.
pub(super) async fn count_aside(wiring: &Wiring, report: &mut RunReport) -> Result<(), SyncError> {
    let status = wiring.store.status(&wiring.config.name).await?;
    report.parked = status.parked.len() as u64;
    report.held = status.held.len() as u64;
    tell_suspended(wiring, report).await
}
