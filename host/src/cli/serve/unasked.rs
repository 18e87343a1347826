//! What the host does of its own accord: here begins what is to happen without
//! anybody asking for it.
//!
//! - **What was cut short** ([`take_up`]). The host has the store, so a run that
//!   never ended was cut short with the process that did it. A full run is
//!   planned anew: it was asked for, and what it has done already is in step.
//!   What a person had allowed for that one run (`--allow`, `--expect-rows`) is
//!   not repeated: it is held, or said, again. An object that was to be
//!   synchronised or verified is, and a mapping of which more than one was. A
//!   plan is nobody's any more.
//! - **Whose time has come** ([`re_evaluate`]; `sync/due.rs`).
//! - **What has changed in a directory** (`follow.rs`; `sync/changed.rs`).
//! - **Runs on schedule** (`schedule.rs`).
//!
//! Something new to do unasked is a task like these, spawned beside them in
//! `serve.rs`, going through [`until_end`], ending when `host.end` is stopped.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use purser_engine::{
    ids::{MappingName, ObjectKey},
    operation::Trigger,
    retry::Backoff,
};

use super::{Host, events};
use crate::{
    cli::{context::Context, error, operation::Operation, run, sync, verify},
    clock,
    store::{CutShort, RunMode, Store},
    sync::{RunReport, control::Stop, due::due},
};

/// How long at most until it is seen that somebody's time has come: what is
/// looked at is one entry of an index. Also what has changed, where nobody was awake for it.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// After a failure: whoever was not done is still due, and a target that is down
/// is not asked at each look.
const AFTER_FAILURE: Backoff = Backoff {
    first: Duration::from_secs(60),
    longest: Duration::from_secs(60 * 60),
    tries: u32::MAX,
};

/// Takes up what was cut short, one mapping after the other.
pub(super) async fn take_up(host: Arc<Host>) {
    for mapping in &host.config.mappings {
        match host.store.cut_short(&mapping.name).await {
            Ok(None) => {}
            Ok(Some(run)) => again(&host, &mapping.name, run).await,
            Err(error) => {
                tracing::error!(mapping = %mapping.name, %error, "cannot see what was cut short");
            }
        }
    }
}

async fn again(host: &Host, mapping: &MappingName, cut: CutShort) {
    let Some(operation) = rest_of(mapping, cut.mode, cut.asked_for) else {
        tracing::info!(%mapping, run = %cut.run, since = cut.since, "what was cut short left nothing to take up");
        return;
    };
    if host.end.stopped().is_some() {
        return;
    }
    tracing::warn!(%mapping, run = %cut.run, since = cut.since, operation = operation.name(), "a run was cut short; taking it up");
    let context = host.context(cut.asked_by);
    let mut output = events::to_log();
    let exit = until_end(host, &context, async {
        let outcome = operation.execute(&context, &mut output).await;
        outcome.unwrap_or_else(|error| error::report(&error, &mut output))
    })
    .await;
    tracing::info!(%mapping, exit = exit.code(), "what was cut short has been taken up");
}

/// What does the rest of a run that was cut short; none where nobody needs it.
fn rest_of(
    mapping: &MappingName,
    mode: RunMode,
    mut asked_for: Vec<ObjectKey>,
) -> Option<Operation> {
    let several = asked_for.len() > 1;
    let object = asked_for.pop();
    match mode {
        RunMode::Run => Some(Operation::Run(run::Args::of(mapping))),
        RunMode::Sync => object.map(|key| {
            Operation::Sync(sync::Args {
                mapping: mapping.to_string(),
                whom: sync::Whom {
                    matching: None,
                    object: Some(key),
                },
                allow: Vec::new(),
                explain: false,
                json: false,
            })
        }),
        RunMode::Verify => object.map(|key| {
            Operation::Verify(verify::Args {
                mapping: mapping.to_string(),
                object: (!several).then_some(key),
                allow: Vec::new(),
                json: false,
            })
        }),
        // A plan left nothing; and whoever was not done is still due, or still has changed.
        RunMode::Plan | RunMode::Due | RunMode::Changed => None,
    }
}

/// Brings into step whoever's time has come, for as long as the host runs.
/// Mappings do not wait for each other here; where they must, they take turns.
pub(super) async fn re_evaluate(host: Arc<Host>) {
    let names = host.config.mappings.iter().map(|mapping| &mapping.name);
    join_all(names.map(|name| watch(&host, name))).await;
}

async fn watch(host: &Host, mapping: &MappingName) {
    let mut failures = Failures::default();
    loop {
        let outcome = due_now(host, mapping).await;
        if outcome.is_err() && host.end.stopped().is_some() {
            return;
        }
        let pause = failures.pause(mapping, "cannot do what is due", outcome);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = host.end.until_stopped() => return,
        }
    }
}

/// How often in a row work for a mapping has failed.
#[derive(Debug, Default)]
pub(super) struct Failures(u32);

impl Failures {
    /// Says that it failed, if it did; answers how long to wait before it is done again.
    pub(super) fn pause(
        &mut self,
        mapping: &MappingName,
        words: &str,
        outcome: anyhow::Result<()>,
    ) -> Duration {
        let Err(error) = outcome else {
            self.0 = 0;
            return LOOK_AGAIN;
        };
        self.0 += 1;
        let pause = AFTER_FAILURE.pause(self.0, None).unwrap_or(LOOK_AGAIN);
        let error = format!("{error:#}");
        tracing::error!(%mapping, %error, pause_seconds = pause.as_secs(), "{words}");
        pause
    }

    /// Whether it went well the last time.
    pub(super) fn none(&self) -> bool {
        self.0 == 0
    }
}

async fn due_now(host: &Host, mapping: &MappingName) -> anyhow::Result<()> {
    // Looked at first without a turn and without a component: mostly it is nobody's time.
    let first = host.store.next_due(mapping).await?;
    if first.is_none_or(|first| first > clock::now()) {
        return Ok(());
    }
    let context = host.context(Trigger::Automatic);
    let done = until_end(host, &context, async {
        let wiring = context.wiring(mapping.as_str()).await?;
        Ok::<_, anyhow::Error>(due(&wiring).await?)
    });
    match done.await {
        Ok(Some(report)) => told(mapping, &report),
        // Another run has been faster.
        Ok(None) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn told(mapping: &MappingName, report: &RunReport) {
    tracing::info!(
        %mapping,
        run = %report.run,
        objects = report.planned.objects,
        parked = report.parked,
        held = report.held,
        "the time of some objects had come"
    );
}

/// Does work of `context`, which is told to stop when the host is to end.
pub(super) async fn until_end<T>(
    host: &Host,
    context: &Context,
    work: impl Future<Output = T>,
) -> T {
    let control = context.control().clone();
    tokio::pin!(work);
    tokio::select! {
        outcome = &mut work => outcome,
        _ = host.end.until_stopped() => {
            control.stop(Stop::Shutdown);
            work.await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_taken_up_and_nothing_else() {
        let name = MappingName::new("people");
        let keys = |ids: &[&str]| -> Vec<ObjectKey> {
            ids.iter()
                .map(|id| format!("user:{id}").parse().unwrap())
                .collect()
        };
        let rest = |mode, ids| rest_of(&name, mode, keys(ids));
        assert!(rest(RunMode::Plan, &[]).is_none() && rest(RunMode::Due, &[]).is_none());
        assert!(rest(RunMode::Sync, &[]).is_none() && rest(RunMode::Verify, &[]).is_none());
        let Some(Operation::Run(run)) = rest(RunMode::Run, &[]) else {
            panic!("a run is planned anew");
        };
        assert!(run.allow.is_empty(), "what was allowed was allowed once");
        let Some(Operation::Sync(sync)) = rest(RunMode::Sync, &["1"]) else {
            panic!("an object is synchronised");
        };
        assert_eq!(sync.whom.object, keys(&["1"]).pop());
        let verified = |ids| match rest(RunMode::Verify, ids) {
            Some(Operation::Verify(verify)) => verify.object,
            other => panic!("{other:?}"),
        };
        assert_eq!(verified(&["1"]), keys(&["1"]).pop());
        assert_eq!(verified(&["1", "2"]), None, "several stand for all");
    }
}
